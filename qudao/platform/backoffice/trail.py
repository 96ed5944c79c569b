"""What was done to a row, from the journal."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from qudao.platform.backoffice.values import Cell, Coded, Data, History, Person, Several, Step
from qudao.platform.commands.context import Context
from qudao.platform.commands.queries import JournalRecord, history


def trail(ctx: Context, subject: UUID) -> History:
    """
    Return the history of a row that the actor may see.

    Arguments and answers are as the journal keeps them: what is personal is masked there already.
    """
    return steps(history(ctx, subject=subject))


def steps(entries: Iterable[JournalRecord]) -> History:
    """Return journal entries as a history."""
    return History(_("History"), [_step(entry) for entry in entries])


def _step(entry: JournalRecord) -> Step:
    arguments = entry.arguments if isinstance(entry.arguments, dict) else {}
    who: Cell = Person(entry.actor)
    if entry.approved_by is not None:
        who = Several([who, _("approved by"), Person(entry.approved_by)])
    return Step(
        entry.at,
        Coded("command", entry.command),
        who,
        arguments.get("reason") or arguments.get("remark") or None,
        (
            (_("Channel"), Coded("channel", entry.channel)),
            (_("Request key"), entry.request_key),
            (_("Arguments"), Data(entry.arguments)),
            (_("Answer"), Data(entry.answer)),
            (_("Events"), Data(entry.events)),
        ),
    )
