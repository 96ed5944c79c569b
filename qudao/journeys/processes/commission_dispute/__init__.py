"""
Commission dispute (酬金争议): an outlet says that a line is wrong; its channel manager looks into
it, the branch's supervisor decides, finance checks a correction, and the outlet gets its answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

from qudao.domain.commission import queries as commissions
from qudao.domain.commission.operations import disputes as commission
from qudao.domain.commission.queries import payouts as disputes
from qudao.domain.commission.types.settlements import DisputeId
from qudao.kernel.money import Money
from qudao.platform.commands.context import Context
from qudao.platform.processes.registry import action, form, register
from qudao.platform.processes.types import Choice, Field, Process, Words, Work

DISPUTE: Final = "commission_dispute"


def _shown(ctx: Context, work: Work) -> Sequence[tuple[Words, Any]]:
    """Return what is disputed, and what was answered."""
    record = disputes.dispute(ctx, dispute=DisputeId(work.subject))
    rule = commissions.rules_by_number([record.rule]).get(record.rule)
    found: list[tuple[Words, Any]] = [
        (Words("网点", "Outlet"), Words(record.outlet_name_zh, record.outlet_name_en)),
        (Words("节点代码", "Node code"), record.outlet_code),
        (Words("月份", "Month"), f"{record.month:%Y-%m}"),
        (Words("规则", "Rule"), Words(rule.name_zh, rule.name_en) if rule else record.rule),
        (Words("明细金额", "Amount of the line"), record.amount),
        (Words("网点意见", "What the outlet says"), record.claim),
        (Words("答复期限", "To be answered by"), record.due_on),
    ]
    if record.answer:
        found.append((Words("答复", "Answer"), record.answer))
        found.append((Words("更正金额", "Correction"), record.correction))
    return found


PROCESS = register(
    Process(
        DISPUTE,
        Words("酬金争议处理", "Commission dispute"),
        Path(__file__).parent,
        screen="commission.dispute",
        shows=_shown,
    )
)


@form("dispute_decision")
def decision_fields(ctx: Context, work: Work) -> Iterable[Field]:
    """Return what the supervisor decides: the answer, and how much is put right."""
    record = disputes.dispute(ctx, dispute=DisputeId(work.subject))
    finding = work.data.get("finding_text") or ""
    back = work.data.get("confirmation_reason") or ""
    said = f"{finding}　{back}".strip()
    yield Field(
        "decision",
        Words("决定", "Decision"),
        "enum",
        choices=(
            Choice("uphold", Words("成立，予以更正", "Upheld: put it right")),
            Choice("refuse", Words("不成立，维持原结果", "Not upheld: the line stands")),
        ),
        help=Words(said, said),
    )
    yield Field(
        "correction",
        Words("更正金额", "Correction"),
        "money",
        required_when=("decision", "uphold"),
        zero=False,
        help=Words(
            f"该明细为 {record.amount}。补付填正数，扣回填负数。",
            f"The line is {record.amount}. Positive: to be paid; negative: to be taken back.",
        ),
    )
    yield Field("answer", Words("给网点的答复", "Answer to the outlet"), "text", longest=1000)


@action("dispute.refuse")
def refuse(ctx: Context, work: Work) -> None:
    """Answer that the line stands."""
    commission.answer_dispute(
        ctx,
        dispute=DisputeId(work.subject),
        accepted=False,
        answer=work.data["answer"],
        correction=Money.zero(),
    )


@action("dispute.correct")
def correct(ctx: Context, work: Work) -> None:
    """Answer that the outlet is right, and enter the correction that two people have agreed to."""
    commission.answer_dispute(
        ctx,
        dispute=DisputeId(work.subject),
        accepted=True,
        answer=work.data["answer"],
        correction=Money(work.data["correction"]),
    )
