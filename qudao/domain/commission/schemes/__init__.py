"""
One module for each scheme: a way to earn commission.

A scheme is a frozen dataclass of terms with one pure function from tables to lines, so the same
code settles a test of five rows and a month of sixty million on DuckDB or on Spark. A new one is
one file here, and its worked example in `tests/scenarios/commission/`.
"""

from __future__ import annotations

from typing import Any

import msgspec

from qudao.domain.commission.types import Scheme
from qudao.kernel.registry import Registry

schemes: Registry[type[Scheme]] = Registry(__name__)


def read_terms(scheme: str, terms: Any) -> Scheme:
    """
    Return a scheme's terms from JSON's own types, as `written_terms` made them.

    :raises msgspec.ValidationError: if a term is missing or of another type.
    :raises KeyError: if there is no such scheme.
    """
    return msgspec.convert(terms, schemes[scheme])


def written_terms(terms: Scheme) -> Any:
    """Return terms as JSON's own types: maps, lists, whole numbers and texts."""
    return msgspec.to_builtins(terms)
