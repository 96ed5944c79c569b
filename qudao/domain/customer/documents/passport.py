"""Passport (护照), by its country: up to fifteen letters and digits, some of them digits."""

from __future__ import annotations

import re

from qudao.domain.customer.documents import documents
from qudao.domain.customer.types import DocumentKind, DocumentNumber

_NUMBER = re.compile(r"(?=.*\d)[A-Z0-9]{5,15}", re.ASCII)


def read(text: str) -> DocumentNumber | None:
    return DocumentNumber(text, text) if _NUMBER.fullmatch(text) else None


PASSPORT = DocumentKind(
    code="passport",
    name_zh="护照",
    name_en="Passport",
    position=9,
    series="passport",
    read=read,
    pictures=("front",),
    example="E12345678",
    longest_years=10,
    needs_country=True,
)
documents.register(PASSPORT.code)(PASSPORT)
