"""
Household register (户口簿), the person's own page: of who has no identity card yet.

It carries the citizen's number and has no last day.
"""

from qudao.domain.customer.documents import documents
from qudao.domain.customer.rules import citizen
from qudao.domain.customer.types import DocumentKind

HOUSEHOLD_REGISTER = DocumentKind(
    code="household_register",
    name_zh="户口簿",
    name_en="Household register",
    position=3,
    series="citizen",
    read=citizen,
    pictures=("front",),
    example="11010519491231002X",
    longest_years=None,
)
documents.register(HOUSEHOLD_REGISTER.code)(HOUSEHOLD_REGISTER)
