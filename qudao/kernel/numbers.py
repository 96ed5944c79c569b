"""Numbers that carry their own check, and numbers of the field."""

from __future__ import annotations

import re
from datetime import date
from typing import Final

_MSISDN = re.compile(r"1[3-9]\d{9}", re.ASCII)
_COUNTRY = re.compile(r"(?:\+|00)?86(?=\d{11}$)", re.ASCII)
_ICCID = re.compile(r"8986\d{15,16}", re.ASCII)
_IMEI = re.compile(r"\d{15}", re.ASCII)
_DOCUMENT = re.compile(r"[1-9]\d{16}[\dX]", re.ASCII)
_DOCUMENT_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_DOCUMENT_CHECKS: Final = "10X98765432"
_DOUBLED: Final = bytes.maketrans(b"0123456789", b"0246813579")


def luhn_digit(digits: str) -> str:
    """Return the check digit of a string of digits (ISO/IEC 7812-1, annex B)."""
    assert digits.isascii() and digits.isdigit(), digits
    # Every second digit counts double, from the right; the digits of a double are added up.
    # As octets, from which the sum is taken in one go: 48 stands for 0.
    octets = digits.encode()
    total = sum(octets[-2::-2]) + sum(octets[::-2].translate(_DOUBLED)) - 48 * len(octets)
    return str(-total % 10)


def luhn_ok(digits: str) -> bool:
    """Say whether the last digit is the check digit of the others."""
    return (
        len(digits) > 1
        and digits.isascii()
        and digits.isdigit()
        and luhn_digit(digits[:-1]) == digits[-1]
    )


def receipt_number(day: date, serial: int) -> str:
    """
    Return the number of a receipt: 17 digits.

    Business date (yymmdd), serial (10 digits), check digit by Luhn (ISO/IEC 7812-1).
    """
    digits = f"{day.year % 100:02d}{day.month:02d}{day.day:02d}{serial:010d}"
    return digits + luhn_digit(digits)


def parse_receipt_number(number: str) -> int | None:
    """Return the serial in a receipt number, or None if its check digit says it is mistyped."""
    bare = number.replace(" ", "").replace("-", "")
    return int(bare[6:-1]) if len(bare) >= 17 and luhn_ok(bare) else None


def valid_msisdn(number: str) -> bool:
    """Say whether it has the form of a Chinese mobile number: 11 digits, 13… to 19…."""
    return _MSISDN.fullmatch(number) is not None


def national_msisdn(number: str) -> str | None:
    """
    Return a Chinese mobile number as it is dialled at home: +86 139… → 139…; None if it is none.

    Networks write the country's code with a plus, with zeros, or bare.
    """
    bare = _COUNTRY.sub("", number.strip())
    return bare if valid_msisdn(bare) else None


def valid_iccid(number: str) -> bool:
    """
    Say whether it is the number of a Chinese SIM card: 19 or 20 digits, the last one a check digit.

    ITU-T E.118: 89 for telecommunications, 86 for the country, the issuer and the card's own
    number, then a Luhn digit over all before it. E.118 allows 19 visible digits; China's cards
    fill the ten octets of the file EF-ICCID (3GPP TS 31.102) and carry 20. Both are taken; cards
    whose 20th character is a hexadecimal filler or a letter are read without it, as 19 digits.
    """
    return _ICCID.fullmatch(number) is not None and luhn_ok(number)


def valid_imei(number: str) -> bool:
    """
    Say whether it is the number of a handset: 15 digits, the last one a check digit.

    3GPP TS 23.003, section 6.2.1: type allocation code (8), serial number (6), Luhn digit over
    the fourteen (annex B). An IMEISV (16 digits, without a check digit) is none.
    """
    return _IMEI.fullmatch(number) is not None and luhn_ok(number)


def valid_document(number: str) -> bool:
    """
    Say whether it is a well-formed resident identity number.

    17 digits (division code, date of birth, sequence) and a check character by ISO 7064
    MOD 11-2, as GB 11643 has it.
    """
    if _DOCUMENT.fullmatch(number) is None:
        return False
    try:
        date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return False
    total = sum(int(d) * w for d, w in zip(number, _DOCUMENT_WEIGHTS, strict=False))
    return _DOCUMENT_CHECKS[total % 11] == number[17]
