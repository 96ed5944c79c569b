"""Temporary resident identity card (临时居民身份证): the citizen's number, valid three months."""

from qudao.domain.customer.documents import documents
from qudao.domain.customer.rules import citizen
from qudao.domain.customer.types import DocumentKind

TEMPORARY_ID = DocumentKind(
    code="temporary_id",
    name_zh="临时居民身份证",
    name_en="Temporary identity card",
    position=2,
    series="citizen",
    read=citizen,
    pictures=("front", "back"),
    example="11010519491231002X",
    longest_years=1,
)
documents.register(TEMPORARY_ID.code)(TEMPORARY_ID)
