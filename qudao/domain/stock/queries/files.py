"""Files on their way in: what they hold, what is wrong with them, how far they are."""

from __future__ import annotations

import base64
import csv
import io
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from typing import Final
from uuid import UUID

from qudao.domain.stock import models
from qudao.domain.stock.formats import FileKind, Problem, Row, file_kinds, tables
from qudao.domain.stock.queries.units import known_pins, known_serials
from qudao.domain.stock.types import BulkRecord, BulkTerms, GoodsKind, RowFault
from qudao.kernel.money import Money
from qudao.kernel.page import Page, PageRequest
from qudao.kernel.refusals import Kind, Refusal
from qudao.platform.commands.codec import decode
from qudao.platform.commands.context import Context
from qudao.platform.identity.personal import key_ring
from qudao.platform.tables.project import page_of, project

FIRST_ROWS: Final = 20
STEP: Final = 5_000
MASK: Final = "••••••"
PIN_PLACE: Final = "stock_unit.pin"
_DATES: Final = ("%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%Y.%m.%d")

_PATHS: Final = {
    "place": "place_id",
    "place_code": "place__code",
    "place_name_zh": "place__name_zh",
    "place_name_en": "place__name_en",
}


@dataclass(eq=False)
class BulkUnknown(Refusal, kind=Kind.NOT_FOUND):
    """There is no such file where the actor may look."""

    bulk: UUID


@dataclass(frozen=True, slots=True)
class GoodRow:
    """A row that may be loaded."""

    number: int
    values: Row
    item: str
    cost: int
    """fen"""
    expires_on: date | None
    pin_hash: bytes | None


@dataclass(slots=True)
class Findings:
    """What a file holds."""

    total: int = 0
    rows: list[GoodRow] = field(default_factory=list)
    """Good ones; a file with faults is loaded by nobody."""
    faults: list[RowFault] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    columns: list[str] = field(default_factory=list)
    first: list[list[str]] = field(default_factory=list)


def kinds_of_files() -> tuple[FileKind, ...]:
    """Return every kind of file that can be loaded, by code."""
    return tuple(file_kinds.values())


def bulks(
    ctx: Context, *, page: PageRequest, kinds: Sequence[str] = (), state: str = ""
) -> Page[BulkRecord]:
    """
    Return the files of the actor's scope, newest first.

    :raises NotPermitted: without `stock.read`.
    """
    ctx.require("stock.read")
    rows = models.Bulk.objects.within(ctx.scope).order_by("-at", "-id")
    if kinds:
        rows = rows.filter(kind__in=kinds)
    if state:
        rows = rows.filter(state=state)
    return page_of(rows, BulkRecord, page, **_PATHS)


def bulk(ctx: Context, *, bulk: UUID) -> BulkRecord:
    """
    Return one file with its preview and progress.

    :raises NotPermitted: without `stock.read`.
    :raises BulkUnknown: if there is none in the actor's scope.
    """
    ctx.require("stock.read")
    rows = models.Bulk.objects.within(ctx.scope).filter(id=bulk)
    found = project(rows, BulkRecord, **_PATHS)
    if not found:
        raise BulkUnknown(bulk)
    return found[0]


def faults(ctx: Context, *, bulk: UUID, page: PageRequest) -> Page[RowFault]:
    """
    Return what is wrong with the rows of a file, in their order.

    :raises NotPermitted: without `stock.read`.
    """
    ctx.require("stock.read")
    seen = models.Bulk.objects.within(ctx.scope).filter(id=bulk).values("id")
    rows = models.BulkFault.objects.filter(bulk__in=seen)
    return page_of(rows.order_by("row", "id"), RowFault, page)


