"""The operator's guide has every setting with its default, and none that is not there."""

import re
from pathlib import Path

from adapters.settings import Settings

_GUIDE = Path(__file__).parents[2] / "docs" / "operators-guide.md"
_ROW = re.compile(r"^\| `(CLEARING_[A-Z_]+)` \| (?:`(.*?)`)? ?\|", re.MULTILINE)
# Filled in from others when they are empty.
_DERIVED = {"CLEARING_ISSUER_URL", "CLEARING_ISSUER_KEYS_URL"}


def test_the_table_of_settings_is_that_of_the_program() -> None:
    table = _GUIDE.read_text(encoding="utf-8").partition("## Settings")[2]
    documented = dict(_ROW.findall(table))
    actual = Settings().to_environ() | dict.fromkeys(_DERIVED, "")
    assert documented == actual
