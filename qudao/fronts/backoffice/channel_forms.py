"""Forms by which channels enter, change and leave."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from qudao.domain.party import queries as party
from qudao.domain.party.types import OrganizationRow
from qudao.domain.saleschannel import queries as outlets
from qudao.domain.saleschannel.forms import OutletForm
from qudao.domain.saleschannel.types import (
    Contract,
    Market,
    OutletChange,
    OutletDraft,
)
from qudao.fronts.design.templatetags.design import named
from qudao.journeys.channels import LONGEST_REASON, UNDER_CONTRACT, ChannelChange
from qudao.kernel.money import Money
from qudao.kernel.page import MAX_LIMIT, PageRequest
from qudao.kernel.period import Period, business_date, day_bounds
from qudao.platform.backoffice.forms import (
    CodeField,
    CodeForm,
    DayField,
    MoneyField,
    ReasonForm,
)
from qudao.platform.commands.context import Context

NODE_CODES = 6
"""Free ones that are offered."""
_ONE_DAY = timedelta(days=1)


def find_place(ctx: Context, code: str) -> OrganizationRow | None:
    found = party.organization_by_code(ctx, code)
    return found if found is not None and found.kind in ("branch", "county") else None


def places(ctx: Context) -> list[tuple[str, str]]:
    found = party.organizations(ctx, PageRequest(MAX_LIMIT), kinds=["county", "branch"])
    return [(row.code, str(named(row))) for row in found.items]


def _kinds() -> list[tuple[str, Any]]:
    return [(kind.code, named(kind)) for kind in outlets.kinds()]


class WhereForm(CodeForm):
    """The first step of an entry: what decides which node codes there are to choose from."""

    place = CodeField(find_place, label=_("County or branch"), help_text=_("Its code."))
    kind = forms.ChoiceField(label=_("Channel kind"))

    def prepare(self) -> None:
        self.offer("place", places(self.ctx))
        self.offer("kind", _kinds())


class _Details(OutletForm):
    contract_number = forms.CharField(label=_("Contract number"), max_length=64, required=False)
    contract_from = DayField(label=_("Contract's first day"), required=False)
    contract_until = DayField(
        label=_("Contract's last day"), required=False, help_text=_("Empty: it does not end.")
    )
    deposit = MoneyField(
        label=_("Deposit (yuan)"),
        required=False,
        help_text=_("Finance confirms what has come in before the channel opens."),
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        first, last = data.get("contract_from"), data.get("contract_until")
        if data.get("contract_number") and not first and "contract_from" not in self.errors:
            self.add_error("contract_from", ValidationError(_("A contract begins some day.")))
        if first and last and last < first:
            self.add_error("contract_until", ValidationError(_("It ends before it begins.")))
        return data


class EntryForm(_Details):
    """The second step: the node code, and all that is known of the channel."""

    node_code = forms.ChoiceField(
        label=_("Node code"),
        widget=forms.RadioSelect,
        help_text=_("The next free ones of the place. It stays with the channel for good."),
    )
    sale_limit = MoneyField(
        label=_("Most per sale (yuan)"), required=False, zero=False, help_text=_("Empty: no limit.")
    )
    day_limit = MoneyField(
        label=_("Most per day (yuan)"), required=False, zero=False, help_text=_("Empty: no limit.")
    )
    field_order = ["request_key", "node_code", "name_zh", "name_en", "market"]

    def prepare(self) -> None:
        place, kind = self.row
        codes = outlets.free_node_codes(
            self.ctx, place=place.id, channel_kind=kind, most=NODE_CODES
        )
        self.offer("node_code", [(code, code) for code in codes])
        if codes:
            self.initial.setdefault("node_code", codes[0])
        if outlets.kind(kind).ownership in UNDER_CONTRACT:
            for name in ("contract_number", "contract_from"):
                self.fields[name].required = True

    def draft(self) -> OutletDraft:
        """Return the channel that the form describes."""
        data = self.cleaned_data
        return OutletDraft(
            name_zh=data["name_zh"],
            name_en=data["name_en"],
            kind=self.row[1],
            market=Market(data["market"]),
            address=data["address"],
            longitude=data["longitude"],
            latitude=data["latitude"],
            star=data["star"],
            tier=data["tier"],
            owner=data["owner"],
            contract=_contract(data),
            opening_hours=data["opening_hours"] or None,
            hours_enforced=data["hours_enforced"],
            sale_limit=data["sale_limit"],
            day_limit=data["day_limit"],
            node_code=data["node_code"],
        )


class ChangeForm(_Details):
    """A channel as it is; what is written over shall become different."""

    kind = forms.ChoiceField(label=_("Channel kind"))
    place = CodeField(find_place, label=_("County or branch"), help_text=_("Its code."))
    reason = forms.CharField(
        label=_("Reason"), max_length=LONGEST_REASON, widget=forms.Textarea(attrs={"rows": 3})
    )
    field_order = ["request_key", "name_zh", "name_en", "kind", "place", "market"]

    def prepare(self) -> None:
        self.offer("kind", _kinds())
        self.offer("place", places(self.ctx))
        record = outlets.outlet(self.ctx, outlet=self.row.organization_id)
        first, last = record.contract_from, record.contract_until
        (*_above, parent, _itself) = party.ancestors(self.ctx, record.outlet)
        self.initial.update(
            {
                **{name: getattr(record, name) for name in _PLAIN},
                "place": parent.code,
                "contract_number": record.contract_number,
                "contract_from": business_date(first) if first else None,
                "contract_until": business_date(last) - _ONE_DAY if last else None,
                "deposit": record.deposit,
            }
        )


class LeaveForm(ReasonForm):
    """When and why a channel leaves."""

    last_day = DayField(
        label=_("Last day of business"), help_text=_("After it, sales stop by themselves.")
    )
    field_order = ["request_key", "last_day", "reason"]

    def prepare(self) -> None:
        today = business_date(self.ctx.at)
        self.initial.setdefault("last_day", today)
        self.fields["last_day"].widget.attrs["min"] = today.isoformat()


_PLAIN = (
    "name_zh",
    "name_en",
    "kind",
    "market",
    "address",
    "longitude",
    "latitude",
    "star",
    "tier",
    "opening_hours",
    "hours_enforced",
)


def change_of(data: Mapping[str, Any]) -> ChannelChange:
    """Return the change that a form describes; what is the same is found out further down."""
    details = {name: data[name] for name in _PLAIN} | {"market": Market(data["market"])}
    return ChannelChange(
        OutletChange(owner=data["owner"], **details), data["place"].id, _contract(data)
    )


def _contract(data: Mapping[str, Any]) -> Contract | None:
    """Return the contract that a form describes; its last day is still part of it."""
    if not data.get("contract_number"):
        return None
    last = data["contract_until"]
    return Contract(
        data["contract_number"],
        Period(
            day_bounds(data["contract_from"]).start,
            None if last is None else day_bounds(last).end,
        ),
        data["deposit"] or Money.zero(),
    )
