"""Read dossiers, customers, lines and the blacklist."""

from qudao.domain.customer.queries.audit import unsound
from qudao.domain.customer.queries.customers import (
    blacklist,
    customer,
    customer_of_line,
    document_kinds,
    find,
    hash_of,
    lines,
    owner_of,
    parties_of,
    party_of,
    read_number,
)
from qudao.domain.customer.queries.dossiers import (
    dossier,
    dossier_of_order,
    dossiers,
    file_in,
    missing,
    missing_in,
    own_file,
    parties_to,
    revealed_file,
    state_of,
)

__all__ = [
    "blacklist",
    "customer",
    "customer_of_line",
    "document_kinds",
    "dossier",
    "dossier_of_order",
    "dossiers",
    "file_in",
    "find",
    "hash_of",
    "lines",
    "missing",
    "missing_in",
    "own_file",
    "owner_of",
    "parties_of",
    "parties_to",
    "party_of",
    "read_number",
    "revealed_file",
    "state_of",
    "unsound",
]