def faults_csv(ctx: Context, *, bulk: UUID, words: Callable[[RowFault], str]) -> Iterator[str]:
    """
    Return every fault of a file as lines of a CSV table: row, column, reason, detail.

    `words` says a reason in the reader's language.

    :raises NotPermitted: without `stock.read`.
    """
    ctx.require("stock.read")
    seen = models.Bulk.objects.within(ctx.scope).filter(id=bulk).values("id")
    rows = models.BulkFault.objects.filter(bulk__in=seen).order_by("row", "id")
    yield "\ufeffrow,column,reason,detail\r\n"
    for values in rows.values_list("row", "column", "problem", "detail").iterator(2000):
        fault, line = RowFault(*values), io.StringIO()
        # A cell that begins like a formula would be computed by a spreadsheet.
        detail = f"'{fault.detail}" if fault.detail[:1] in set("=+-@\t") else fault.detail
        csv.writer(line).writerow([fault.row, fault.column, words(fault), detail])
        yield line.getvalue()


def sealed(content: bytes) -> str:
    """Return a file as the text that is kept, encrypted, until it is loaded."""
    return base64.b85encode(zlib.compress(content, 1)).decode()


def examine(
    row: models.Bulk,
    *,
    progress: Callable[[int, int], None],
    foreign: Callable[[Sequence[str]], Mapping[str, str]] | None = None,
) -> Findings:
    """
    Look through a kept file: every row, and whether what it brings is new.

    `progress` is told (rows passed, rows in all) now and then; `foreign` says of rows that are
    no goods which are wrong, and why.
    """
    assert row.content is not None
    content = zlib.decompress(base64.b85decode(row.content))
    return _Examiner(row, decode(row.terms, BulkTerms), progress, foreign).run(content)


