"""Outlets: what they are, whether they sell, under which contract and limits."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from qudao.domain.party import queries as party
from qudao.domain.party.types import OrganizationId
from qudao.domain.saleschannel import operations, queries
from qudao.domain.saleschannel.admin.forms import (
    ChangeForm,
    ContractForm,
    LimitsForm,
    MoveForm,
    OpenForm,
    change_of,
    contract_of,
    draft_of,
)
from qudao.domain.saleschannel.models import Outlet
from qudao.kernel.money import Money
from qudao.platform.backoffice.acts import Act
from qudao.platform.backoffice.area import parts
from qudao.platform.backoffice.filters import by_code, by_flag, by_place
from qudao.platform.backoffice.forms import ReasonForm
from qudao.platform.backoffice.screen import Column, Place, Screen, screen
from qudao.platform.backoffice.trail import trail
from qudao.platform.backoffice.values import (
    Cell,
    Coded,
    Facts,
    Mono,
    Names,
    Ref,
    Section,
    Several,
)
from qudao.platform.commands.context import Context

STATES = ["draft", "active", "suspended", "closed"]


def _in(*states: str) -> Any:
    return lambda row: row.state in states


def _kinds() -> list[str]:
    return [kind.code for kind in queries.kinds()]


def _id(row: Outlet) -> OrganizationId:
    return OrganizationId(row.organization_id)


def _money(fen: int | None) -> Cell:
    return None if fen is None else Money(fen)


OPEN = _in("draft", "active", "suspended")


@screen(Outlet)
class OutletScreen(Screen):
    """The places that sell."""

    read = "saleschannel.read"
    title = _("Outlets")
    one = _("Outlet")
    menu = Place("channels", 2, "building-store")
    search_help = _("Part of a name, or the beginning of a node code")
    list_select_related = ("organization__parent", "kind")
    ordering = ("organization__path",)
    columns = (
        Column(
            pgettext_lazy("thing", "Name"),
            lambda row: Names(row.organization.name_zh, row.organization.name_en),
            "organization__name_zh",
        ),
        Column(_("Node code"), lambda row: Mono(row.node_code), "node_code"),
        Column(_("Kind"), lambda row: Names(row.kind.name_zh, row.kind.name_en), "kind__position"),
        Column(_("Belongs to"), lambda row: _above(row), "organization__path"),
        Column(_("Market"), lambda row: Coded("market", row.market), "market"),
        Column(_("State"), lambda row: Coded("outlet_state", row.state), "state"),
        Column(_("Stars"), lambda row: row.star, "star"),
        Column(_("Contract until"), lambda row: row.contract_until, "contract_until"),
    )
    list_filter = (
        by_code(_("State"), "state", STATES, field="outlet_state"),
        by_code(_("Kind"), "kind_id", _kinds, field="channel_kind"),
        by_code(_("Market"), "market", ["city", "rural"]),
        by_place(_("Place"), "organization__path", parts),
        by_flag(_("Contract over"), "over", Q(contract_until__lte=Now())),
    )
    list_acts = (
        Act(
            "open",
            _("Enter an outlet"),
            "saleschannel.open_outlet",
            lambda ctx, row, data: operations.open_outlet(
                ctx, place=data["place"].id, draft=draft_of(data)
            ),
            form=OpenForm,
            lead=_("It begins as a draft: it may sell once it is activated and has a wallet."),
            icon="plus",
            done=_("Entered. It is a draft until it is activated."),
            preview=True,
            goes_to=lambda answer: answer,
        ),
    )
    acts = (
        Act(
            "activate",
            _("Activate"),
            "saleschannel.activate",
            lambda ctx, row, data: operations.activate(ctx, outlet=_id(row)),
            when=_in("draft"),
            lead=_("From now on the outlet may sell."),
            icon="player-play",
        ),
        Act(
            "change",
            _("Change"),
            "saleschannel.change",
            lambda ctx, row, data: operations.change(ctx, outlet=_id(row), changes=change_of(data)),
            form=ChangeForm,
            when=OPEN,
            icon="settings",
            preview=True,
        ),
        Act(
            "suspend",
            pgettext_lazy("outlet", "Suspend"),
            "saleschannel.suspend",
            lambda ctx, row, data: operations.suspend(ctx, outlet=_id(row), reason=data["reason"]),
            form=ReasonForm,
            when=_in("active"),
            lead=_("The next sale is refused; sales in flight are finished or given back."),
            icon="player-pause",
            tone="danger",
        ),
        Act(
            "resume",
            _("Resume"),
            "saleschannel.resume",
            lambda ctx, row, data: operations.resume(ctx, outlet=_id(row)),
            when=_in("suspended"),
            lead=_("The outlet may sell again."),
            icon="player-play",
        ),
        Act(
            "contract",
            _("Contract"),
            "saleschannel.sign_contract",
            lambda ctx, row, data: operations.sign_contract(
                ctx, outlet=_id(row), contract=_demanded(contract_of(data))
            ),
            form=ContractForm,
            when=OPEN,
            icon="file-invoice",
            preview=True,
        ),
        Act(
            "limits",
            _("Limits"),
            "saleschannel.set_limits",
            lambda ctx, row, data: operations.set_limits(
                ctx,
                outlet=_id(row),
                sale_limit=data["sale_limit"],
                day_limit=data["day_limit"],
            ),
            form=LimitsForm,
            when=OPEN,
            lead=_("What one sale, and what all sales of a day, may be worth at most."),
            icon="currency-yuan",
            preview=True,
        ),
        Act(
            "move",
            _("Move"),
            "saleschannel.move",
            lambda ctx, row, data: operations.move(ctx, outlet=_id(row), place=data["place"].id),
            form=MoveForm,
            when=OPEN,
            lead=_("Under another county or branch. Its node code stays."),
            icon="arrows-exchange",
        ),
        Act(
            "close",
            _("Close"),
            "saleschannel.close",
            lambda ctx, row, data: operations.close(ctx, outlet=_id(row), reason=data["reason"]),
            form=ReasonForm,
            when=OPEN,
            lead=_(
                "Ends the outlet for good. Its history stays; its node code is not given again."
            ),
            icon="ban",
            tone="danger",
        ),
    )

    def rows(self, ctx: Context) -> QuerySet[Outlet]:
        return Outlet.objects.within(ctx.scope).select_related("organization__parent", "kind")

    def found(self, ctx: Context, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
        return rows.filter(
            Q(organization__name_zh__icontains=text)
            | Q(organization__name_en__icontains=text)
            | Q(node_code__startswith=text)
        )

    def heading(self, row: Any) -> Cell:
        return Names(row.organization.name_zh, row.organization.name_en)

    def state(self, row: Any) -> Cell:
        return Coded("outlet_state", row.state)

    def sections(self, ctx: Context, row: Any) -> Iterable[Section]:
        above = [
            Ref("party.organization", one.id, Names(one.name_zh, one.name_en))
            for one in party.ancestors(ctx, _id(row))[:-1]
            if ctx.scope.covers(one.path)
        ]
        yield Facts(
            _("At a glance"),
            [
                (_("Node code"), Mono(row.node_code)),
                (_("Kind"), Names(row.kind.name_zh, row.kind.name_en)),
                (_("Ownership"), Coded("ownership", row.kind.ownership)),
                (_("Market"), Coded("market", row.market)),
                (_("Belongs to"), Several(above) if above else None),
                (_("Address"), row.address),
                (_("Coordinates"), _coordinates(row)),
                (_("Stars"), row.star),
                (_("Agent tier"), row.tier),
                (_("Owner"), _owner(ctx, row)),
                (_("In this state since"), row.state_since),
                (_("Reason"), row.state_reason),
                (_("See also"), Ref("party.organization", row.pk, str(_("Members")))),
            ],
        )
        allowed: Cell = _("All that its kind is fit for")
        if row.businesses is not None:
            allowed = Several([Coded("business", code) for code in row.businesses])
        yield Facts(
            _("Contract, limits and hours"),
            [
                (_("Contract number"), row.contract_number),
                (_("Contract from"), row.contract_from),
                (_("Contract until"), row.contract_until),
                (_("Deposit"), Money(row.deposit)),
                (_("Most per sale"), _money(row.sale_limit)),
                (_("Most per day"), _money(row.day_limit)),
                (_("Allowed businesses"), allowed),
                (_("Opening hours"), queries.hours_as_text(row.opening_hours)),
                (_("Refuse sales while shut"), row.hours_enforced),
            ],
        )
        yield trail(ctx, row.pk)


def _above(row: Outlet) -> Cell:
    parent = row.organization.parent
    return None if parent is None else Names(parent.name_zh, parent.name_en)


def _coordinates(row: Outlet) -> Cell:
    return None if row.longitude is None else Mono(f"{row.longitude}, {row.latitude}")


def _owner(ctx: Context, row: Outlet) -> Cell:
    if row.owner_id is None:
        return None
    from qudao.domain.party.types import IndividualId

    person = (
        party.individual(ctx, IndividualId(row.owner_id)) if "party.read" in ctx.grants else None
    )
    return None if person is None else Ref("party.individual", person.id, person.name_masked)


def _demanded(contract: Any) -> Any:
    assert contract is not None, "the form demands a number"
    return contract
