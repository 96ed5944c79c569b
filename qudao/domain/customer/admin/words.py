"""What is known of customers, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from qudao.domain.customer.documents import documents
from qudao.domain.customer.queries import document_kinds
from qudao.platform.backoffice.values import Cell, Mono, Names, Text

FIELDS: Final[Mapping[str, Text]] = {
    "name": _("Name"),
    "document": _("Document number"),
    "birth_date": _("Date of birth"),
    "address": _("Address"),
    "phone": _("Contact number"),
}
PICTURES: Final[Mapping[str, Text]] = {
    "front": _("Front of the document"),
    "back": _("Back of the document"),
    "portrait": _("Portrait"),
    "authorization": _("Authorization"),
    "kinship": _("Proof of guardianship"),
    "agent_front": _("Front of the agent's document"),
    "agent_back": _("Back of the agent's document"),
    "guardian_front": _("Front of the guardian's document"),
    "guardian_back": _("Back of the guardian's document"),
    "signature": _("Signature"),
    "contract": pgettext_lazy("dossier", "Contract"),
}


def document_cell(kind: str) -> Cell:
    """Return the name of a kind of document."""
    found = documents.get(kind)
    return Mono(kind) if found is None else Names(found.name_zh, found.name_en)


def kind_choices() -> list[tuple[str, str]]:
    """Return the kinds of documents that are accepted."""
    return [(kind.code, named(kind)) for kind in document_kinds()]


def named(row: Any) -> str:
    english = (get_language() or "").startswith("en")
    return str(row.name_en if english else row.name_zh)


def place(row: Any) -> Cell:
    return None if row is None else Names(row.name_zh, row.name_en)
