"""From a dialogue's screen to what a kiosk's page shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from qudao.journeys.dialogue.types import Choice, Line, Role, Screen, ScreenKind
from qudao.journeys.menu.item import GROUPS, Group, Kind
from qudao.platform.identity.personal import mask_phone

ICONS: Final = {
    "account_opening": "user-plus",
    "add_on": "plus",
    "add_on_cancel": "minus",
    "agent": "headphones",
    "appointment": "calendar",
    "balance": "wallet",
    "bill": "file-invoice",
    "bill_detail": "receipt",
    "bill_payment": "cash",
    "bind_card": "credit-card",
    "campaign": "ticket",
    "card": "credit-card",
    "card_recharge": "id",
    "cash": "cash",
    "choose_number": "hash",
    "complaint": "pencil",
    "complaint_reopen": "rotate-clockwise",
    "complaint_state": "progress-check",
    "language": "language",
    "my_offers": "gift",
    "offers": "shopping-bag",
    "outlets": "map-pin",
    "plan": "list-details",
    "plan_change": "replace",
    "points": "star",
    "puk": "lock",
    "resume": "player-play",
    "sim_swap_appointment": "device-sim",
    "suspend": "player-pause",
    "top_up": "device-mobile-dollar",
    "usage": "chart-bar",
}
"""By item or way of paying; others have a point."""
FOLDERS: Final = {
    Group.ACCOUNT: "user-circle",
    Group.PAY: "currency-yuan",
    Group.CHANGE: "switch-horizontal",
    Group.OFFERS: "gift",
    Group.HELP: "help-circle",
}
LETTERS: Final = ("1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm")
MASKED: Final = frozenset({"msisdn"})
"""Facts and inputs that hold the number of a line that somebody has."""
SHAPES: Final = {
    Kind.CHOICE: "list",
    Kind.TEXT: "letters",
    Kind.MONEY: "amount",
}


@dataclass(frozen=True, slots=True)
class Tile:
    """Something to touch; `key` is what it sends."""

    key: str
    label: str
    icon: str
    recommended: bool = False


@dataclass(frozen=True, slots=True)
class Look:
    """A screen, sorted for a page."""

    screen: Screen
    title: str
    prompt: str
    problem: str
    help: str
    texts: tuple[str, ...]
    """Greeting, notice, and whatever is said."""
    facts: tuple[tuple[str, str], ...]
    price: str
    tiles: tuple[Tile, ...]
    shape: str
    """How a question is answered: `list`, `letters`, `amount` or `digits`; empty: it is none."""
    moves: tuple[Tile, ...]
    back: str
    """What goes back; empty: nowhere."""
    yes: str = ""
    no: str = ""

    @property
    def secret(self) -> bool:
        return self.screen.wanted is not None and self.screen.wanted.secret

    @property
    def longest(self) -> int:
        return 0 if self.screen.wanted is None else self.screen.wanted.longest

    @property
    def point(self) -> bool:
        return self.shape == "amount"

    @property
    def digits(self) -> bool:
        return self.shape in ("amount", "digits")


def look_at(screen: Screen) -> Look:
    """Return a screen as a page wants it."""
    confirm = screen.kind is ScreenKind.CONFIRM
    by_value = {one.value: one.key for one in screen.choices}
    wanted = screen.wanted
    masked = wanted is not None and wanted.code in MASKED
    return Look(
        screen=screen,
        title=_said(screen.lines, Role.TITLE),
        prompt=_said(screen.lines, Role.PROMPT),
        problem=_said(screen.lines, Role.PROBLEM),
        help=_said(screen.lines, Role.HELP),
        texts=tuple(
            one.text for one in screen.lines if one.role in (Role.GREETING, Role.NOTICE, Role.TEXT)
        ),
        facts=tuple((one.label, fact_text(one)) for one in screen.lines if one.role is Role.FACT),
        price=_said(screen.lines, Role.PRICE),
        tiles=() if confirm else tuple(_tile(one, masked) for one in screen.choices),
        shape="" if wanted is None else SHAPES.get(wanted.kind, "digits"),
        moves=tuple(
            Tile(one.key, one.label, {"more": "arrow-right", "previous": "arrow-left"}[one.value])
            for one in screen.moves
            if one.value in ("more", "previous")
        ),
        back=next((one.key for one in screen.moves if one.value in ("back", "menu")), ""),
        yes=by_value["yes"] if confirm else "",
        no=by_value["no"] if confirm else "",
    )


def fact_text(line: Line) -> str:
    """Return a fact as others who stand by may see it: numbers masked."""
    return mask_phone(line.text) if line.code in MASKED else line.text


def icon_of(choice: Choice) -> str:
    """Return the icon of an item, of a way of paying, or of a folder of the standard menu."""
    if choice.value:
        return ICONS.get(choice.value, "point")
    named = (group for group, names in GROUPS.items() if choice.label in names)
    return FOLDERS.get(next(named, Group.NONE), "stack-2")


def _said(lines: Sequence[Line], role: Role) -> str:
    return "\n".join(one.text for one in lines if one.role is role)


def _tile(choice: Choice, masked: bool) -> Tile:
    label = mask_phone(choice.label) if masked else choice.label
    return Tile(choice.key, label, icon_of(choice), choice.recommended)
