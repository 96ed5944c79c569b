"""Change the rules."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from qudao.domain.credential import rules
from qudao.domain.credential.models import PolicyVersion
from qudao.domain.credential.types import Policy, PolicyId
from qudao.kernel.ids import new_id
from qudao.kernel.refusals import Kind, Refusal
from qudao.platform.commands.command import command, record_subject
from qudao.platform.commands.context import Context


@dataclass(eq=False)
class PolicyOutOfRange(Refusal, kind=Kind.INVALID):
    """A rule is beyond what is sensible."""

    field: str
    least: int
    most: int


@dataclass(eq=False)
class ReasonMissing(Refusal, kind=Kind.INVALID):
    """A reason of at least two characters has to be given."""


@command("credential.set_policy")
def set_policy(ctx: Context, *, policy: Policy, reason: str) -> PolicyId:
    """
    Put other rules in force, from the next try on; passwords and codes that exist stay.

    :raises ReasonMissing: if no reason is given.
    :raises PolicyOutOfRange: if a rule is beyond its limits (`rules.LIMITS`).
    """
    reason = reason.strip()
    if len(reason) < 2:
        raise ReasonMissing
    wrong = rules.out_of_range(policy)
    if wrong is not None:
        raise PolicyOutOfRange(*wrong)
    row = PolicyVersion.objects.create(
        id=new_id(ctx.at),
        rules=asdict(policy),
        set_at=ctx.at,
        set_by=ctx.actor,
        reason=reason[:500],
    )
    record_subject(row.id)
    return PolicyId(row.id)
