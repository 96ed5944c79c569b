"""
Identity documents of the army and the armed police (军人、武装警察身份证件).

A character for who issued it (军, 武, 文, …) and up to eight digits, written 军字第1234567号.
"""

from __future__ import annotations

import re

from qudao.domain.customer.documents import documents
from qudao.domain.customer.types import DocumentKind, DocumentNumber

_NUMBER = re.compile(r"([\u4e00-\u9fff]{1,2}?)字?第?(\d{6,8})号?")


def read(text: str) -> DocumentNumber | None:
    match = _NUMBER.fullmatch(text)
    if match is None:
        return None
    issuer, digits = match.groups()
    return DocumentNumber(f"{issuer}字第{digits}号", f"{issuer}{digits}")


MILITARY_ID = DocumentKind(
    code="military_id",
    name_zh="军人、武警身份证件",
    name_en="Military or armed police identity card",
    position=4,
    series="military",
    read=read,
    pictures=("front", "back"),
    example="军字第1234567号",
    longest_years=20,
    permanent_from=18,
)
documents.register(MILITARY_ID.code)(MILITARY_ID)
