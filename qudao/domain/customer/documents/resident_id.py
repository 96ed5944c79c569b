"""
Resident identity card (居民身份证).

Valid 5 years below 16 years of age, 10 below 26, 20 below 46, without end from 46 on (Law on
Resident Identity Cards, article 5).
"""

from qudao.domain.customer.documents import documents
from qudao.domain.customer.rules import citizen
from qudao.domain.customer.types import DocumentKind

RESIDENT_ID = DocumentKind(
    code="resident_id",
    name_zh="居民身份证",
    name_en="Resident identity card",
    position=1,
    series="citizen",
    read=citizen,
    pictures=("front", "back"),
    example="11010519491231002X",
    longest_years=20,
    permanent_from=46,
)
documents.register(RESIDENT_ID.code)(RESIDENT_ID)