@dataclass(eq=False)
class _Examiner:
    row: models.Bulk
    terms: BulkTerms
    progress: Callable[[int, int], None]
    foreign: Callable[[Sequence[str]], Mapping[str, str]] | None
    found: Findings = field(default_factory=Findings)
    pins: dict[bytes, int] = field(default_factory=dict)

    def run(self, content: bytes) -> Findings:
        kind, found = file_kinds[self.row.kind], self.found
        try:
            table = list(tables.rows(self.row.file_name, content))
        except tables.Unreadable as error:
            self._fault(0, "", str(error))
            return found
        head = next((n for n, cells in enumerate(table) if any(map(str.strip, cells))), None)
        if head is None:
            self._fault(0, "", "empty")
            return found
        places = self._columns(kind, table[head])
        body = [
            (number, cells)
            for number, cells in enumerate(table[head + 1 :], start=head + 2)
            if any(cell.strip() for cell in cells)
        ]
        found.total = len(body)
        if found.faults:
            return found
        if not body or len(body) > tables.MOST_ROWS:
            self._fault(0, "", "too_many_rows" if body else "empty")
            return found
        self._rows(kind, places, body)
        self._known(kind)
        found.faults.sort(key=lambda fault: fault.row)
        bad = {fault.row for fault in found.faults}
        found.rows = [one for one in found.rows if one.number not in bad]
        for one in found.rows:
            key = one.item or "numbers"
            found.counts[key] = found.counts.get(key, 0) + int(one.values.get("quantity", 1))
        return found

    def _columns(self, kind: FileKind, cells: Sequence[str]) -> dict[str, int]:
        heading = [cell.strip().lower() for cell in cells]
        places = {
            column.name: heading.index(known)
            for column in kind.columns
            if (known := next((h for h in column.headings if h in heading), None)) is not None
        }
        for column in kind.columns:
            if column.required and column.name not in places:
                self._fault(1, column.name, "column_missing", column.headings[0])
        self.found.columns = [column.name for column in kind.columns if column.name in places]
        return places

    def _rows(
        self, kind: FileKind, places: Mapping[str, int], body: Sequence[tuple[int, list[str]]]
    ) -> None:
        items = {
            row.code: row
            for row in models.Item.objects.filter(active=True, serialised=kind.serialised)
            if row.kind in kind.goods
        }
        seen: dict[str, dict[str, int]] = {c.name: {} for c in kind.columns if c.unique}
        secret = {column.name for column in kind.columns if column.secret}
        names = [(column.name, places.get(column.name)) for column in kind.columns]
        required = {column.name for column in kind.columns if column.required}
        shown = self.found.columns
        for nth, (number, cells) in enumerate(body):
            width = len(cells)
            values = {
                name: cells[at].strip() if at is not None and at < width else ""
                for name, at in names
            }
            problems: list[Problem] = [
                (name, "missing", "") for name in required if not values[name]
            ]
            problems += [
                (name, "number_format", "")
                for name, value in values.items()
                if value == tables.TOO_LONG_NUMBER
            ]
            if not problems:
                problems = kind.check(values)
            for name, known in seen.items():
                value = values[name]
                first = known.setdefault(value, number) if value else number
                if first != number:
                    problems.append((name, "twice_in_file", f"{first}"))
            good = self._good(number, values, items, problems) if kind.goods else None
            for problem in problems:
                self._fault(number, *problem)
            if not problems:
                self.found.rows.append(good or GoodRow(number, values, "", 0, None, None))
            if len(self.found.first) < FIRST_ROWS:
                self.found.first.append(
                    [MASK if name in secret and values[name] else values[name] for name in shown]
                )
            if nth % STEP == STEP - 1:
                self.progress(nth + 1, len(body))

    def _good(
        self,
        number: int,
        values: Row,
        items: Mapping[str, models.Item],
        problems: list[Problem],
    ) -> GoodRow | None:
        item = values.get("item") or self.terms.item
        if not item:
            problems.append(("item", "missing", ""))
        elif item not in items:
            problems.append(("item", "item_unknown", item))
        cost, expires_on = self.terms.cost.minor, self.terms.expires_on
        if values.get("cost"):
            try:
                cost = Money.parse(values["cost"]).minor
            except ValueError:
                cost = -1
            if not 0 <= cost <= 10**10:
                problems.append(("cost", "amount", values["cost"]))
        if values.get("expires_on"):
            expires_on = _date(values["expires_on"])
            if expires_on is None:
                problems.append(("expires_on", "date", values["expires_on"]))
            elif expires_on <= self.row.at.date():
                problems.append(("expires_on", "expired", values["expires_on"]))
        if problems:
            return None
        hashed = key_ring().hash(values["pin"], PIN_PLACE) if values.get("pin") else None
        values["batch"] = values.get("batch") or self.terms.batch
        return GoodRow(number, values, item, cost, expires_on, hashed)

    def _known(self, kind: FileKind) -> None:
        """Tell which rows bring what is there already."""
        rows = self.found.rows
        if self.foreign is not None and not kind.goods:
            numbers = {one.values["number"]: one.number for one in rows}
            for number, problem in self.foreign(list(numbers)).items():
                self._fault(numbers[number], "number", problem, number)
        if not kind.goods or not kind.serialised:
            return
        for start in range(0, len(rows), STEP * 4):
            part = rows[start : start + STEP * 4]
            for goods in sorted(kind.goods):
                serials = {one.values["serial"]: one.number for one in part}
                for serial in known_serials(goods, list(serials)):
                    self._fault(serials[serial], "serial", "known_already", serial)
            if GoodsKind.RECHARGE_CARD in kind.goods:
                pins = {one.pin_hash: one.number for one in part if one.pin_hash is not None}
                for hashed in known_pins(list(pins)):
                    self._fault(pins[hashed], "pin", "known_already", "")
            self.progress(self.found.total, self.found.total)

    def _fault(self, row: int, column: str, problem: str, detail: str = "") -> None:
        # What a cell holds is shown cut, and without what cannot be printed.
        clean = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in detail[:60])
        self.found.faults.append(RowFault(row, column, problem, clean))


@lru_cache(maxsize=4096)
def _date(text: str) -> date | None:
    """Read a date; rows of a file share a few."""
    for form in _DATES:
        try:
            return datetime.strptime(text[:10], form).date()
        except ValueError:
            continue
    return None
