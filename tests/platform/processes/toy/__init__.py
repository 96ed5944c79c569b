"""
A process to try the host with: a request is asked for, approved by another person if it is a high
one, and carried out; in version 2 finance confirms, too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from qudao.kernel.personal import Personal, Secret
from qudao.kernel.refusals import Kind, Refusal
from qudao.platform.commands.codec import Json
from qudao.platform.commands.context import Context
from qudao.platform.messaging import operations as messaging
from qudao.platform.processes.registry import action, register
from qudao.platform.processes.types import Process, Words, Work

TOO_MUCH = 9_000_000
NEVER = 8_000_000


@dataclass(eq=False)
class NoBudget(Refusal, kind=Kind.CONFLICT):
    """There is a way out for this one in the process."""


NoBudget.code = "processes.no_budget"


@dataclass(eq=False)
class Closed(Refusal, kind=Kind.CONFLICT):
    """There is none for this one."""


@action("toy.act")
def act(ctx: Context, work: Work) -> Mapping[str, Json]:
    """Write something, so that one sees whether it stays."""
    messaging.send(
        ctx, recipient=Personal("13800000000"), kind="toy", text=Secret(str(work.data["what"]))
    )
    if work.data["amount"] == TOO_MUCH:
        raise NoBudget
    if work.data["amount"] == NEVER:
        raise Closed
    return {"acted": str(ctx.actor)}


def undo(ctx: Context, work: Work) -> None:
    """Write that it was cancelled."""
    messaging.send(
        ctx, recipient=Personal("13800000000"), kind="toy", text=Secret(f"cancelled {work.subject}")
    )


TOY = register(
    Process(
        code="toy",
        words=Words("试用流程", "Toy process"),
        folder=Path(__file__).parent,
        cancelled_by=frozenset({"branch_supervisor"}),
        on_cancel=undo,
    )
)
