"""Short messages to the people of a task, each in the person's own language."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from qudao.kernel.period import MARKET_ZONE
from qudao.kernel.personal import Secret
from qudao.kernel.refusals import Refusal
from qudao.platform.backoffice import words
from qudao.platform.commands.context import Context
from qudao.platform.messaging import operations as messaging
from qudao.platform.processes import people
from qudao.platform.processes.models import Instance, Task
from qudao.platform.processes.registry import processes
from qudao.platform.processes.types import Recipient, TaskKind, Words

MOST: Final = 20
"""People who are told at once: more of them would only tell each other."""
WORTH_TELLING: Final = timedelta(hours=12)
LONGEST: Final = 60
"""Characters of a name in a short message."""


def worded(refusal: Refusal) -> Words:
    """Say a refusal in both languages: who reads it later may speak either."""
    said = []
    for language in ("zh-hans", "en"):
        with translation.override(language):
            said.append(words.word(refusal))
    return Words(*said)


def tell_of(ctx: Context, row: Instance, task: Task, kind: TaskKind, why: str) -> int:
    """
    Tell the people of a task of it: who has taken it, or all who may do it; return how many.

    `why` is `new`, `remind`, `due`, `escalated` (then those to whom it goes are told as well).
    """
    told = list(people.holders(ctx, task.role, task.held_at))
    if task.claimant is not None:
        told = [one for one in told if one.user == task.claimant]
    if why == "escalated":
        told += people.holders(ctx, task.escalate_to, task.path)
    return sum(_tell(ctx, one, row, task, kind, why) for one in _first(told))


def _first(told: Iterable[Recipient]) -> list[Recipient]:
    """Each person once, and no more than are told at once."""
    return list({one.user: one for one in told if one.phone is not None}.values())[:MOST]


def _tell(ctx: Context, one: Recipient, row: Instance, task: Task, kind: TaskKind, why: str) -> int:
    assert one.phone is not None
    with translation.override(one.language or settings.LANGUAGE_CODE):
        english = (translation.get_language() or "").startswith("en")
        text = _TEXTS[why]() % {
            "process": processes()[row.process].words.say(english)[:LONGEST],
            "task": kind.words.say(english)[:LONGEST],
            "title": (row.title_en if english else row.title_zh)[:LONGEST],
            "due": task.due_at.astimezone(MARKET_ZONE).strftime("%Y-%m-%d %H:%M")
            if task.due_at
            else "–",
        }
    messaging.send(
        ctx,
        recipient=one.phone,
        kind="process_task",
        text=Secret(text),
        lifetime_s=int(WORTH_TELLING.total_seconds()),
    )
    return 1


_TEXTS: Final = {
    "new": lambda: _("Qudao: %(task)s is wanted for %(title)s (%(process)s), by %(due)s."),
    "remind": lambda: _(
        "Qudao: %(task)s for %(title)s (%(process)s) waits for you. It is due on %(due)s."
    ),
    "due": lambda: _("Qudao: %(task)s for %(title)s (%(process)s) was due on %(due)s. Do it now."),
    "escalated": lambda: _(
        "Qudao: %(task)s for %(title)s (%(process)s) is overdue since %(due)s and was passed on. "
        "Do it, or give it to somebody."
    ),
}
