"""
Mainland travel permit for Taiwan residents (台湾居民来往大陆通行证): eight digits for life.

The booklets with other numbers ended with 2020; cards are issued for five years.
"""

from __future__ import annotations

import re

from qudao.domain.customer.documents import documents
from qudao.domain.customer.types import DocumentKind, DocumentNumber

_NUMBER = re.compile(r"\d{8}", re.ASCII)


def read(text: str) -> DocumentNumber | None:
    return DocumentNumber(text, text) if _NUMBER.fullmatch(text) else None


TAIWAN_PERMIT = DocumentKind(
    code="taiwan_permit",
    name_zh="台湾居民来往大陆通行证",
    name_en="Mainland travel permit, Taiwan",
    position=6,
    series="taiwan",
    read=read,
    pictures=("front", "back"),
    example="01234567",
    longest_years=5,
)
documents.register(TAIWAN_PERMIT.code)(TAIWAN_PERMIT)
