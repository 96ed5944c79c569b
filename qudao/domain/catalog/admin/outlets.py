"""What the catalogue adds to an outlet's page: which businesses it may carry."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from qudao.domain.catalog import queries
from qudao.domain.party.types import OrganizationId
from qudao.domain.saleschannel import operations as saleschannel
from qudao.domain.saleschannel import queries as outlets
from qudao.platform.backoffice.acts import Act
from qudao.platform.backoffice.forms import ActForm
from qudao.platform.backoffice.screen import add_to
from qudao.platform.backoffice.values import Coded, Names, Section, Table
from qudao.platform.commands.context import Context


class BusinessesForm(ActForm):
    every = forms.BooleanField(label=_("All that its kind is fit for"), required=False)
    businesses = forms.MultipleChoiceField(
        label=_("Or only these"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def prepare(self) -> None:
        from qudao.domain.catalog.admin.offerings import business_choices

        self.offer("businesses", business_choices())
        self.initial.update(
            {
                "every": self.row.businesses is None,
                "businesses": self.row.businesses or [],
            }
        )


add_to(
    "saleschannel.outlet",
    acts=[
        Act(
            "businesses",
            _("Businesses"),
            "saleschannel.set_businesses",
            lambda ctx, row, data: saleschannel.set_businesses(
                ctx,
                outlet=OrganizationId(row.pk),
                businesses=None if data["every"] else data["businesses"],
            ),
            form=BusinessesForm,
            when=lambda row: row.state != "closed",
            lead=_("What the outlet may sell, as far as its kind is fit for it."),
            icon="shopping-bag",
        )
    ],
    sections=lambda ctx, key: offered(ctx, key),
)


def offered(ctx: Context, key: Any) -> Iterable[Section]:
    """Return what the outlet may sell at this moment, the best fit first."""
    if "catalog.read" not in ctx.grants:
        return
    outlet = outlets.outlet(ctx, outlet=OrganizationId(key))
    offers = queries.snapshot().offers(outlet.kind, outlet.market, outlet.path, ctx.at)
    allowed = outlet.businesses
    yield Table(
        _("May sell now"),
        (_("Business"), _("Offering"), _("Fit"), _("Price")),
        [
            (
                Coded("business", offer.business),
                Names(offer.name_zh, offer.name_en),
                Coded("fit", offer.fit.value),
                offer.price,
            )
            for offer in offers
            if allowed is None or offer.business in allowed
        ],
        empty=_("Nothing: look at its businesses, the fit matrix and the shelf."),
    )
