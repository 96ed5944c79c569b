"""A branch submits a commission policy: from there on a process leads it through its decisions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from qudao.domain.commission import operations
from qudao.domain.commission import queries as commission
from qudao.domain.commission.types import Case, Difference, Plan, PolicyId
from qudao.kernel.refusals import Kind, Refusal
from qudao.platform.commands.codec import Json
from qudao.platform.commands.command import command
from qudao.platform.commands.context import Context
from qudao.platform.processes import operations as processes
from qudao.platform.processes import queries as tasks
from qudao.platform.processes.refusals import ProcessLeads
from qudao.platform.processes.registry import processes as registered
from qudao.platform.processes.types import OPEN, RUNNING, InstanceId, TaskRow, Words

POLICY: Final = "commission_policy"


@dataclass(eq=False)
class ProvincesOwn(Refusal, kind=Kind.CONFLICT):
    """Branches submit policies; what the province itself writes, it decides on at once."""


@dataclass(eq=False)
class NotVerified(Refusal, kind=Kind.CONFLICT):
    """A configuration is verified by test cases, and none was computed yet."""


@command("policies.submit", subject="policy", led=True)
def submit(ctx: Context, *, policy: PolicyId, remark: str = "") -> InstanceId:
    """
    Propose a branch's policy, and start the process that decides on it.

    :raises PolicyUnknown: if there is none in the actor's area.
    :raises ProvincesOwn: if it is the province's.
    :raises Refusal: those of `commission.propose_policy` and `processes.start`.
    """
    record = commission.version(ctx, policy)
    if record.branch_path is None:
        raise ProvincesOwn
    return processes.start(
        ctx,
        process=POLICY,
        subject=policy,
        path=record.branch_path,
        title=Words(
            f"{record.draft.name_zh} {record.code}", f"{record.draft.name_en} {record.code}"
        ),
        data={"policy_code": record.code, "version": record.number, "remark": remark[:500]},
    )


@command("policies.configure", subject="policy")
def configure(
    ctx: Context, *, policy: PolicyId, plans: tuple[Plan, ...] | None = None, remark: str = ""
) -> tuple[Difference, ...]:
    """
    Make the rules of an approved policy, and do the task that a process has for it.

    :raises Refusal: those of `commission.configure_policy` and `processes.complete`.
    """
    made = operations.configure_policy(ctx, policy=policy, plans=plans, remark=remark)
    _do(ctx, policy, "configure", {"configuration": "done", "configuration_note": remark or None})
    return made


@command("policies.verify", subject="policy")
def verify(ctx: Context, *, policy: PolicyId, cases: tuple[Case, ...], remark: str = "") -> None:
    """
    Verify a configured policy on test cases, and do the task that a process has for it.

    :raises Refusal: those of `commission.verify_policy` and `processes.complete`; and of what
        follows, as when another policy pays the same by now.
    """
    operations.verify_policy(ctx, policy=policy, cases=cases, remark=remark)
    _do(ctx, policy, "verify", {"verified": "accept", "verified_reason": remark or None})


def task_of(ctx: Context, *, policy: PolicyId, element: str) -> TaskRow | None:
    """
    Return the open task of a policy's process; None if no process leads the policy.

    :raises ProcessLeads: if the process stands elsewhere.
    """
    for one in tasks.instances_of(ctx, subject=policy):
        if one.process != POLICY or one.state != RUNNING:
            continue
        found = tasks.tasks_of(ctx, instance=one.id)
        task = next((row for row in found if (row.state, row.element) == (OPEN, element)), None)
        if task is None:
            raise ProcessLeads(str(registered()[POLICY].words))
        return task
    return None


def _do(ctx: Context, policy: PolicyId, element: str, data: dict[str, Json]) -> None:
    task = task_of(ctx, policy=policy, element=element)
    if task is not None:
        asked = {field.code for field in tasks.fields(ctx, task=task.id)}  # by its version
        given = {code: value for code, value in data.items() if code in asked}
        processes.complete(ctx, task=task.id, data=given)
