"""
Commission policy (酬金政策): the branch submits it, the province's marketing and then its finance
approve, the branch's support centre configures, the branch's supervisor verifies; only then does it
take effect, and the province's support centre gets a copy.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from qudao.domain.commission import operations as commission
from qudao.domain.commission import queries as policies
from qudao.domain.commission.types import (
    Approval,
    PolicyId,
    PolicyState,
    Rejection,
)
from qudao.journeys.policies import POLICY, NotVerified
from qudao.kernel.personal import Secret
from qudao.platform.commands.codec import Json
from qudao.platform.commands.context import Context
from qudao.platform.messaging import operations as messaging
from qudao.platform.processes import people
from qudao.platform.processes.registry import action, form, register
from qudao.platform.processes.types import Choice, Field, Process, Words, Work

_AFTER: Final = frozenset(
    {
        PolicyState.APPROVED,
        PolicyState.CONFIGURED,
        PolicyState.VERIFIED,
        PolicyState.EFFECTIVE,
    }
)
_DECIDED: Final = {Approval.MARKETING: _AFTER | {PolicyState.ENDORSED}, Approval.FINANCE: _AFTER}
COPIED_TO: Final = "support_centre"


def _policy(work: Work) -> PolicyId:
    return PolicyId(work.subject)


def _shown(ctx: Context, work: Work) -> Sequence[tuple[Words, Any]]:
    """Return what is decided on."""
    record = policies.version(ctx, _policy(work), work.data["version"])
    draft = record.draft
    found: list[tuple[Words, Any]] = [
        (Words("政策编号", "Policy"), f"{record.code} v{record.number}"),
        (Words("名称", "Name"), Words(draft.name_zh, draft.name_en)),
        (Words("生效日", "Valid from"), draft.valid_from),
        (Words("预算（每月）", "Budget a month"), draft.budget),
        (Words("规则数", "Rules"), sum(len(plan.rules) for plan in draft.plans)),
    ]
    if deviations := policies.deviations(record):
        found.append((Words("配置与批准不同处", "Configured otherwise"), len(deviations)))
    return found


def _withdraw(ctx: Context, work: Work) -> None:
    """What was submitted never takes effect as it is; what is effective goes on to be."""
    state = policies.version(ctx, _policy(work)).state
    if state not in (PolicyState.EFFECTIVE, PolicyState.WITHDRAWN):
        commission.drop_version(
            ctx, policy=_policy(work), reason="流程取消 The process was cancelled"
        )


PROCESS = register(
    Process(
        POLICY,
        Words("酬金政策审批", "Commission policy"),
        Path(__file__).parent,
        cancelled_by=frozenset({"branch_supervisor", "province_administrator"}),
        on_cancel=_withdraw,
        screen="commission.policy",
        shows=_shown,
    )
)


@action("policy.propose")
def propose(ctx: Context, work: Work) -> None:
    """Put the draft, as it is now, up for decision."""
    commission.propose_policy(ctx, policy=_policy(work), remark=work.data.get("remark") or "")


@action("policy.marketing")
def marketing(ctx: Context, work: Work) -> None:
    """Write down what marketing has decided."""
    _decide(ctx, work, Approval.MARKETING, Rejection.MARKETING)


@action("policy.finance")
def finance(ctx: Context, work: Work) -> None:
    """Write down what finance has decided."""
    _decide(ctx, work, Approval.FINANCE, Rejection.FINANCE)


def _decide(ctx: Context, work: Work, step: Approval, back: Rejection) -> None:
    """What was decided on the policy's own page already, is not decided again."""
    if policies.version(ctx, _policy(work)).state in _DECIDED[step]:
        return
    said = work.data.get(f"{step}_reason") or ""
    if work.data[str(step)] == "accept":
        commission.approve_policy(ctx, policy=_policy(work), step=step, remark=said)
    else:
        commission.reject_policy(ctx, policy=_policy(work), step=back, reason=said)


@action("policy.configure")
def configure(ctx: Context, work: Work) -> None:
    """
    Make the rules exactly as they were approved, unless they are made already on the page where
    that is done by hand; or send the policy back to who wrote it.
    """
    note = work.data.get("configuration_note") or ""
    if work.data.get("configuration") == "return":
        commission.reject_policy(
            ctx, policy=_policy(work), step=Rejection.CONFIGURATION, reason=note
        )
    elif policies.version(ctx, _policy(work)).state == PolicyState.APPROVED:
        commission.configure_policy(ctx, policy=_policy(work), remark=note)


@form("policy_verification")
def verification_fields(ctx: Context, work: Work) -> Iterable[Field]:
    """Return what the supervisor says of the configuration, once the test cases are computed."""
    record = policies.version(ctx, _policy(work))
    computed = len(policies.cases(ctx, record.policy, record.number))
    differs = len(policies.deviations(record))
    yield Field(
        "verified",
        Words("验证结论", "Result"),
        "enum",
        choices=(
            Choice("accept", Words("与批准一致", "As it was approved")),
            Choice("return", Words("不一致，退回配置", "Not as approved: configure again")),
        ),
        help=Words(
            f"已试算用例 {computed} 个；与批准不同处 {differs} 个。用例在政策页面录入。",
            f"Test cases computed: {computed}; differences to what was approved: {differs}. "
            "Test cases are entered on the policy's page.",
        ),
    )
    yield Field(
        "verified_reason",
        Words("说明", "Remarks"),
        "text",
        required_when=("verified", "return"),
    )


@action("policy.verify")
def verify(ctx: Context, work: Work) -> Mapping[str, Json]:
    """
    See that test cases came out as expected, or send the configuration back.

    :raises NotVerified: if it is said to be right, and no test case has shown it.
    """
    state = policies.version(ctx, _policy(work)).state
    if work.data["verified"] == "accept":
        if state not in (PolicyState.VERIFIED, PolicyState.EFFECTIVE):
            raise NotVerified
    else:
        commission.reject_policy(
            ctx,
            policy=_policy(work),
            step=Rejection.VERIFICATION,
            reason=work.data["verified_reason"],
        )
    return {}


@action("policy.effective")
def make_effective(ctx: Context, work: Work) -> None:
    """Let the policy earn from its day on."""
    if policies.version(ctx, _policy(work)).state != PolicyState.EFFECTIVE:
        commission.make_policy_effective(ctx, policy=_policy(work))


@action("policy.copy")
def copy(ctx: Context, work: Work) -> Mapping[str, Json]:
    """Tell the province's support centre; say how many people were told."""
    record = policies.version(ctx, _policy(work))
    province = ".".join(work.path.split(".")[:2])
    told = 0
    for one in people.holders(ctx, COPIED_TO, province):
        if one.phone is None:
            continue
        with translation.override(one.language or settings.LANGUAGE_CODE):
            english = (translation.get_language() or "").startswith("en")
            text = _("Qudao: commission policy %(name)s (%(code)s) takes effect on %(day)s.") % {
                "name": record.draft.name_en if english else record.draft.name_zh,
                "code": record.code,
                "day": record.draft.valid_from.isoformat(),
            }
        messaging.send(
            ctx.part(f"copy:{one.user}"),
            recipient=one.phone,
            kind="policy_copy",
            text=Secret(text),
        )
        told += 1
    return {"copied": told}
