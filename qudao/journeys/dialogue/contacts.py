"""
Every use of an item is a contact: which one, on which front, how it ended, how long it took.

What ends is seen by comparing a dialogue's state before a step with the one after it; what was
abandoned is seen when the dialogue has expired. A contact has a request key of the dialogue and of
the item's turn in it, so it is written down once, whoever notices its end.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from qudao.domain.care import operations as care
from qudao.domain.care.types import Contact
from qudao.domain.party import queries as party
from qudao.domain.party.types import OrganizationId
from qudao.journeys.dialogue import finding
from qudao.journeys.dialogue.state import Phase, State, caller_of
from qudao.journeys.dialogue.types import Talk
from qudao.kernel.page import PageRequest
from qudao.kernel.refusals import Refusal
from qudao.platform.commands.context import Context
from qudao.platform.dialogues.types import Kept
from qudao.platform.identity.roles import system_context

logger = logging.getLogger(__name__)

_OUTCOMES: Final = {
    Phase.DONE: "done",
    Phase.REFUSED: "refused",
    Phase.CLOSED: "closed",
}
"""Of an item that has ended so; whoever went away from it to something else has `left` it."""


@dataclass(frozen=True, slots=True)
class Step:
    """What a message has made of a dialogue."""

    channel: str
    dialogue: UUID
    before: State | None
    after: State | None
    """None: nobody has gone on with it."""
    at: datetime
    number: str
    """Whose dialogue it is, where that is known."""


def step(talk: Talk, dialogue: UUID, before: State | None, after: State | None) -> Step:
    """Return what a message through a front has made of a dialogue."""
    number = caller_of(after or before or State(""), talk.caller).msisdn or ""
    return Step(talk.ctx.channel, dialogue, before, after, talk.ctx.at, number)


def instead_of(talk: Talk, known: Kept) -> Step:
    """Return what becomes of a dialogue in whose place another one was begun."""
    state = finding.read(known)
    if finding.alive(talk, known):
        return step(talk, known.id, state, state.at_menu())
    return abandoned(known)


def abandoned(kept: Kept) -> Step:
    """Return what became of a dialogue that has expired."""
    state = finding.read(kept)
    return Step(kept.front, kept.id, state, None, kept.changed_at, "")


def record(steps: Sequence[Step]) -> None:
    """Write down what has ended in these steps, in one set."""
    ended = [(one, *end) for one in steps for end in _ends(one)]
    if not ended:
        return
    base = system_context(ended[0][0].at, "contacts")
    missing = any(state.place is None for _one, state, _outcome in ended)
    province = _province(base) if missing else None
    pairs = []
    for one, state, outcome in ended:
        place = province if state.place is None else OrganizationId(state.place)
        if place is None or state.since is None:
            continue  # nothing belongs anywhere yet, or an earlier release has begun it
        key = f"contact:{one.dialogue}:{state.turn}"
        ctx = replace(base.with_key(key), at=one.at, channel=one.channel)
        pairs.append((ctx, _contact(one, state, outcome, place)))
    for answer in care.record_interactions(pairs):
        if isinstance(answer, Refusal):
            logger.warning("a contact is not written down: %s", answer.code)


def _ends(one: Step) -> Iterator[tuple[State, str]]:
    """The state with which each item has ended, and how."""
    before, after = one.before, one.after
    turn = 0 if before is None else before.turn
    if before is not None and before.under_way:
        if after is None:
            yield before, "abandoned"
        elif after.turn != turn:
            yield before, "left"
        elif not after.under_way:
            # What was closed or left says no more which item it was.
            ended = before.but(order=after.order, refused=after.refused)
            yield ended, _OUTCOMES.get(after.phase, "left")
    if after is not None and after.turn != turn and not after.under_way:
        yield after, _OUTCOMES.get(after.phase, "left")


def _contact(one: Step, state: State, outcome: str, place: OrganizationId) -> Contact:
    assert state.since is not None
    return Contact(
        place=place,
        started_at=state.since,
        ended_at=max(state.since, one.at),  # of two processes whose clocks differ a little
        item=state.item,
        outcome=outcome,
        reason=state.refused,
        msisdn=one.number or state.number,
        language=state.language,
        order=UUID(state.order) if state.order else None,
    )


def _province(ctx: Context) -> OrganizationId | None:
    """Where contacts belong that have no place of their own."""
    found = party.organizations(ctx, PageRequest(1), kinds=("province",)).items
    return found[0].id if found else None
