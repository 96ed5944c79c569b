"""Pure rules: numbers of documents, ages, how long documents are valid, what a dossier needs."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import date
from typing import Final

from qudao.domain.customer.types import (
    ADULT,
    SIGNATURE,
    DocumentKind,
    DocumentNumber,
    Purpose,
    Role,
)
from qudao.kernel.numbers import luhn_ok, receipt_number, valid_document

PROVINCES: Final = frozenset(
    str(code)
    for codes in (
        range(11, 16),
        range(21, 24),
        range(31, 38),
        range(41, 47),
        range(50, 55),
        range(61, 66),
        (71, 81, 82),
    )
    for code in codes
)
"""The first two digits of division codes (GB/T 2260): where a number was first given out."""
OLDEST: Final = 120
"""Years."""

_NAME: Final = re.compile(r"[^\W\d_]+(?:[ ·'.,\-]+[^\W\d_]+)*\.?")
_PHONE: Final = re.compile(r"\+?\d[\d-]{4,18}\d", re.ASCII)


def birth_in(number: str) -> date:
    """Return the date of birth in a number of the form of GB 11643."""
    return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))


def citizen(number: str) -> DocumentNumber | None:
    """
    Read a citizen identification number (公民身份号码, GB 11643-1999).

    Division code of 6 digits, of which the province must exist and the rest not be nought (codes
    of counties that are no more stay valid); date of birth; sequence; check by ISO 7064 MOD 11-2.
    """
    if not valid_document(number) or number[:2] not in PROVINCES or number[2:6] == "0000":
        return None
    return DocumentNumber(number, number, birth_in(number))


def age(birth: date, today: date) -> int:
    """Return full years; who is born on 29 February is a year older on 1 March."""
    return today.year - birth.year - ((today.month, today.day) < (birth.month, birth.day))


def is_minor(birth: date, today: date) -> bool:
    return age(birth, today) < ADULT


def plausible_birth(birth: date, today: date) -> bool:
    return birth <= today and age(birth, today) <= OLDEST


def expiry_plausible(
    kind: DocumentKind, valid_until: date | None, birth: date, today: date
) -> bool:
    """Say whether a document of this kind can have this last day; that it is past is no matter."""
    if kind.longest_years is None:
        return True
    if valid_until is None:
        return kind.permanent_from is not None and age(birth, today) >= kind.permanent_from
    # One issued today, for the longest time there is; the day after a leap day counts too.
    return (valid_until - today).days <= kind.longest_years * 366


def clean_name(text: str) -> str:
    """Return a name with single spaces and one sort of middle dot; empty if it is no name."""
    name = re.sub(r"\s*[·•‧∙・．]\s*", "·", " ".join(text.split()))
    return name if len(name) <= 100 and _NAME.fullmatch(name) else ""


def clean_number(text: str) -> str:
    """Return a document number in capital letters, without spaces, hyphens and brackets."""
    return re.sub(r"[\s\-()（）]", "", text).upper()


def clean_phone(text: str) -> str | None:
    """Return a contact number, empty if none was given; None if it is none."""
    phone = re.sub(r"\s", "", text).removeprefix("+86")
    return phone if not phone or _PHONE.fullmatch(phone) else None


def pictures_of(role: str, kind: DocumentKind) -> tuple[str, ...]:
    """Return the pictures that are taken of somebody's document: `front`, `agent_front`, …"""
    prefix = "" if role == Role.CUSTOMER else f"{role}_"
    return tuple(f"{prefix}{side}" for side in kind.pictures)


EXTRA: Final = {Role.CUSTOMER: "portrait", Role.AGENT: "authorization", Role.GUARDIAN: "kinship"}
"""What is photographed besides: who stands at the counter, and why they may act."""


def missing(
    purpose: Purpose,
    persons: dict[str, DocumentKind],
    minor: bool,
    pictures: Collection[str],
    signed: bool,
) -> tuple[str, ...]:
    """Return what a dossier still needs, in the order of the counter."""
    needed: list[str] = []
    if Role.CUSTOMER not in persons:
        needed.append(Role.CUSTOMER.value)
    if minor and Role.GUARDIAN not in persons:
        needed.append(Role.GUARDIAN.value)
    for role in Role:
        if role in persons:
            wanted = (*pictures_of(role, persons[role]), EXTRA[role])
            needed += [kind for kind in wanted if kind not in pictures]
    if purpose.opens_line and not signed:
        needed.append(SIGNATURE)
    return tuple(needed)


def picture_kinds(kinds: Collection[DocumentKind]) -> frozenset[str]:
    """Return all that may be photographed for a dossier."""
    return frozenset(EXTRA.values()) | {
        side for kind in kinds for role in Role for side in pictures_of(role, kind)
    }


def agreement_number(day: date, serial: int) -> str:
    """Return an agreement's number: `A`, business date, serial of 10 digits, check digit (Luhn)."""
    return f"A{receipt_number(day, serial)}"


def is_agreement_number(number: str) -> bool:
    return number[:1] == "A" and len(number) == 18 and luhn_ok(number[1:])
