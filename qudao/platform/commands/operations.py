"""Decide on parked commands."""

from __future__ import annotations

from dataclasses import dataclass, replace
from uuid import UUID

from qudao.kernel.refusals import Kind, Refusal
from qudao.platform.commands.codec import Json, encode
from qudao.platform.commands.command import command, commands
from qudao.platform.commands.context import Context, NotPermitted
from qudao.platform.commands.models import ParkedCommand


@dataclass(eq=False)
class ParkedNotFound(Refusal, kind=Kind.NOT_FOUND):
    """No such command waits for approval in the actor's scope."""

    parked: UUID


@dataclass(eq=False)
class AlreadyDecided(Refusal, kind=Kind.CONFLICT):
    """Somebody has approved or declined it."""

    state: str


@dataclass(eq=False)
class OwnCommand(Refusal, kind=Kind.FORBIDDEN):
    """Maker and checker must be two people."""


@command("commands.approve", subject="parked")
def approve(ctx: Context, *, parked: UUID, remark: str = "") -> Json:
    """
    Do a parked command in the maker's name, and return its answer as JSON.

    The command is journalled under its own name with the maker as actor and the checker as
    approver; what it refuses now, it refuses here, and it stays waiting.

    :raises ParkedNotFound: if it is not in the checker's scope.
    :raises AlreadyDecided: if it was decided before.
    :raises OwnCommand: if the checker is its maker.
    :raises NotPermitted: if the checker was not granted the command itself.
    """
    row = _decidable(ctx, parked)
    target = commands[row.command]
    if target.name not in ctx.grants:
        raise NotPermitted(target.name)
    made = replace(
        ctx,
        actor=row.maker,
        approved_by=ctx.actor,
        request_key=f"approved:{row.id}",
        exempt=True,
        stamp=None,
    )
    answer = target.perform(made, target.decode(row.arguments))
    _decide(ctx, row, "approved", remark)
    return encode(answer)


@command("commands.decline", subject="parked")
def decline(ctx: Context, *, parked: UUID, remark: str) -> None:
    """
    Decide that a parked command will not be done.

    :raises ParkedNotFound: if it is not in the checker's scope.
    :raises AlreadyDecided: if it was decided before.
    """
    _decide(ctx, _decidable(ctx, parked), "declined", remark)


def _decidable(ctx: Context, parked: UUID) -> ParkedCommand:
    row = ParkedCommand.objects.select_for_update().filter(id=parked).first()
    if row is None or not all(ctx.scope.covers(path) for path in row.paths):
        raise ParkedNotFound(parked)
    if row.state != "waiting":
        raise AlreadyDecided(row.state)
    if row.maker == ctx.actor:
        raise OwnCommand
    return row


def _decide(ctx: Context, row: ParkedCommand, state: str, remark: str) -> None:
    row.state, row.checker, row.decided_at, row.remark = state, ctx.actor, ctx.at, remark
    row.save(update_fields=["state", "checker", "decided_at", "remark"])
