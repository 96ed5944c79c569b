"""Offerings: their versions, their prices, and on which shelves they stand."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from qudao.domain.catalog import operations, queries
from qudao.domain.catalog.admin.forms import (
    EndForm,
    NewOfferingForm,
    ShelfForm,
    VersionForm,
    business_choices,
    find_offering,
    kind_choices,
    version_of,
)
from qudao.domain.catalog.models import Offering, OfferingVersion
from qudao.kernel.money import Money
from qudao.platform.backoffice.acts import Act
from qudao.platform.backoffice.filters import by_code
from qudao.platform.backoffice.screen import Column, Place, Screen, screen
from qudao.platform.backoffice.trail import trail
from qudao.platform.backoffice.values import (
    Cell,
    Coded,
    Data,
    Facts,
    Mono,
    Names,
    Rate,
    Section,
    Table,
)
from qudao.platform.commands.context import Context

__all__ = ["OfferingScreen", "business_choices", "find_offering", "kind_choices"]


def _money(fen: int | None) -> Cell:
    return None if fen is None else Money(fen)


@screen(Offering)
class OfferingScreen(Screen):
    """The catalogue; it is the same for the whole province."""

    read = "catalog.read"
    title = _("Offerings")
    one = _("Offering")
    menu = Place("catalogue", 1, "package")
    search_help = _("Part of a code or of a name")
    ordering = ("business", "code")
    columns = (
        Column(
            pgettext_lazy("thing", "Name"),
            lambda row: Names(row.name_zh or row.code, row.name_en or row.code),
            "code",
        ),
        Column(_("Code"), lambda row: Mono(row.code), "code"),
        Column(_("Business"), lambda row: Coded("business", row.business), "business"),
        Column(_("Version"), lambda row: row.number),
        Column(_("Price"), lambda row: _money(row.price)),
        Column(_("Valid from"), lambda row: row.valid_from),
        Column(_("Valid until"), lambda row: row.valid_until),
    )
    list_filter = (by_code(_("Business"), "business", lambda: list(queries.businesses())),)
    list_acts = (
        Act(
            "create",
            _("Create an offering"),
            "catalog.create_offering",
            lambda ctx, row, data: operations.create_offering(
                ctx,
                code=data["code"],
                business=data["business"],
                version=version_of(data),
                valid_from=data["valid_from"],
                valid_until=data["valid_until"],
            ),
            form=NewOfferingForm,
            lead=_("With its first version. It is on no shelf yet."),
            icon="plus",
            preview=True,
            goes_to=lambda answer: answer,
        ),
    )
    acts = (
        Act(
            "version",
            _("Publish a version"),
            "catalog.publish_version",
            lambda ctx, row, data: operations.publish_version(
                ctx,
                code=row.code,
                version=version_of(data),
                valid_from=data["valid_from"],
                valid_until=data["valid_until"],
            ),
            form=VersionForm,
            lead=_("From its beginning on, sales use it; the version before ends there."),
            icon="file-invoice",
            preview=True,
        ),
        Act(
            "shelve",
            _("Put on the shelf"),
            "catalog.shelve",
            lambda ctx, row, data: operations.shelve(
                ctx,
                code=row.code,
                branch=data["branch"] and data["branch"].id,
                valid_from=data["valid_from"],
                valid_until=data["valid_until"],
            ),
            form=ShelfForm,
            icon="check",
            preview=True,
        ),
        Act(
            "unshelve",
            _("Take off the shelf"),
            "catalog.unshelve",
            lambda ctx, row, data: operations.unshelve(
                ctx,
                code=row.code,
                branch=data["branch"] and data["branch"].id,
                valid_from=data["valid_from"],
                valid_until=data["valid_until"],
            ),
            form=ShelfForm,
            icon="x",
            tone="danger",
            preview=True,
        ),
        Act(
            "end",
            _("End the version"),
            "catalog.end_version",
            lambda ctx, row, data: operations.end_version(
                ctx, code=row.code, valid_until=data["valid_until"]
            ),
            form=EndForm,
            lead=_("Without a new one: from then on nobody can buy it."),
            icon="ban",
            tone="danger",
        ),
    )

    def rows(self, ctx: Context) -> QuerySet[Any]:
        valid = OfferingVersion.objects.filter(
            Q(valid_until__isnull=True) | Q(valid_until__gt=Now()),
            offering=OuterRef("pk"),
            valid_from__lte=Now(),
        )
        shown = ("name_zh", "name_en", "number", "price", "valid_from", "valid_until")
        return Offering.objects.annotate(
            **{name: Subquery(valid.values(name)[:1]) for name in shown}
        )

    def found(self, ctx: Context, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
        return rows.filter(
            Q(code__icontains=text) | Q(name_zh__icontains=text) | Q(name_en__icontains=text)
        )

    def heading(self, row: Any) -> Cell:
        return Names(row.name_zh or row.code, row.name_en or row.code)

    def state(self, row: Any) -> Cell:
        return Coded("business", row.business)

    def sections(self, ctx: Context, row: Any) -> Iterable[Section]:
        versions = OfferingVersion.objects.filter(offering=row).order_by("-number")
        latest = versions.first()
        if latest is not None:
            yield Facts(
                _("Latest version"),
                [
                    (_("Code"), Mono(row.code)),
                    (_("Chinese name"), latest.name_zh),
                    (_("English name"), latest.name_en),
                    (_("Chinese description"), latest.description_zh),
                    (_("English description"), latest.description_en),
                    (_("Price"), _money(latest.price) or _("Open amount")),
                    (_("Smallest amount"), _money(latest.minimum)),
                    (_("Largest amount"), _money(latest.maximum)),
                    (_("Step"), _money(latest.step)),
                    (_("Product code in the BOSS"), Mono(latest.boss_product_code)),
                    (_("Who may have it"), Data(latest.eligibility)),
                    (_("Further attributes"), Data(latest.attributes)),
                ],
            )
        yield Table(
            _("Versions"),
            (
                _("Version"),
                pgettext_lazy("thing", "Name"),
                _("Price"),
                _("Valid from"),
                _("Valid until"),
                _("State"),
            ),
            [
                (
                    one.number,
                    Names(one.name_zh, one.name_en),
                    _money(one.price),
                    one.valid_from,
                    one.valid_until,
                    Coded("validity", _validity(ctx, one)),
                )
                for one in versions
            ],
        )
        yield Table(
            _("On the shelf"),
            (_("Where"), _("Shelf"), _("From"), _("Until"), _("State")),
            [
                (
                    _("All branches without an entry of their own")
                    if entry.branch is None
                    else Names(entry.branch_name_zh or "", entry.branch_name_en or ""),
                    Coded("shelf", "on" if entry.on_shelf else "off"),
                    entry.valid_from,
                    entry.valid_until,
                    Coded("validity", _validity(ctx, entry)),
                )
                for entry in queries.shelf(ctx, code=row.code)
            ],
            empty=_("On no shelf: nobody can sell it."),
        )
        yield Table(
            _("Wholesale discounts"),
            (_("Offering"), _("Channel kind"), _("Discount"), _("From"), _("Until")),
            [
                (
                    Mono(entry.offering_code) if entry.offering_code else _("The whole business"),
                    Coded("channel_kind", entry.channel_kind),
                    Rate(entry.rate_ppm),
                    entry.valid_from,
                    entry.valid_until,
                )
                for entry in queries.discounts(ctx, business=row.business)
                if entry.offering_code in (None, row.code)
            ],
        )
        yield trail(ctx, row.pk)


def _validity(ctx: Context, row: Any) -> str:
    if row.valid_from > ctx.at:
        return "planned"
    return "valid" if row.valid_until is None or row.valid_until > ctx.at else "past"
