"""Forms about outlets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from qudao.domain.party import queries as party
from qudao.domain.party.types import OrganizationRow
from qudao.domain.saleschannel import queries
from qudao.domain.saleschannel.forms import OutletForm
from qudao.domain.saleschannel.models import Outlet
from qudao.domain.saleschannel.types import (
    Contract,
    Market,
    OutletChange,
    OutletDraft,
)
from qudao.kernel.money import Money
from qudao.kernel.page import MAX_LIMIT, PageRequest
from qudao.kernel.period import Period
from qudao.platform.backoffice.forms import ActForm, CodeField, CodeForm, MomentField, MoneyField
from qudao.platform.commands.context import Context


def _county(ctx: Context, code: str) -> OrganizationRow | None:
    return party.organization_by_code(ctx, code)


def _counties(ctx: Context) -> list[tuple[str, str]]:
    found = party.organizations(ctx, PageRequest(MAX_LIMIT), kinds=["county"])
    return [(row.code, f"{row.name_zh} {row.name_en}") for row in found.items]


class _Details(OutletForm):
    kind = forms.ChoiceField(label=_("Channel kind"))
    field_order: Sequence[str] = ["request_key", "name_zh", "name_en", "kind"]

    def prepare(self) -> None:
        chinese = _chinese()
        self.offer(
            "kind",
            [(k.code, k.name_zh if chinese else k.name_en) for k in queries.kinds()],
        )


class OpenForm(_Details):
    """A new outlet."""

    place = CodeField(_county, label=_("County or branch"), help_text=_("Its code."))
    node_code = forms.RegexField(
        r"^[0-9]{12}$",
        label=_("Node code"),
        required=False,
        help_text=_("Empty: the next free one of the place."),
    )
    contract_number = forms.CharField(label=_("Contract number"), max_length=64, required=False)
    contract_from = MomentField(label=_("Contract from"), required=False)
    contract_until = MomentField(label=_("Contract until"), required=False)
    deposit = MoneyField(label=_("Deposit (yuan)"), required=False)
    field_order = ["request_key", "place", "name_zh", "name_en", "kind", "market", "node_code"]

    def prepare(self) -> None:
        super().prepare()
        self.offer("place", _counties(self.ctx))

    def clean(self) -> dict[str, Any]:
        return _checked_contract(self, super().clean())


class ChangeForm(_Details):
    """An outlet's details as they are now."""

    def prepare(self) -> None:
        super().prepare()
        row: Outlet = self.row
        self.initial.update(
            {
                "name_zh": row.organization.name_zh,
                "name_en": row.organization.name_en,
                "kind": row.kind_id,
                "market": row.market,
                "address": row.address,
                "longitude": row.longitude,
                "latitude": row.latitude,
                "star": row.star,
                "tier": row.tier,
                "opening_hours": row.opening_hours,
                "hours_enforced": row.hours_enforced,
            }
        )


class ContractForm(ActForm):
    contract_number = forms.CharField(label=_("Contract number"), max_length=64)
    contract_from = MomentField(label=_("Contract from"))
    contract_until = MomentField(label=_("Contract until"), required=False)
    deposit = MoneyField(label=_("Deposit (yuan)"), required=False)

    def prepare(self) -> None:
        row: Outlet = self.row
        self.initial.update(
            {
                "contract_number": row.contract_number,
                "contract_from": row.contract_from,
                "contract_until": row.contract_until,
                "deposit": Money(row.deposit),
            }
        )

    def clean(self) -> dict[str, Any]:
        return _checked_contract(self, super().clean() or self.cleaned_data)


class LimitsForm(ActForm):
    sale_limit = MoneyField(
        label=_("Most per sale (yuan)"),
        required=False,
        zero=False,
        help_text=_("Empty: no limit."),
    )
    day_limit = MoneyField(
        label=_("Most per day (yuan)"),
        required=False,
        zero=False,
        help_text=_("Empty: no limit."),
    )

    def prepare(self) -> None:
        for name in ("sale_limit", "day_limit"):
            fen = getattr(self.row, name)
            self.initial[name] = None if fen is None else Money(fen)


class MoveForm(CodeForm):
    place = CodeField(_county, label=_("New county or branch"), help_text=_("Its code."))

    def prepare(self) -> None:
        self.offer("place", _counties(self.ctx))


def contract_of(data: Mapping[str, Any]) -> Contract | None:
    """Return the contract that a form describes; None without a number."""
    if not data.get("contract_number"):
        return None
    return Contract(
        data["contract_number"],
        Period(data["contract_from"], data["contract_until"]),
        data["deposit"] or Money.zero(),
    )


def draft_of(data: Mapping[str, Any]) -> OutletDraft:
    """Return the new outlet that a form describes."""
    return OutletDraft(
        name_zh=data["name_zh"],
        name_en=data["name_en"],
        kind=data["kind"],
        market=Market(data["market"]),
        address=data["address"],
        longitude=data["longitude"],
        latitude=data["latitude"],
        star=data["star"],
        tier=data["tier"],
        owner=data["owner"],
        contract=contract_of(data),
        opening_hours=data["opening_hours"] or None,
        hours_enforced=data["hours_enforced"],
        node_code=data["node_code"] or None,
    )


def change_of(data: Mapping[str, Any]) -> OutletChange:
    """Return the changes that a form describes."""
    return OutletChange(
        name_zh=data["name_zh"],
        name_en=data["name_en"],
        address=data["address"],
        longitude=data["longitude"],
        latitude=data["latitude"],
        star=data["star"],
        tier=data["tier"],
        market=Market(data["market"]),
        kind=data["kind"],
        owner=data["owner"],
        opening_hours=data["opening_hours"],
        hours_enforced=data["hours_enforced"],
    )


def _checked_contract(form: forms.Form, data: dict[str, Any]) -> dict[str, Any]:
    if data.get("contract_number") and not data.get("contract_from"):
        form.add_error("contract_from", ValidationError(_("A contract begins some day.")))
    start, end = data.get("contract_from"), data.get("contract_until")
    if start and end and end <= start:
        form.add_error("contract_until", ValidationError(_("It ends before it begins.")))
    return data


def _chinese() -> bool:
    from django.utils.translation import get_language

    return not (get_language() or "").startswith("en")
