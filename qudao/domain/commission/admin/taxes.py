"""Back-office screen: how commission is taxed, from which month on."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Final

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from qudao.domain.commission.admin.settlements import month_name, per_cent
from qudao.domain.commission.models.payouts import TaxTerms
from qudao.domain.commission.operations import payouts
from qudao.domain.commission.queries.taxes import bands_of
from qudao.domain.commission.types.settlements import Payee, TaxBand
from qudao.kernel.money import Money
from qudao.kernel.period import business_date
from qudao.platform.backoffice.acts import Act
from qudao.platform.backoffice.filters import by_code
from qudao.platform.backoffice.forms import ActForm, DayField
from qudao.platform.backoffice.screen import Column, Place, Screen, screen
from qudao.platform.backoffice.values import Cell, Coded, Facts, Mono, Person, Section, Table
from qudao.platform.commands.context import Context

MOST_BANDS: Final = 20
_YUAN: Final = re.compile(r"\d{1,12}(\.\d{1,2})?")
_PER_CENT: Final = re.compile(r"\d{1,3}(\.\d{1,4})?")


class TaxForm(ActForm):
    payee = forms.ChoiceField(label=_("Payee"))
    month = DayField(
        label=_("From the month of"), help_text=_("Any day of a month that has not begun.")
    )
    bands = forms.CharField(
        label=_("Bands"),
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 7, "spellcheck": "false", "class": "q-mono"}),
        help_text=_(
            "One a line, ascending: up to (yuan; nothing in the last line); free (yuan); taxed "
            "share (%); rate (%); less (yuan). The tax is (income − free) × share × rate − less."
        ),
    )

    def prepare(self) -> None:
        self.offer("payee", [("individual", _("A person")), ("company", _("A company"))])
        payee = Payee(self.row.payee) if self.row is not None else Payee.INDIVIDUAL
        found = bands_of(payee, business_date(self.ctx.at))
        if self.row is not None:
            found = tuple(TaxBand(**one) for one in self.row.bands)
        self.initial.update(payee=str(payee), bands="\n".join(map(_written, found)))

    def clean_bands(self) -> tuple[TaxBand, ...]:
        lines = [line for line in self.cleaned_data["bands"].splitlines() if line.strip()]
        if len(lines) > MOST_BANDS:
            raise forms.ValidationError(
                _("No more than %(most)d bands."), params={"most": MOST_BANDS}
            )
        found = []
        for number, line in enumerate(lines, 1):
            band = _read(line)
            if band is None:
                raise forms.ValidationError(
                    _("Line %(number)d is no band: five values between semicolons."),
                    params={"number": number},
                )
            found.append(band)
        return tuple(found)


def _written(band: TaxBand) -> str:
    upto = "" if band.upto is None else _yuan(band.upto)
    shares = (per_cent(ppm).text.removesuffix(" %") for ppm in (band.base_ppm, band.rate_ppm))
    return "; ".join((upto, _yuan(band.free), *shares, _yuan(band.less)))


def _yuan(fen: int) -> str:
    return str(Money(fen)).removesuffix(".00")


def _read(line: str) -> TaxBand | None:
    """Return a line as a band, or None if it is none."""
    parts = [part.strip() for part in line.replace("；", ";").split(";")]
    if len(parts) != 5 or not all(
        pattern.fullmatch(part) or (place == 0 and not part)
        for place, (part, pattern) in enumerate(
            zip(parts, (_YUAN, _YUAN, _PER_CENT, _PER_CENT, _YUAN), strict=True)
        )
    ):
        return None
    upto, free, base, rate, less = parts
    return TaxBand(
        int(Decimal(upto) * 100) if upto else None,
        int(Decimal(free) * 100),
        int(Decimal(base) * 10_000),
        int(Decimal(rate) * 10_000),
        int(Decimal(less) * 100),
    )


def _set(ctx: Context, row: Any, data: Any) -> None:
    payouts.set_tax(ctx, payee=Payee(data["payee"]), from_month=data["month"], bands=data["bands"])


@screen(TaxTerms)
class TaxScreen(Screen):
    """Bands by kind of payee, each from a month on."""

    read = "commission.read"
    title = _("Tax on commission")
    one = _("Tax bands")
    lead = _(
        "What is withheld, by kind of payee. Without bands of one's own the shipped ones hold: a "
        "person pays as on income from labour, a company sends an invoice."
    )
    menu = Place("commission", 9, "percentage")
    ordering = ("-from_month", "payee")
    columns = (
        Column(_("From the month of"), lambda row: month_name(row.from_month), "from_month"),
        Column(_("Payee"), lambda row: Coded("payee", row.payee), "payee"),
        Column(_("Bands"), lambda row: len(row.bands)),
        Column(_("Changed"), lambda row: row.changed_at, "changed_at"),
        Column(_("By"), lambda row: Person(row.changed_by)),
    )
    list_filter = (by_code(_("Payee"), "payee", ["individual", "company"], field="payee"),)
    list_acts = (
        Act(
            "set",
            _("Set bands"),
            "commission.set_tax",
            _set,
            form=TaxForm,
            lead=_("It is always parked for a second person, and holds from a month to come."),
            icon="plus",
        ),
    )
    acts = (
        Act(
            "change",
            _("Set others from a later month"),
            "commission.set_tax",
            _set,
            form=TaxForm,
            lead=_("It is always parked for a second person, and holds from a month to come."),
            icon="pencil",
        ),
    )

    def rows(self, ctx: Context) -> QuerySet[TaxTerms]:
        return TaxTerms.objects.all()

    def heading(self, row: Any) -> Cell:
        return Mono(f"{row.from_month:%Y-%m}")

    def state(self, row: Any) -> Cell:
        return Coded("payee", row.payee)

    def sections(self, ctx: Context, row: Any) -> Iterable[Section]:
        yield Facts(
            _("At a glance"),
            [
                (_("Payee"), Coded("payee", row.payee)),
                (_("From the month of"), month_name(row.from_month)),
                (_("Changed"), row.changed_at),
                (_("By"), Person(row.changed_by)),
            ],
        )
        yield Table(
            _("Bands"),
            (_("Up to"), pgettext_lazy("tax", "Free"), _("Taxed share"), _("Rate"), _("Less")),
            [
                (
                    _("and above") if one["upto"] is None else Money(one["upto"]),
                    Money(one["free"]),
                    per_cent(one["base_ppm"]),
                    per_cent(one["rate_ppm"]),
                    Money(one["less"]),
                )
                for one in row.bands
            ],
        )
