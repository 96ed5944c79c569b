"""Clerks' points: what they can be had for, and having it."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from qudao.domain.commission.models.payouts import PointReward, Redemption
from qudao.domain.commission.operations.posting import POINTS
from qudao.domain.commission.types.settlements import POINT
from qudao.domain.ledger import operations as ledger
from qudao.domain.ledger import queries as accounts
from qudao.domain.ledger.types import AccountId
from qudao.domain.party.types import OrganizationId
from qudao.domain.saleschannel import queries as outlets
from qudao.kernel.ids import new_id
from qudao.kernel.money import Money
from qudao.kernel.refusals import Kind, Refusal
from qudao.platform.commands.command import command
from qudao.platform.commands.context import Context

REDEEMED = "points_redeemed"


@dataclass(eq=False)
class RewardUnfit(Refusal, kind=Kind.INVALID):
    """A reward has a code, names in both languages, and costs points."""

    field: str


@dataclass(eq=False)
class RewardNotOffered(Refusal, kind=Kind.NOT_FOUND):
    """There is no such reward any more."""

    reward: str


@dataclass(eq=False)
class PointsMissing(Refusal, kind=Kind.CONFLICT):
    """The clerk has fewer points than the reward costs."""

    have: int
    needed: int


@dataclass(eq=False)
class RedemptionNotFound(Refusal, kind=Kind.NOT_FOUND):
    """There is none that waits to be handed over."""

    redemption: UUID


@command("commission.set_reward")
def set_reward(
    ctx: Context, *, code: str, name_zh: str, name_en: str, points: int, offered: bool = True
) -> str:
    """
    Offer something for points, or change what is offered; return its code.

    :raises RewardUnfit: if the code or a name is missing, or it costs nothing.
    """
    for field, value in (("code", code), ("name_zh", name_zh), ("name_en", name_en)):
        if not value.strip():
            raise RewardUnfit(field)
    if not 0 < points <= 10**9:
        raise RewardUnfit("points")
    PointReward.objects.update_or_create(
        code=code.strip()[:40],
        defaults={
            "name_zh": name_zh.strip()[:100],
            "name_en": name_en.strip()[:100],
            "points": points,
            "offered": offered,
        },
    )
    return code.strip()[:40]


@command("commission.redeem_points", subject="outlet")
def redeem_points(ctx: Context, *, outlet: OrganizationId, reward: str) -> UUID:
    """
    Take a reward for one's own points; it is handed over at the outlet's branch.

    :raises OutletNotFound: if the outlet is not in the actor's scope.
    :raises RewardNotOffered: if there is no such reward.
    :raises PointsMissing: if the actor has fewer points than it costs.
    """
    outlets.outlet(ctx, outlet=outlet)
    found = PointReward.objects.filter(code=reward, offered=True).first()
    if found is None:
        raise RewardNotOffered(reward)
    own = accounts.account_of(ctx.actor, POINTS, POINT)
    if own is None:
        raise PointsMissing(0, found.points)
    made = Redemption.objects.create(
        id=new_id(ctx.at),
        outlet_id=outlet,
        clerk=ctx.actor,
        reward=found,
        points=found.points,
        at=ctx.at,
    )
    try:
        ledger.post(
            ctx,
            source=AccountId(own),
            target=ledger.open_account(ctx, kind=REDEEMED, owner=None, asset=POINT),
            amount=Money(found.points),
            kind="redemption",
            cause=made.id,
        )
    except ledger.InsufficientFunds as error:
        raise PointsMissing(error.available.minor, found.points) from error
    return made.id


@command("commission.hand_over_reward", subject="redemption")
def hand_over_reward(ctx: Context, *, redemption: UUID) -> None:
    """
    Say that the clerk has got the reward.

    :raises RedemptionNotFound: if there is none in the actor's scope that waits.
    """
    rows = Redemption.objects.within(ctx.scope).select_for_update(of=("self",))
    row = rows.filter(id=redemption, handed_at=None).first()
    if row is None:
        raise RedemptionNotFound(redemption)
    row.handed_at, row.handed_by = ctx.at, ctx.actor
    row.save(update_fields=["handed_at", "handed_by"])
