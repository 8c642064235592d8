from collections.abc import Callable

import pytest

from domain.kernel.identifiers import is_bic, is_identifier, is_isin, is_lei, is_mic

# Codes as published by their numbering agencies: Apple, Microsoft, Tesla, Bund, SAP, Nestle, BAE,
# Toyota, Reliance, NVIDIA; Deutsche Bank, BlackRock, JPMorgan, Goldman Sachs, Apple, GLEIF.
Check = Callable[[str], bool]

GOOD: dict[Check, list[str]] = {
    is_isin: [
        "US0378331005",
        "US5949181045",
        "US88160R1014",
        "DE0001102580",
        "DE0007164600",
        "CH0038863350",
        "GB0002634946",
        "JP3633400001",
        "INE002A01018",
        "US67066G1040",
    ],
    is_lei: [
        "7LTWFZYICNSX8D621K86",
        "549300LRIF3NWCU26A80",
        "8I5DZWZKVSZI1NUHU748",
        "784F5XWPLTWKTBV3E584",
        "HWUPKR0MPOU8FGXBT394",
        "506700GE1G29325QX363",
    ],
    is_bic: ["DEUTDEFF", "DEUTDEFF500", "CHASUS33", "CHASUS33XXX", "BNPAFRPP", "MGTCBEBE"],
    is_mic: ["XNAS", "XNYS", "XETR", "XLON", "BATS", "360T"],
    is_identifier: ["AAPL", "ACC100", "a", "A.b_c-9", "x" * 35],
}

BROKEN: dict[Check, list[str]] = {
    is_isin: [
        "US0378331006",
        "US0378313005",
        "us0378331005",
        "US037833100",
        "US03783310055",
        "0S0378331005",
        "US037833100A",
        "",
        "US0378331005 ",
        " US0378331005",
        "US0378331005\n",
        "ÜS0378331005",
    ],
    is_lei: [
        "7LTWFZYICNSX8D621K87",
        "7LTWFZYICNSX8D621K68",
        "7ltwfzyicnsx8d621k86",
        "7LTWFZYICNSX8D621K8",
        "",
        "7LTWFZYICNSX8D621K86\n",
    ],
    is_bic: [
        "DEUTDEF",
        "DEUTDEFF5",
        "DEUTDEFF50",
        "deutdeff",
        "DEUT1EFF",
        "DEUTDEFF5000",
        "",
        "DEUTDEFF\n",
    ],
    is_mic: ["XNA", "XNASD", "xnas", "X-AS", "", "XNAS\n"],
    is_identifier: ["", "x" * 36, "A B", "A:B", "A/B", "Ä", "A\n", "A\x00", "\u0661"],
}


def _rows(table: dict[Check, list[str]]) -> list[tuple[Check, str]]:
    return [(check, text) for check, texts in table.items() for text in texts]


@pytest.mark.parametrize(("check", "text"), _rows(GOOD))
def test_real_codes_are_taken(check: Check, text: str) -> None:
    assert check(text)


@pytest.mark.parametrize(("check", "text"), _rows(BROKEN))
def test_broken_codes_are_refused(check: Check, text: str) -> None:
    assert not check(text)


@pytest.mark.parametrize("isin", GOOD[is_isin])
def test_any_single_wrong_digit_of_an_isin_is_noticed(isin: str) -> None:
    for index in range(2, 12):
        if isin[index].isdigit():
            wrong = str((int(isin[index]) + 1) % 10)
            assert not is_isin(isin[:index] + wrong + isin[index + 1 :])
