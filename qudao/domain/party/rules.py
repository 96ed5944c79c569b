"""What stands under what, and how paths are made."""

from __future__ import annotations

import re
from typing import Final

from qudao.domain.party.types import OrganizationKind as K
from qudao.kernel.scope import ROOT_PATH

PARENTS: Final[dict[str, frozenset[str]]] = {
    K.GROUP: frozenset(),
    K.PROVINCE: frozenset({K.GROUP}),
    K.BRANCH: frozenset({K.PROVINCE}),
    K.COUNTY: frozenset({K.BRANCH}),
    # A branch's own flagship halls stand under no county.
    K.OUTLET: frozenset({K.BRANCH, K.COUNTY}),
}
"""Under which kinds each kind of organization stands (domain.md, section 1)."""

_CODE = re.compile(r"[A-Z0-9][A-Z0-9-]{0,31}", re.ASCII)
_DOCUMENT = re.compile(r"[0-9A-Z]{5,32}", re.ASCII)


def valid_code(code: str) -> bool:
    """Capitals, digits and dashes, up to 32: never a dot, which divides paths."""
    return _CODE.fullmatch(code) is not None


def may_stand_under(kind: str, parent: str | None) -> bool:
    """Say whether an organization of a kind may have a parent of a kind (None: no parent)."""
    if parent is None:
        return kind == K.GROUP
    return parent in PARENTS.get(kind, frozenset())


def path_of(code: str, parent_path: str | None) -> str:
    """Return the path of an organization: the parent's, a dot, its own code."""
    return code if parent_path is None else f"{parent_path}.{code}"


def valid_root(code: str) -> bool:
    return code == ROOT_PATH


def lies_in(path: str, subtree: str) -> bool:
    """Say whether a path is a subtree's root or lies below it."""
    return path == subtree or path.startswith(f"{subtree}.")


def plausible_document(number: str) -> bool:
    """
    Say whether a text can be the number of an identity document.

    Resident identity cards have a check digit (`kernel.numbers.valid_document`); passports and
    permits have letters and digits of their own making.
    """
    return _DOCUMENT.fullmatch(number) is not None
