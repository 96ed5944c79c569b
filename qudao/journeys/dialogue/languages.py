"""
The language in which a caller was last talked with, on fronts that cannot ask who it is in another
way: it is found with the caller's dialogues, and costs nothing to read.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from qudao.journeys.dialogue import finding
from qudao.journeys.dialogue.state import State, caller_of, dump
from qudao.journeys.dialogue.types import LANGUAGES, Talk
from qudao.kernel.ids import new_id
from qudao.platform.dialogues import store
from qudao.platform.dialogues.types import Kept

REMEMBERED: Final = timedelta(days=400)
_NO_FRONT: Final = ""
"""Where a language is kept: beside the dialogues, and none itself."""


def of(talk: Talk, others: Sequence[Kept]) -> str:
    """Return the language in which a dialogue begins."""
    known = talk.language if talk.language in LANGUAGES else LANGUAGES[0]
    if not talk.front.remembers:
        return known
    kept = next((one for one in others if one.front == _NO_FRONT), None)
    return known if kept is None else finding.read(kept).language


def remember(talk: Talk, before: str, state: State) -> None:
    """Keep the language of a caller who has changed it."""
    if not talk.front.remembers or before == state.language:
        return
    caller, at = finding.index_of(talk, caller_of(state, talk.caller)), talk.ctx.at
    if caller is not None:
        text = dump(State(language=state.language))
        store.put(Kept(new_id(at), _NO_FRONT, caller, True, text, 0, at, at + REMEMBERED))
