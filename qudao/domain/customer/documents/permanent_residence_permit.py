"""
Foreign permanent resident's identity card (外国人永久居留身份证).

Since December 2023: 18 digits, of which the first is 9, the next two the province that accepted
the application, three the nationality in digits (ISO 3166-1), then date of birth, sequence and
check as citizens have them (National Immigration Administration, rules of 2023). Before: three
letters for the nationality and twelve digits, in use until they expire.
"""

from __future__ import annotations

import re

from qudao.domain.customer.documents import documents
from qudao.domain.customer.rules import PROVINCES, birth_in
from qudao.domain.customer.types import DocumentKind, DocumentNumber
from qudao.kernel.numbers import valid_document

_OLD = re.compile(r"[A-Z]{3}\d{12}", re.ASCII)


def read(text: str) -> DocumentNumber | None:
    if _OLD.fullmatch(text):
        # Two digits of the year do not tell the century: the clerk reads the date from the card.
        return DocumentNumber(text, text)
    if valid_document(text) and text[0] == "9" and text[1:3] in PROVINCES:
        return DocumentNumber(text, text, birth_in(text))
    return None


PERMANENT_RESIDENCE_PERMIT = DocumentKind(
    code="permanent_residence_permit",
    name_zh="外国人永久居留身份证",
    name_en="Foreign permanent resident's identity card",
    position=8,
    series="permanent_residence",
    read=read,
    pictures=("front", "back"),
    example="911124198108030024",
    longest_years=10,
)
documents.register(PERMANENT_RESIDENCE_PERMIT.code)(PERMANENT_RESIDENCE_PERMIT)
