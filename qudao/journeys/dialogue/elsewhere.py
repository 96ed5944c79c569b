"""What a caller has begun on another front, and could go on with on this one."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils import translation
from django.utils.translation import gettext as _

from qudao.journeys.dialogue import engine, finding, menus
from qudao.journeys.dialogue.saying import said
from qudao.journeys.dialogue.state import Phase, State
from qudao.journeys.dialogue.types import Running, Talk
from qudao.journeys.menu.item import items
from qudao.platform.dialogues.types import Kept


def goes_on_here(talk: Talk, state: State) -> bool:
    return (
        state.under_way
        and state.phase is not Phase.ACTING
        and menus.offered(talk, items[state.item], talk.caller)
    )


def running(talk: Talk, kept: Sequence[Kept]) -> tuple[Running, ...]:
    """Those of other dialogues that could be gone on with here."""
    found = []
    for one in kept:
        if not finding.alive(talk, one):
            continue
        state = finding.read(one)
        if goes_on_here(talk, state):
            found.append(Running(one.id, state.item, said(items[state.item].name), one.front))
    return tuple(found)


def to_resume(
    talk: Talk, language: str, others: Sequence[Kept], known: Kept | None
) -> tuple[tuple[str, str], ...]:
    """What the menu says of the youngest dialogue that waits elsewhere."""
    with translation.override(language):
        waiting = running(talk, [one for one in others if one is not known])
        return tuple(
            (f"{engine.RESUME}{one.dialogue}", _("Go on: %(item)s") % {"item": one.name})
            for one in waiting[:1]
        )
