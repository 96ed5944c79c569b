"""The schemes, with what their forms ask."""

from __future__ import annotations

from qudao.domain.commission.schemes import schemes
from qudao.domain.commission.types import SchemeForm, terms_of


def forms() -> dict[str, SchemeForm]:
    """Return every scheme by its code, with its terms in the order of its form."""
    return {
        code: SchemeForm(code, kind.zh, kind.en, kind.source, terms_of(kind))
        for code, kind in schemes.items()
    }
