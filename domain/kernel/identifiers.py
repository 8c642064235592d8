"""Identifiers: the callers' own ids, and the check digits of the standards."""

import re
from typing import Final

IDENTIFIER_PATTERN: Final = r"^[A-Za-z0-9._-]{1,35}$"
"""An id that a caller chooses (`AAPL`, `ACC100`)."""
_IDENTIFIER = re.compile(r"[A-Za-z0-9._-]{1,35}", re.ASCII)
_ISIN = re.compile(r"[A-Z]{2}[A-Z0-9]{9}[0-9]", re.ASCII)
_LEI = re.compile(r"[A-Z0-9]{18}[0-9]{2}", re.ASCII)
_BIC = re.compile(r"[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}(?:[A-Z0-9]{3})?", re.ASCII)
_MIC = re.compile(r"[A-Z0-9]{4}", re.ASCII)


def is_identifier(text: str) -> bool:
    """1 to 35 letters of ASCII, digits, points, underscores and hyphens."""
    return _IDENTIFIER.fullmatch(text) is not None


def _as_digits(text: str) -> str:
    return "".join(str(int(character, 36)) for character in text)


def is_isin(text: str) -> bool:
    """ISO 6166: two letters, nine characters, and a Luhn check digit over letters as numbers."""
    if _ISIN.fullmatch(text) is None:
        return False
    total = 0
    for index, digit in enumerate(reversed(_as_digits(text))):
        value = int(digit) * (1 + index % 2)
        total += value // 10 + value % 10
    return total % 10 == 0


def is_lei(text: str) -> bool:
    """ISO 17442: twenty characters whose number leaves 1 modulo 97 (ISO 7064)."""
    return _LEI.fullmatch(text) is not None and int(_as_digits(text)) % 97 == 1


def is_bic(text: str) -> bool:
    """ISO 9362: eight or eleven characters with a country in the fifth and sixth."""
    return _BIC.fullmatch(text) is not None


def is_mic(text: str) -> bool:
    """ISO 10383: four capital letters or digits."""
    return _MIC.fullmatch(text) is not None
