"""
Residence permit for residents of Hong Kong, Macao and Taiwan (港澳台居民居住证).

A number as citizens have it (GB 11643), with the address code 810000, 820000 or 830000 (State
Council, document 81 of 2018); valid five years.
"""

from __future__ import annotations

from qudao.domain.customer.documents import documents
from qudao.domain.customer.rules import birth_in
from qudao.domain.customer.types import DocumentKind, DocumentNumber
from qudao.kernel.numbers import valid_document


def read(text: str) -> DocumentNumber | None:
    if not valid_document(text) or text[:6] not in ("810000", "820000", "830000"):
        return None
    return DocumentNumber(text, text, birth_in(text))


RESIDENCE_PERMIT = DocumentKind(
    code="residence_permit",
    name_zh="港澳台居民居住证",
    name_en="Residence permit, Hong Kong, Macao and Taiwan",
    position=7,
    series="citizen",
    read=read,
    pictures=("front", "back"),
    example="810000199408230021",
    longest_years=5,
)
documents.register(RESIDENCE_PERMIT.code)(RESIDENCE_PERMIT)
