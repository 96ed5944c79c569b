"""Pure rules of the fronts' menus: what fits, what differs, what holds when, how it is filed."""

from qudao.domain.echannel.rules.content import check
from qudao.domain.echannel.rules.differences import differences
from qudao.domain.echannel.rules.document import content_of, read_document, stored, write_document
from qudao.domain.echannel.rules.measure import fits, measure, most
from qudao.domain.echannel.rules.preview import menu_without, preview
from qudao.domain.echannel.rules.snapshot import (
    Key,
    MenuSnapshot,
    Published,
    Span,
    Switch,
    everything,
    menu_from,
)

__all__ = [
    "Key",
    "MenuSnapshot",
    "Published",
    "Span",
    "Switch",
    "check",
    "content_of",
    "differences",
    "everything",
    "fits",
    "measure",
    "menu_from",
    "menu_without",
    "most",
    "preview",
    "read_document",
    "stored",
    "write_document",
]
