"""What a worker writes down of a settlement: how far it is, what came out, why it gave up."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from qudao.domain.commission.events.settlements import SettlementPosted
from qudao.domain.commission.models.settlements import Statement
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
    row.save(update_fields=["running", "problem"])


@command("commission.record_computed", subject="settlement")
def record_computed(ctx: Context, *, settlement: SettlementId, computed: ComputedMonth) -> int:
    """
    Make the statements of a computed month, in the place of those that there were; return how many.

    :raises SettlementNotFound: if there is none.
    :raises StateUnfit: if it was approved meanwhile.
    :raises LinesUnreadable: if `computed` does not name lines.
    :raises OutletsUnknown: if lines are of outlets that are not there.
    """
    if not book.readable(computed.versions) or not book.readable(computed.inputs, inputs=True):
        raise LinesUnreadable
    versions, inputs = computed.versions.decode(), computed.inputs.decode()
    row = _locked(ctx, settlement)
    if row.state not in OPEN:
        raise StateUnfit(row.state)
    before = _before(row)
    points = book.point_rules(versions)
    unknown = staging._take_sums(
        row, book.sums(versions, points), book.clerk_sums(versions, points)
    )
    if unknown:
        raise OutletsUnknown(unknown[:20])
    made = staging._make_statements(ctx, row, None if before is None else SettlementId(before.id))
    row.state, row.running, row.problem = SettlementState.COMPUTED, Running.NOTHING, ""
    row.versions, row.inputs = versions, inputs
    row.lines, row.findings = computed.lines, []
    row.computed_at, row.computed_by = ctx.at, row.computed_by or ctx.actor
    row.checked_at = row.checked_by = None
    for name, value in made.items():
        setattr(row, name, value)
    row.save()
    return row.statements


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
