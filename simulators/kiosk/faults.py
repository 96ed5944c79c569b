"""Faults of one kiosk's devices that can be switched on while they run."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

Milliseconds = Annotated[float, msgspec.Meta(ge=0, le=60_000)]


class Faults(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What goes wrong, until other faults are put in force."""

    down: bool = False
    """Every command is answered by 503: the kiosk's computer runs, its devices do not."""
    slow_ms: Milliseconds = 0
    """Before each answer."""
    lost_answer: bool = False
    """Commands are carried out, and the connection breaks before the answer."""
    lost_request: bool = False
    """The connection breaks before a command is carried out."""
    jam: Literal["", "taking", "storing", "returning"] = ""
    """Where the next note gets stuck. Ends when somebody opens the unit (`/mend`)."""
    card_declines: str = ""
    """The code with which every card is declined, such as `insufficient-funds`."""
    paper_out: bool = False
    missing: list[Literal["cash", "card", "document", "printer"]] = []
    """Devices that are not built in, or are broken."""
