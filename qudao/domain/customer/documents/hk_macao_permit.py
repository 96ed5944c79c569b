"""
Mainland travel permit for Hong Kong and Macao residents (港澳居民来往内地通行证).

Ministry of Public Security, rules for numbers of 10 March 2010: H (Hong Kong) or M (Macao), eight
digits for life, and two digits that count renewals and may stand apart. Since July 2024 also for
residents of foreign nationality: HA or MA and seven digits, for life.
"""

from __future__ import annotations

import re

from qudao.domain.customer.documents import documents
from qudao.domain.customer.types import DocumentKind, DocumentNumber

_NUMBER = re.compile(r"([HM]\d{8})(?:\d{2})?|[HM]A\d{7}", re.ASCII)


def read(text: str) -> DocumentNumber | None:
    match = _NUMBER.fullmatch(text)
    return None if match is None else DocumentNumber(text, match.group(1) or text)


HK_MACAO_PERMIT = DocumentKind(
    code="hk_macao_permit",
    name_zh="港澳居民来往内地通行证",
    name_en="Mainland travel permit, Hong Kong and Macao",
    position=5,
    series="hk_macao",
    read=read,
    pictures=("front", "back"),
    example="H12345678",
    longest_years=10,
)
documents.register(HK_MACAO_PERMIT.code)(HK_MACAO_PERMIT)
