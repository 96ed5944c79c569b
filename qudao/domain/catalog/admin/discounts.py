"""What a kind of channel is spared of the face value of a sale."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from qudao.domain.catalog import operations, queries
from qudao.domain.catalog.admin.offerings import business_choices, find_offering, kind_choices
from qudao.domain.catalog.models import Offering, WholesaleDiscount
from qudao.domain.saleschannel import queries as saleschannel
from qudao.platform.backoffice.acts import Act
from qudao.platform.backoffice.filters import by_code, by_flag
from qudao.platform.backoffice.forms import CodeField, CodeForm, MomentField, RateField
from qudao.platform.backoffice.screen import Column, Place, Screen, screen
from qudao.platform.backoffice.values import Coded, Mono, Rate
from qudao.platform.commands.context import Context


class DiscountForm(CodeForm):
    business = forms.ChoiceField(label=_("Business"))
    channel_kind = forms.ChoiceField(label=_("Channel kind"))
    rate_ppm = RateField(label=_("Discount, per cent of the face value"))
    offering = CodeField(
        find_offering,
        label=_("Only for this offering"),
        required=False,
        help_text=_("Its code. Empty: the whole business."),
    )
    valid_from = MomentField(label=_("From"), required=False, help_text=_("Empty: at once."))
    valid_until = MomentField(label=_("Until"), required=False)

    def prepare(self) -> None:
        self.offer("business", business_choices())
        self.offer("channel_kind", kind_choices())
        self.offer("offering", [(code, "") for code in _codes()])


def _codes() -> list[str]:
    return list(Offering.objects.order_by("code").values_list("code", flat=True)[:400])


def _kinds() -> list[str]:
    return [kind.code for kind in saleschannel.kinds()]


@screen(WholesaleDiscount)
class DiscountScreen(Screen):
    """Wholesale discounts by business or offering and kind of channel."""

    read = "catalog.read"
    title = _("Wholesale discounts")
    one = _("Wholesale discount")
    lead = _("What an outlet earns at a sale: its wallet pays the face value less this.")
    menu = Place("catalogue", 3, "percentage")
    has_pages = False
    list_select_related = ("offering",)
    ordering = ("business", "channel_kind__position", "valid_from")
    columns = (
        Column(_("Business"), lambda row: Coded("business", row.business), "business"),
        Column(_("Offering"), lambda row: row.offering and Mono(row.offering.code)),
        Column(
            _("Channel kind"),
            lambda row: Coded("channel_kind", row.channel_kind_id),
            "channel_kind__position",
        ),
        Column(_("Discount"), lambda row: Rate(row.rate_ppm), "rate_ppm"),
        Column(_("From"), lambda row: row.valid_from, "valid_from"),
        Column(_("Until"), lambda row: row.valid_until, "valid_until"),
    )
    list_filter = (
        by_code(_("Business"), "business", lambda: list(queries.businesses())),
        by_code(_("Channel kind"), "channel_kind_id", _kinds, field="channel_kind"),
        by_flag(
            _("Valid now"),
            "valid",
            Q(valid_from__lte=Now()) & (Q(valid_until__isnull=True) | Q(valid_until__gt=Now())),
        ),
    )
    list_acts = (
        Act(
            "set",
            _("Set a discount"),
            "catalog.set_discount",
            lambda ctx, row, data: operations.set_discount(
                ctx,
                business=data["business"],
                channel_kind=data["channel_kind"],
                rate_ppm=data["rate_ppm"],
                offering=data["offering"],
                valid_from=data["valid_from"],
                valid_until=data["valid_until"],
            ),
            form=DiscountForm,
            lead=_("Replaces what was set for the same time; sales already made keep theirs."),
            icon="percentage",
            preview=True,
        ),
    )

    def rows(self, ctx: Context) -> QuerySet[Any]:
        return WholesaleDiscount.objects.select_related("offering")
