"""ISO 4217: which codes are currencies, and how many digits their minor unit has.

A withdrawn code stays: the ledger may hold amounts in it.
"""

from typing import Final

_DIGITS_BY_CODE: Final = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    2: (
        "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN "
        "BZD CAD CDF CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS "
        "GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR "
        "LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD "
        "PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN "
        "SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VES WST XCD XCG YER ZAR ZMW "
        "ZWG"
    ),
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}

MINOR_UNIT_DIGITS: Final[dict[str, int]] = {
    code: digits for digits, codes in _DIGITS_BY_CODE.items() for code in codes.split()
}

MINOR_UNITS: Final[dict[str, int]] = {
    code: 10**digits for code, digits in MINOR_UNIT_DIGITS.items()
}
"""How many minor units make one unit: 100 cents a dollar, 1 yen a yen."""


def is_currency(asset: str) -> bool:
    """Whether `asset` is an ISO 4217 currency code; every other asset is an instrument id."""
    return asset in MINOR_UNIT_DIGITS
