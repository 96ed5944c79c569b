"""Back-office screens: rewards for clerks' points, and who has taken them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from qudao.domain.commission.admin.settlements import named
from qudao.domain.commission.models.payouts import PointReward, Redemption
from qudao.domain.commission.operations import points
from qudao.domain.commission.queries import settlements as queries
from qudao.platform.backoffice.acts import Act
from qudao.platform.backoffice.forms import ActForm
from qudao.platform.backoffice.screen import Column, Place, Screen, screen
from qudao.platform.backoffice.trail import trail
from qudao.platform.backoffice.values import Cell, Facts, Mono, Person, Ref, Section
from qudao.platform.commands.context import Context


class RewardForm(ActForm):
    code = forms.SlugField(label=_("Code"), max_length=40)
    name_zh = forms.CharField(label=_("Name (Chinese)"), max_length=100)
    name_en = forms.CharField(label=_("Name (English)"), max_length=100)
    points = forms.IntegerField(label=_("Points"), min_value=1, max_value=10**9)
    offered = forms.BooleanField(label=_("Offered"), required=False, initial=True)

    def prepare(self) -> None:
        if self.row is not None:
            shown = {
                "code": self.row.code,
                "name_zh": self.row.name_zh,
                "name_en": self.row.name_en,
                "points": self.row.points,
                "offered": self.row.offered,
            }
            self.initial.update(shown)
            self.fields["code"].disabled = True


@screen(Redemption)
class RedemptionScreen(Screen):
    """What clerks have taken for their points, and whether they have got it."""

    read = "commission.read"
    title = _("Redeemed points")
    one = _("Redemption")
    menu = Place("commission", 7, "gift")
    search_help = _("Part of an outlet's name, or the beginning of its node code")
    list_select_related = ("outlet", "reward")
    ordering = ("handed_at", "-at", "id")
    columns = (
        Column(_("Time"), lambda row: row.at, "at"),
        Column(_("Outlet"), lambda row: named(row.outlet), "outlet__name_zh"),
        Column(_("Clerk"), lambda row: Person(row.clerk)),
        Column(_("Reward"), lambda row: named(row.reward)),
        Column(_("Points"), lambda row: row.points, "points"),
        Column(_("Handed over"), lambda row: row.handed_at, "handed_at"),
    )
    acts = (
        Act(
            "hand-over",
            _("Hand over"),
            "commission.hand_over_reward",
            lambda ctx, row, data: points.hand_over_reward(ctx, redemption=row.pk),
            when=lambda row: row.handed_at is None,
            icon="gift",
        ),
    )

    def rows(self, ctx: Context) -> QuerySet[Redemption]:
        return Redemption.objects.within(ctx.scope).select_related("outlet", "reward")

    def found(self, ctx: Context, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
        return queries.searched(rows, text)

    def heading(self, row: Any) -> Cell:
        return named(row.reward)

    def sections(self, ctx: Context, row: Any) -> Iterable[Section]:
        yield Facts(
            _("At a glance"),
            [
                (_("Outlet"), Ref("saleschannel.outlet", row.outlet_id, named(row.outlet))),
                (_("Clerk"), Person(row.clerk)),
                (_("Points"), row.points),
                (_("Time"), row.at),
                (_("Handed over"), row.handed_at),
                (_("By"), Person(row.handed_by)),
            ],
        )
        yield trail(ctx, row.pk)


@screen(PointReward)
class RewardScreen(Screen):
    """What clerks can have for points."""

    read = "commission.read"
    title = _("Rewards for points")
    one = _("Reward")
    menu = Place("commission", 8, "star")
    ordering = ("points", "code")
    columns = (
        Column(_("Code"), lambda row: Mono(row.code), "code"),
        Column(_("Reward"), named),
        Column(_("Points"), lambda row: row.points, "points"),
        Column(_("Offered"), lambda row: row.offered, "offered"),
    )
    list_acts = (
        Act(
            "set",
            _("Offer a reward"),
            "commission.set_reward",
            lambda ctx, row, data: points.set_reward(ctx, **_reward(data)),
            form=RewardForm,
            icon="plus",
        ),
    )
    acts = (
        Act(
            "change",
            _("Change"),
            "commission.set_reward",
            lambda ctx, row, data: points.set_reward(ctx, **_reward(data)),
            form=RewardForm,
            icon="pencil",
        ),
    )

    def rows(self, ctx: Context) -> QuerySet[PointReward]:
        return PointReward.objects.all()

    def heading(self, row: Any) -> Cell:
        return named(row)

    def sections(self, ctx: Context, row: Any) -> Iterable[Section]:
        yield Facts(
            _("At a glance"),
            [
                (_("Code"), Mono(row.code)),
                (_("Points"), row.points),
                (_("Offered"), row.offered),
            ],
        )


def _reward(data: Any) -> dict[str, Any]:
    return {name: data[name] for name in ("code", "name_zh", "name_en", "points", "offered")}
