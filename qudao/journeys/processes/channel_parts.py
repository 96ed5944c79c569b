"""What the processes of channels share: on-site check, deposit, and telling the province."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from qudao.domain.party.types import OrganizationId
from qudao.domain.saleschannel import operations as saleschannel
from qudao.domain.saleschannel import queries as outlets
from qudao.domain.saleschannel.types import SurveyDraft, SurveyPurpose
from qudao.domain.wallet import operations as wallet
from qudao.journeys.channels import CHANGE, ENTRY, EXIT
from qudao.kernel.money import Money
from qudao.kernel.personal import Secret
from qudao.platform.commands.codec import Json
from qudao.platform.commands.context import Context
from qudao.platform.messaging import operations as messaging
from qudao.platform.processes import people, queries
from qudao.platform.processes.refusals import FieldRefused
from qudao.platform.processes.registry import action, form
from qudao.platform.processes.types import Field, NoteId, Words, Work

PURPOSES: Final = {
    ENTRY: SurveyPurpose.ENTRY,
    CHANGE: SurveyPurpose.CHANGE,
    EXIT: SurveyPurpose.EXIT,
}
INFORMED: Final = "province_administrator"


def outlet_of(work: Work) -> OrganizationId:
    return OrganizationId(work.subject)


def require_done_in_boss(work: Work) -> None:
    """
    Nothing takes effect here before the BOSS knows it.

    :raises FieldRefused: if the support centre says that it was not done.
    """
    if work.data.get("boss_done") is False:
        raise FieldRefused("boss_done", "not_done", "已在 BOSS 办理|Done in the BOSS")


def shown(ctx: Context, work: Work) -> Sequence[tuple[Words, Any]]:
    """Return what the pages of an instance say of its channel."""
    record = outlets.outlet(ctx, outlet=outlet_of(work))
    found: list[tuple[Words, Any]] = [
        (Words("节点代码", "Node code"), record.node_code),
        (Words("渠道类型", "Kind"), Words(record.kind_name_zh, record.kind_name_en)),
        (Words("地址", "Address"), record.address),
        (Words("合同编号", "Contract number"), record.contract_number),
        (Words("约定保证金", "Deposit agreed"), record.deposit),
    ]
    return [(words, value) for words, value in found if value not in ("", Money.zero())]


@form("channel_survey")
def survey_fields(ctx: Context, work: Work) -> Iterable[Field]:
    """Return what is noted on site."""
    return (
        Field("passed", Words("核查通过", "It is as it should be"), "boolean"),
        Field(
            "site_position",
            Words("现场位置", "Position"),
            "position",
            help=Words(
                "在现场打开此页时可直接读取手机位置。", "On site, the telephone can fill this in."
            ),
        ),
        Field(
            "site_photos",
            Words("现场照片", "Photographs"),
            "photos",
            longest=saleschannel.MOST_PHOTOGRAPHS,
            help=Words(
                "门头、店内、周边，1 至 6 张。", "The front, the inside, the street: one to six."
            ),
        ),
        Field(
            "site_remarks",
            Words("核查说明", "Remarks"),
            "text",
            required_when=("passed", "false"),
            longest=saleschannel.LONGEST_REMARKS,
        ),
    )


@action("channel.survey")
def record_survey(ctx: Context, work: Work) -> Mapping[str, Json]:
    """Keep the on-site check with the outlet; say how far from its place it was made."""
    latitude, longitude = (Decimal(part) for part in work.data["site_position"].split(","))
    purpose = PURPOSES[work.process]
    saleschannel.survey(
        ctx,
        outlet=outlet_of(work),
        draft=SurveyDraft(
            purpose,
            bool(work.data["passed"]),
            longitude,
            latitude,
            remarks=work.data.get("site_remarks") or "",
        ),
        photographs=tuple(
            queries.attachment(ctx, note=NoteId(int(note)))[1] for note in work.data["site_photos"]
        ),
    )
    made = outlets.last_survey(ctx, outlet=outlet_of(work), purpose=purpose)
    assert made is not None
    return {"distance_m": made.distance_m}


@form("channel_deposit")
def deposit_fields(ctx: Context, work: Work) -> Iterable[Field]:
    """Return what finance notes of a deposit that came in: all that is due."""
    due = int(work.data["deposit_due"])
    return (
        Field("deposit", Words("到账金额", "Amount received"), "money", default=due, least=due),
        Field("deposit_reference", Words("银行流水号", "The bank's number"), longest=64),
    )


@action("channel.deposit")
def book_deposit(ctx: Context, work: Work) -> None:
    """Book the deposit that finance has seen on the bank's statement."""
    wallet.receive_deposit(
        ctx,
        outlet=outlet_of(work),
        amount=Money(work.data["deposit"]),
        reference=work.data["deposit_reference"],
    )


@action("channel.inform")
def inform(ctx: Context, work: Work) -> Mapping[str, Json]:
    """Tell the province's administrators what a branch has let through by itself; say how many."""
    record = outlets.outlet(ctx, outlet=outlet_of(work))
    told = 0
    for one in people.holders(ctx, INFORMED, work.path):
        if one.phone is None:
            continue
        with translation.override(one.language or settings.LANGUAGE_CODE):
            english = (translation.get_language() or "").startswith("en")
            text = _TEXTS[work.process]() % {
                "name": record.name_en if english else record.name_zh,
                "node_code": record.node_code,
            }
        messaging.send(
            ctx.part(f"inform:{one.user}"),
            recipient=one.phone,
            kind="channel_filing",
            text=Secret(text),
        )
        told += 1
    return {"informed": told}


_TEXTS: Final = {
    ENTRY: lambda: _("Qudao: the branch files the entry of %(name)s (%(node_code)s)."),
    CHANGE: lambda: _("Qudao: the branch files a change of %(name)s (%(node_code)s)."),
    EXIT: lambda: _("Qudao: the branch files the exit of %(name)s (%(node_code)s)."),
}
