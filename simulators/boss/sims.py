"""SIM cards: an ICCID of 20 digits, the last of them a check digit, and an IMSI."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Final

_ICCID: Final = re.compile(r"8986\d{15,16}", re.ASCII)
_IMSI: Final = re.compile(r"460\d{12}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Sim:
    iccid: str
    imsi: str


def sim(number: int, year: int = 8) -> Sim:
    """The so-many-eth card of those made for Henan in a year (two digits), at most 10,000,000."""
    digits = f"8986000016{year:02}{number:07}"
    return Sim(digits + luhn_digit(digits), f"46000{year:02}{number:08}")


def puk(iccid: str, number: int = 1) -> str:
    """The key that unlocks a card whose PIN was entered wrongly: 8 digits, of its own."""
    return f"{int(hashlib.sha256(f'{iccid}:{number}'.encode()).hexdigest(), 16) % 10**8:08}"


def valid_iccid(iccid: str) -> bool:
    """Whether it is a card's number, of 19 or 20 digits, and the check digit is right."""
    return _ICCID.fullmatch(iccid) is not None and luhn_digit(iccid[:-1]) == iccid[-1]


def valid_imsi(imsi: str) -> bool:
    return _IMSI.fullmatch(imsi) is not None


def luhn_digit(digits: str) -> str:
    """The check digit of others (ISO/IEC 7812-1, annex B)."""
    total = 0
    for at, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (2 - at % 2)
        total += doubled - 9 * (doubled > 9)
    return str(-total % 10)
