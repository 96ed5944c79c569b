"""What a worker writes down of a settlement: how far it is, what came out, why it gave up."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from qudao.domain.commission.events.settlements import SettlementPosted
from qudao.domain.commission.models.settlements import Settlement, Statement
from qudao.domain.commission.operations import staging
from qudao.domain.commission.operations.settlements import OPEN, StateUnfit, _before, _locked
from qudao.domain.commission.queries import book
from qudao.domain.commission.types.settlements import (
    ComputedMonth,
    Finding,
    Running,
    SettlementId,
    SettlementState,
    StatementState,
)
from qudao.kernel.money import Money
from qudao.kernel.refusals import Kind, Refusal
from qudao.platform.commands.command import announce, command
from qudao.platform.commands.context import Context


@dataclass(eq=False)
class LinesUnreadable(Refusal, kind=Kind.INVALID):
    """What names the lines in the lake names nothing."""


@dataclass(eq=False)
class OutletsUnknown(Refusal, kind=Kind.CONFLICT):
    """Lines are of outlets that are not there."""

    numbers: list[int]


@command("commission.note_progress", subject="settlement")
def note_progress(ctx: Context, *, settlement: SettlementId, done: int, total: int) -> None:
    """
    Say how far the worker is.

    :raises SettlementNotFound: if there is none.
    """
    row = _locked(ctx, settlement)
    row.done, row.total = done, total
    row.save(update_fields=["done", "total"])


@command("commission.give_up", subject="settlement")
def give_up(ctx: Context, *, settlement: SettlementId, problem: str) -> None:
    """
    Say why a worker could not go on; the settlement stays where it was.

    :raises SettlementNotFound: if there is none.
    """
    row = _locked(ctx, settlement)
    row.running, row.problem = Running.NOTHING, problem[:500]
    row.making_versions = row.making_inputs = ""
    row.save(update_fields=["running", "problem", "making_versions", "making_inputs"])


@command("commission.drop_unfinished", subject="settlement")
def drop_unfinished(ctx: Context, *, settlement: SettlementId, most: int = 5000) -> bool:
    """
    Delete some statements that a worker had made before it gave up; say whether there are more.

    While a worker is at it, nothing is deleted.

    :raises SettlementNotFound: if there is none.
    """
    row = _locked(ctx, settlement)
    return not row.running and staging._drop_statements(row, most) > 0


@command("commission.record_computed", subject="settlement")
def record_computed(ctx: Context, *, settlement: SettlementId, computed: ComputedMonth) -> None:
    """
    Keep which lines a month was computed to: `make_some` makes their statements.

    What was computed before counts until all are made.

    :raises SettlementNotFound: if there is none.
    :raises StateUnfit: if it was approved meanwhile.
    :raises LinesUnreadable: if `computed` does not name lines.
    :raises OutletsUnknown: if lines are of outlets that are not there.
    """
    if not book.readable(computed.versions) or not book.readable(computed.inputs, inputs=True):
        raise LinesUnreadable
    versions = computed.versions.decode()
    numbers = book.outlets(versions)
    row = _locked(ctx, settlement)
    if row.state not in OPEN:
        raise StateUnfit(row.state)
    if unknown := staging._unknown(row, numbers):
        raise OutletsUnknown(unknown)
    row.running, row.making, row.made_to = Running.MAKING, row.making + 1, 0
    row.making_versions, row.making_inputs = versions, computed.inputs.decode()
    row.making_lines = computed.lines
    row.done, row.total = 0, staging._count_outlets(row)
    row.save()


@command("commission.make_some", subject="settlement")
def make_some(ctx: Context, *, settlement: SettlementId, most: int = 5000) -> bool:
    """
    Make the statements of some more outlets; say whether there is more to do.

    They belong to an edition that nobody sees. When it is whole, it takes the place of the one
    that counted; then that one's statements are deleted, some at a time. So a worker that dies
    leaves whole sets, and the next one goes on.

    :raises SettlementNotFound: if there is none.
    :raises StateUnfit: if no statements are being made.
    """
    row = _locked(ctx, settlement)
    if row.running != Running.MAKING or row.state not in OPEN:
        raise StateUnfit(row.state)
    more = True
    if row.making == row.edition:
        more = staging._drop_statements(row, most) > 0
        row.running = Running.MAKING if more else Running.NOTHING
    elif numbers := staging._outlets(row, row.made_to, most):
        before = _before(row)
        staging._make_statements(
            ctx,
            row,
            (row.made_to + 1, numbers[-1]),
            None if before is None else SettlementId(before.id),
        )
        row.made_to, row.done = numbers[-1], row.done + len(numbers)
    elif staging._adjusted_since(row):
        row.making, row.made_to, row.done = row.making + 1, 0, 0
    else:
        _count_made(ctx, row)
    row.save()
    return more


def _count_made(ctx: Context, row: Settlement) -> None:
    """From now on the statements that were made count, and none that were there before."""
    row.state, row.problem, row.edition = SettlementState.COMPUTED, "", row.making
    row.versions, row.inputs, row.lines = row.making_versions, row.making_inputs, row.making_lines
    row.making_versions = row.making_inputs = ""
    row.findings = []
    row.computed_at, row.computed_by = ctx.at, row.computed_by or ctx.actor
    row.checked_at = row.checked_by = None
    for name, value in staging._totals(row).items():
        setattr(row, name, value)


@command("commission.record_checked", subject="settlement")
def record_checked(
    ctx: Context, *, settlement: SettlementId, versions: str, findings: list[Finding]
) -> None:
    """
    Keep what a check of a computed month has found; without a fault the settlement is checked.

    `versions` stands for the lines that were looked at: see `book.mark`.

    :raises SettlementNotFound: if there is none.
    :raises StateUnfit: if it was computed anew meanwhile, or approved.
    """
    row = _locked(ctx, settlement)
    if book.mark(row.versions) != versions or row.state not in OPEN:
        raise StateUnfit(row.state)
    faults = any(one.fault for one in findings)
    row.state = SettlementState.COMPUTED if faults else SettlementState.CHECKED
    row.running, row.findings = Running.NOTHING, [asdict(one) for one in findings]
    row.checked_at = ctx.at
    row.save()


@command("commission.record_posted", subject="settlement")
def record_posted(ctx: Context, *, settlement: SettlementId) -> None:
    """
    Say that all statements are posted.

    :raises SettlementNotFound: if there is none.
    :raises StateUnfit: if it is not approved, or a statement is still open.
    """
    row = _locked(ctx, settlement)
    left = Statement.objects.unscoped("all of the settlement").filter(
        settlement=row, state=StatementState.OPEN
    )
    if row.state != SettlementState.APPROVED or left.exists():
        raise StateUnfit(row.state)
    row.state, row.running, row.posted_at = SettlementState.POSTED, Running.NOTHING, ctx.at
    row.save(update_fields=["state", "running", "posted_at"])
    announce(SettlementPosted(SettlementId(row.id), row.month, Money(row.net)))
