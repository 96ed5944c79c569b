"""Pre-opened packs: SIM cards of a place put together with numbers, and taken apart again."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from qudao.domain.party import queries as party
from qudao.domain.party.types import OrganizationId, OrganizationRow
from qudao.domain.resource import queries as resource
from qudao.domain.resource.types import NumberSearch
from qudao.domain.saleschannel import queries as saleschannel
from qudao.domain.saleschannel.types import OutletFilter
from qudao.domain.stock import queries as stock
from qudao.domain.stock.types import GoodsKind, UnitSearch, UnitState
from qudao.fronts.backoffice.desk import Desk, Page, pages
from qudao.fronts.backoffice.goods_forms import LONGEST, lines, serials_area
from qudao.fronts.backoffice.places import own_place
from qudao.fronts.design.templatetags.design import named
from qudao.journeys import packs
from qudao.kernel.page import MAX_LIMIT, PageRequest
from qudao.kernel.refusals import Refusal
from qudao.platform.backoffice.forms import ActForm, CodeField, CodeForm
from qudao.platform.backoffice.listing import typed
from qudao.platform.backoffice.screen import STATUS
from qudao.platform.backoffice.words import word
from qudao.platform.commands.context import Context

SHOWN: Final = 50
PLAIN: Final = "plain"


class PackForm(CodeForm):
    """Which cards, and which numbers; what is left open is chosen."""

    place = CodeField(
        party.organization_by_code,
        label=_("Where the cards lie"),
        help_text=_("Code of the place."),
    )
    count = forms.IntegerField(label=_("How many packs"), min_value=1, max_value=packs.MOST)
    serials = forms.CharField(
        label=_("SIM cards"),
        required=False,
        max_length=LONGEST,
        widget=serials_area(5),
        help_text=_("Serials, a line each. Empty: the first cards on the shelf without a number."),
    )
    numbers = forms.CharField(
        label=_("Numbers"),
        required=False,
        max_length=LONGEST,
        widget=serials_area(5),
        help_text=_("A line each. Empty: plain free numbers of the branch."),
    )

    def prepare(self) -> None:
        found = party.organizations(
            self.ctx, PageRequest(MAX_LIMIT), kinds=["branch", "county"]
        ).items
        self.offer("place", [(row.code, named(row)) for row in found])
        if found:
            self.initial.setdefault("place", found[0].code)

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        count = data.get("count") or 0
        for name in ("serials", "numbers"):
            listed = tuple("".join(one.split()) for one in lines(data.get(name) or ""))
            data[name] = listed
            if listed and count and len(listed) != count:
                said = gettext("These are %(lines)d, not %(count)d.")
                self.add_error(name, ValidationError(said % {"lines": len(listed), "count": count}))
        return data


class UnpackForm(ActForm):
    serials = forms.CharField(
        label=_("SIM cards of packs"),
        max_length=LONGEST,
        widget=serials_area(5),
        help_text=_("Serials, a line each: card and number are free again."),
    )

    def clean_serials(self) -> tuple[str, ...]:
        return tuple("".join(one.split()) for one in lines(self.cleaned_data["serials"]))


def home(desk: Desk) -> HttpResponse:
    return _page(desk)


def pack(desk: Desk) -> HttpResponse:
    """Choose what was left open, then pack; all or none."""
    form = PackForm(desk.request.POST or None, ctx=desk.ctx)
    if desk.request.method != "POST":
        return HttpResponseRedirect(reverse("admin:packs"))
    if not form.is_valid():
        return _page(desk, packing=form, status=422)
    data = form.cleaned_data
    branch = _branch_of(desk.ctx, data["place"])
    count = data["count"]
    serials = data["serials"] or _cards(desk.ctx, data["place"].id, count)
    numbers = data["numbers"]
    if branch is not None and not numbers:
        numbers = _plain(desk.ctx, branch, count)
    if branch is None or len(serials) < count:
        form.add_error("serials" if branch else "place", _("There are not so many cards here."))
        return _page(desk, packing=form, status=422)
    if len(numbers) < count:
        form.add_error("numbers", _("The branch has not so many plain free numbers."))
        return _page(desk, packing=form, status=422)
    try:
        made = packs.pack(
            desk.keyed(data["request_key"]), branch=branch.id, serials=serials, numbers=numbers
        )
    except Refusal as refusal:
        return _page(desk, packing=form, refused=refusal)
    text = ngettext("%(count)d pack was made.", "%(count)d packs were made.", made)
    messages.success(desk.request, text % {"count": made})
    return HttpResponseRedirect(reverse("admin:packs"))


def unpack(desk: Desk) -> HttpResponse:
    form = UnpackForm(desk.request.POST or None, ctx=desk.ctx)
    if desk.request.method != "POST":
        return HttpResponseRedirect(reverse("admin:packs"))
    if not form.is_valid():
        return _page(desk, unpacking=form, status=422)
    data = form.cleaned_data
    try:
        done = packs.unpack(desk.keyed(data["request_key"]), serials=data["serials"])
    except Refusal as refusal:
        return _page(desk, unpacking=form, refused=refusal)
    text = ngettext("%(count)d pack was taken apart.", "%(count)d packs were taken apart.", done)
    messages.success(desk.request, text % {"count": done})
    return HttpResponseRedirect(reverse("admin:packs"))


def _page(
    desk: Desk,
    *,
    packing: Any = None,
    unpacking: Any = None,
    refused: Refusal | None = None,
    status: int = 200,
) -> HttpResponse:
    number = typed(desk.request.GET.get("page"), 6)
    start = (max(1, int(number)) - 1) * SHOWN if number.isdecimal() else 0
    own = own_place(desk)
    search = UnitSearch(
        below=own.path if own else "",
        kind=GoodsKind.SIM,
        states=frozenset({UnitState.IN_STOCK, UnitState.IN_TRANSIT, UnitState.HELD}),
        packed=True,
    )
    return desk.page(
        "packs",
        status=STATUS[refused.kind] if refused is not None else status,
        refused="" if refused is None else word(refused),
        packing=packing or PackForm(ctx=desk.ctx),
        unpacking=unpacking or UnpackForm(ctx=desk.ctx),
        found=stock.units(desk.ctx, search=search, page=PageRequest(SHOWN, start)),
    )


def _branch_of(ctx: Context, place: OrganizationRow) -> OrganizationRow | None:
    found = [row for row in party.ancestors(ctx, place.id) if row.kind == "branch"]
    return found[0] if found else None


def _cards(ctx: Context, place: OrganizationId, count: int) -> tuple[str, ...]:
    """The first cards at a place that lie on the shelf without a number."""
    search = UnitSearch(
        place=place,
        kind=GoodsKind.SIM,
        states=frozenset({UnitState.IN_STOCK}),
        packed=False,
    )
    found: list[str] = []
    while len(found) < count:
        page = stock.units(ctx, search=search, page=PageRequest(MAX_LIMIT, len(found)))
        found += [one.serial for one in page.items]
        if not page.has_next:
            break
    return tuple(found[:count])


def _plain(ctx: Context, branch: OrganizationRow, count: int) -> tuple[str, ...]:
    """Plain free numbers, found as one of the branch's outlets finds them."""
    outlets = saleschannel.outlets(
        ctx, filter=OutletFilter(below=branch.path), page=PageRequest(1)
    ).items
    if not outlets:
        return ()
    found: dict[str, None] = {}
    after: str | None = None
    while len(found) < count:
        page = resource.search(
            ctx,
            outlet=outlets[0].outlet,
            search=NumberSearch(pattern=PLAIN),
            after=after,
            limit=min(MAX_LIMIT, count),
        )
        found |= dict.fromkeys(one.number for one in page.items)
        after = page.after
        if after is None:
            break
    return tuple(found)[:count]


pages.register("packs")(
    Page(
        code="packs",
        title=_("Pre-opened packs"),
        group="goods",
        position=10,
        icon="package",
        permissions=frozenset({"stock.read", "resource.read", "party.read", "packs.pack"}),
        views=(
            ("packs/", home, "packs"),
            ("packs/pack/", pack, "packs_pack"),
            ("packs/unpack/", unpack, "packs_unpack"),
        ),
    )
)
