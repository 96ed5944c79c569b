"""Change the catalogue. Every write raises the revision in its own transaction."""

from qudao.domain.catalog.operations.offerings import (
    create_offering,
    end_version,
    publish_version,
)
from qudao.domain.catalog.operations.reference import load_reference
from qudao.domain.catalog.operations.terms import set_discount, set_fit, shelve, unshelve

__all__ = [
    "create_offering",
    "end_version",
    "load_reference",
    "publish_version",
    "set_discount",
    "set_fit",
    "shelve",
    "unshelve",
]
