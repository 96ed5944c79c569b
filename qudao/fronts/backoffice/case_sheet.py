"""Test cases of a policy as a form: an outlet, a month, facts, and what they are to earn."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import date
from typing import Final

from django.utils.translation import gettext as _

from qudao.domain.commission.types import Case, CaseFact, CaseRow
from qudao.fronts.backoffice.term_fields import Faults, Sent, first, rate
from qudao.kernel.money import Money

MOST_CASES: Final = 10
MOST_ROWS: Final = 60
NUMBERS: Final = ("line", "back", "calls", "voice_min", "data_mb", "of")
FIELDS: Final = {
    CaseFact.SALE: ("business", "amount"),
    CaseFact.LINE: ("active", "amount", "of", "line", "back", "calls", "voice_min", "data_mb"),
    CaseFact.REVERSAL: ("of",),
    CaseFact.VERDICT: ("verdict", "share", "of"),
}
"""What is asked of each kind of fact, besides its day, how often, and what is expected."""


@dataclass
class RowSheet:
    """A fact as it is typed."""

    what: str = "sale"
    day: str = ""
    business: str = ""
    amount: str = ""
    line: str = ""
    back: str = ""
    calls: str = ""
    voice_min: str = ""
    data_mb: str = ""
    of: str = ""
    verdict: str = ""
    share: str = ""
    times: str = "1"
    active: str = "yes"
    expected: str = ""

    @property
    def asked(self) -> tuple[str, ...]:
        """Which of the fields belong to such a fact."""
        return FIELDS.get(self.what, ())  # type: ignore[call-overload, no-any-return]


@dataclass
class CaseSheet:
    """A case as it is typed."""

    name: str = ""
    month: str = ""
    branch: str = ""
    kind: str = "agency_point"
    market: str = "city"
    district: str = ""
    star: str = "0"
    tier: str = "1"
    for_outlet: str = ""
    rows: list[RowSheet] = field(default_factory=list)


_CASE: Final = tuple(one.name for one in fields(CaseSheet) if one.name != "rows")
_ROW: Final = tuple(one.name for one in fields(RowSheet))


def sent(data: Sent) -> list[CaseSheet]:
    """Return what a form carried."""
    return [_sent(data, f"c{n}") for n in range(_count(data, "cases", MOST_CASES))]


def _sent(data: Sent, at: str) -> CaseSheet:
    made = CaseSheet()
    for name in _CASE:
        setattr(made, name, first(data, f"{at}.{name}"))
    for n in range(_count(data, f"{at}.rows", MOST_ROWS)):
        row = RowSheet()
        for name in _ROW:
            setattr(row, name, first(data, f"{at}.{n}.{name}"))
        made.rows.append(row)
    return made


def _count(data: Sent, name: str, most: int) -> int:
    text = first(data, name)
    return min(int(text), most) if text.isascii() and text.isdigit() else 0


def arranged(sheets: list[CaseSheet], order: str, fresh: CaseSheet) -> None:
    """Add a case (`add:case`) or a row (`add:c0.sale`); drop them (`drop:c0`, `drop:c0.3`)."""
    what, _colon, at = order.partition(":")
    if (what, at) == ("add", "case") and len(sheets) < MOST_CASES:
        sheets.append(fresh)
        return
    place, _dot, row = at.removeprefix("c").partition(".")
    if not place.isdecimal() or int(place) >= len(sheets):
        return
    rows = sheets[int(place)].rows
    if what == "add" and row in set(CaseFact) and len(rows) < MOST_ROWS:
        rows.append(_fresh(rows, row))
    elif what == "drop" and not row:
        del sheets[int(place)]
    elif what == "drop" and row.isdecimal() and int(row) < len(rows):
        _drop(rows, int(row))


def _fresh(rows: list[RowSheet], what: str) -> RowSheet:
    """Return a row like the last of its kind; what takes back names the last sale."""
    alike = [one for one in rows if one.what == what]
    if alike and what in (CaseFact.SALE, CaseFact.LINE):
        return RowSheet(**vars(alike[-1]))
    made = RowSheet(what=what, day=rows[-1].day if rows else "")
    if what == CaseFact.REVERSAL:
        sales = [n for n, one in enumerate(rows, 1) if one.what == CaseFact.SALE]
        made.of = str(sales[-1]) if sales else ""
    return made


def _drop(rows: list[RowSheet], place: int) -> None:
    """Take a row away; rows that name others name the same ones afterwards."""
    del rows[place]
    for one in rows:
        if one.of.isascii() and one.of.isdigit() and int(one.of) > place:
            named = int(one.of)
            one.of = "" if named == place + 1 else str(named - 1)


def cases_of(sheets: list[CaseSheet], faults: Faults) -> tuple[Case, ...]:
    """Return the cases that were typed; what cannot be read is noted, and taken for nothing."""
    return tuple(_case(one, f"c{n}", faults) for n, one in enumerate(sheets))


def _case(sheet: CaseSheet, at: str, faults: Faults) -> Case:
    return Case(
        name=sheet.name or _("Case %(n)s") % {"n": int(at[1:]) + 1},
        month=_day(f"{sheet.month}-01" if len(sheet.month) == 7 else sheet.month,
                   f"{at}.month", faults),
        branch=sheet.branch,
        kind=sheet.kind,
        rows=tuple(_row(row, f"{at}.{n}", faults) for n, row in enumerate(sheet.rows)),
        market="rural" if sheet.market == "rural" else "city",
        district=sheet.district,
        star=_number(sheet.star, f"{at}.star", faults),
        tier=_number(sheet.tier or "1", f"{at}.tier", faults),
        for_outlet=_money(sheet.for_outlet, f"{at}.for_outlet", faults),
    )  # fmt: skip


def _row(sheet: RowSheet, at: str, faults: Faults) -> CaseRow:
    if sheet.what not in set(CaseFact):
        faults[f"{at}.what"] = _("Choose a fact of the list.")
        return CaseRow(CaseFact.SALE, _UNREAD)
    asked = sheet.asked
    numbers = {
        name: _number(getattr(sheet, name), f"{at}.{name}", faults)
        for name in NUMBERS
        if name in asked
    }
    return CaseRow(
        what=CaseFact(sheet.what),
        day=_day(sheet.day, f"{at}.day", faults),
        business=sheet.business if "business" in asked else "",
        amount=_money(sheet.amount if "amount" in asked else "", f"{at}.amount", faults),
        expected=_money(sheet.expected, f"{at}.expected", faults),
        verdict=sheet.verdict if "verdict" in asked else "",
        share_ppm=_share(sheet.share if "share" in asked else "", f"{at}.share", faults),
        times=_number(sheet.times or "1", f"{at}.times", faults),
        active="active" not in asked or sheet.active != "no",
        **numbers,
    )


_UNREAD: Final = date(2000, 1, 1)


def _day(text: str, at: str, faults: Faults) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        faults[at] = _("Enter a date such as 2026-12-01.")
        return _UNREAD


def _number(text: str, at: str, faults: Faults) -> int:
    if not text:
        return 0
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        faults[at] = _("Enter a whole number.")
        return 0
    return int(text)


def _share(text: str, at: str, faults: Faults) -> int:
    try:
        return rate(text) if text else 0
    except ValueError:
        faults[at] = _("Enter a rate in per cent, with at most four decimals.")
        return 0


def _money(text: str, at: str, faults: Faults) -> Money:
    if not text:
        return Money.zero()
    try:
        return Money.parse(text.lstrip("¥￥").replace("，", ",").replace("−", "-"))
    except ValueError:
        faults[at] = _("Enter an amount in yuan, with at most two decimals.")
        return Money.zero()
