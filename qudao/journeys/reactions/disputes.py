"""A line that an outlet disputes is looked into by a process, until the dispute is over."""

from __future__ import annotations

from collections.abc import Sequence

from qudao.domain.commission.events.settlements import DisputeAnswered, LineDisputed
from qudao.domain.commission.queries import payouts as commission
from qudao.domain.commission.types.settlements import DisputeId
from qudao.domain.party import queries as organizations
from qudao.journeys.processes.commission_dispute import DISPUTE
from qudao.platform.commands.context import Context
from qudao.platform.events.relay import Entry, consumer
from qudao.platform.identity.roles import system_context
from qudao.platform.processes import operations as processes
from qudao.platform.processes import queries as instances
from qudao.platform.processes.types import RUNNING, Words

ELSEWHERE = "已另行处理 It was dealt with otherwise"


@consumer(
    "disputes.follow",
    commands=[
        "commission.dispute_line",
        "commission.answer_dispute",
        "commission.withdraw_dispute",
    ],
)
def follow(entries: Sequence[Entry]) -> None:
    """
    Start a process for each new dispute, and end that of one which was answered by hand or taken
    back; taken in again, nothing more happens.
    """
    for entry in entries:
        for found in entry.facts(LineDisputed):
            _start(_context(entry, found.dispute), found)
        if entry.command == "commission.withdraw_dispute" and entry.subject is not None:
            _end(_context(entry, DisputeId(entry.subject)), DisputeId(entry.subject))
        for answered in entry.facts(DisputeAnswered):
            _end(_context(entry, answered.dispute), answered.dispute)


def _start(ctx: Context, found: LineDisputed) -> None:
    record = commission.dispute(ctx, dispute=found.dispute)
    (*_, place) = organizations.ancestors(ctx, found.outlet)
    processes.start(
        ctx,
        process=DISPUTE,
        subject=found.dispute,
        path=place.path,
        title=Words(
            f"{record.outlet_name_zh} {record.month:%Y-%m}",
            f"{record.outlet_name_en} {record.month:%Y-%m}",
        ),
        data={"amount": record.amount.minor},
    )


def _end(ctx: Context, dispute: DisputeId) -> None:
    for one in instances.instances_of(ctx, subject=dispute):
        if one.state == RUNNING:
            processes.cancel(ctx, instance=one.id, reason=ELSEWHERE)


def _context(entry: Entry, dispute: DisputeId) -> Context:
    return system_context(entry.at, f"disputes.follow:{entry.id}:{dispute}")
