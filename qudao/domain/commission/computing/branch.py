"""All rules over one branch's month: the facts are read once, then every rule adds its lines."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence, Set
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, Final

import ibis
from ibis.expr import operations

from qudao.domain.commission.computing import tables
from qudao.domain.commission.computing.lines import finished, in_order, rule_lines, union
from qudao.domain.commission.computing.tables import Marks, Sources
from qudao.domain.commission.types import LINES, Facts, Rule, Source, following
from qudao.platform.lake.exact import LARGEST, AmountTooLarge, wide

if TYPE_CHECKING:
    from ibis import Table

    from qudao.platform.lake.engine import Engine, Prepared

SALES: Final = "commission_sales"
SPARSE: Final = "commission_sparse_sales"
SUBSCRIBERS: Final = "commission_subscribers"
OUTLETS: Final = "commission_outlets"
REVERSALS: Final = "commission_reversals"
STRETCHES: Final = "commission_stretches"
ALL_LINES: Final = "commission_lines"


LARGEST_BASE: Final = LARGEST // 10_000_000
"""No fact may be larger: times a rate or a coefficient of ten it must fit in 64 bits."""


@dataclass
class Plan:
    """
    The rules of a month, made ready once for all branches.

    The rules' expressions read tables by name, so what differs from branch to branch is only what
    is kept under these names, of which columns nobody asks for are left out.
    """

    month: date
    rules: tuple[Rule, ...]
    past: Mapping[int, str] = field(default_factory=dict)
    """Codes by numbers of the rules of closed months, as far as they are not among `rules`."""
    dense: frozenset[str] = frozenset()
    """Businesses of most sales: those of the others are kept a second time, by themselves."""

    def __post_init__(self) -> None:
        self._numbers: dict[str, set[int]] = {}
        for rule in self.rules:
            self._numbers.setdefault(rule.code, set()).add(rule.number)
        for number, code in self.past.items():
            self._numbers.setdefault(code, set()).add(number)
        self.depths = _depths(self.rules)
        self.sales_marks = Marks(
            [one for one in self.rules if one.terms.source is Source.SALES or one.terms.concerns()]
        )
        self.other_marks = Marks(
            [one for one in self.rules if one.terms.source is not Source.SALES]
        )
        self.codes = tables.codes(self.sales_marks.rules)
        self.dense = self.dense & self.codes.keys()
        self.tables = self._unbound()
        self._lines_of: dict[int, Table] = {}
        for rule in sorted(self.rules, key=lambda one: self.depths[one.number]):
            self._lines_of[rule.number] = self._lines(rule)
        self.lines = [self._lines_of[rule.number] for rule in self.rules]
        named = {code for rule in self.rules for code in rule.terms.upon()}
        self.kept = [
            rule.number for rule in self.rules if rule.code in named and self.depths[rule.number]
        ]
        """Rules upon rules that others stand upon: to compute these twice would be dear."""
        self.needed = self._read()

    def _unbound(self) -> dict[str, Table]:
        sales = {name: "int64" for name in self.sales_marks.names}
        others = {name: "int64" for name in self.other_marks.names}
        kept = {
            SALES: {**tables.SALES, **sales},
            SPARSE: {**tables.SALES, **sales},
            SUBSCRIBERS: {**tables.SUBSCRIBERS, **others},
            OUTLETS: {**tables.OUTLETS, **others},
            **tables.LOOKED_AT,
        }
        return {name: ibis.table(columns, name=name) for name, columns in kept.items()}

    def _lines(self, rule: Rule) -> Table:
        lines = rule.terms.lines(self._facts(rule))
        read = _columns_read(lines)[self._sold(rule)]
        if read & _TEXTS:
            lines = rule.terms.lines(self._facts(rule, read))
        return finished(lines, rule)

    def _facts(self, rule: Rule, read: Set[str] = frozenset()) -> Facts:
        """`read` are the columns that the rule is known to read of its sales, texts among them."""
        month, end = self.month, following(self.month)
        from_day, until_day = max(rule.from_day, month), min(rule.until_day, end)
        sales = self.tables[self._sold(rule)]
        if rule in self.sales_marks.rules:
            sales = sales.filter(self.sales_marks.of(sales, rule))
            if from_day > month:
                sales = sales.filter(sales.day >= ibis.literal(from_day, "date"))
            if until_day < end:
                sales = sales.filter(sales.day < ibis.literal(until_day, "date"))
        if read:
            sales = self._with_texts(sales, rule, read)
        subscribers, outlets = self.tables[SUBSCRIBERS], self.tables[OUTLETS]
        if rule.terms.source is not Source.SALES:
            subscribers = subscribers.filter(self.other_marks.of(subscribers, rule))
            outlets = outlets.filter(self.other_marks.of(outlets, rule))
        lines, past, own = self._named(rule, outlets)
        return Facts(
            month=month,
            from_day=from_day,
            until_day=until_day,
            rounding=rule.rounding,
            sales=sales,
            subscribers=subscribers,
            usage=self.tables[tables.NAMES["usage"]],
            outlets=outlets,
            verdicts=self.tables[tables.NAMES["verdicts"]],
            totals=self.tables[tables.NAMES["totals"]],
            lines=lines,
            past=past,
            own=own,
        )

    def _sold(self, rule: Rule) -> str:
        """
        Return which table has a rule's sales: to look for few among all of them costs more than
        what they earn.
        """
        own = rule.terms.concerns()
        return SPARSE if self.dense and own and self.dense.isdisjoint(own) else SALES

    def _with_texts(self, sales: Table, rule: Rule, read: Set[str]) -> Table:
        """
        Return a rule's sales, the texts that it reads made of the numbers that are kept.

        What it does not read is nothing, so that nobody need keep it.
        """
        columns: dict[str, ibis.Value] = {
            name: sales[name] if name in read - _TEXTS else ibis.null(type)
            for name, type in sales.schema().items()
        }
        if "business" in read:
            columns["business"] = sales.business
            if own := rule.terms.concerns():
                cases = [(sales.code == self.codes[one], ibis.literal(one)) for one in own]
                columns["business"] = ibis.cases(*cases)
        if not (texts := sorted(read & _TEXTS - {"business"})):
            return sales.select(**columns)
        stretches = ibis.table({"stretch": "int32", **tables.ATTRIBUTES}, name=STRETCHES)
        joined = sales.inner_join(stretches, sales.stretch == stretches.stretch)
        return joined.select(**columns | {name: stretches[name] for name in texts})

    def _named(self, rule: Rule, outlets: Table) -> tuple[Table, Table, Table]:
        """
        The lines of the rules that a rule names, of outlets that are its, of this month and of
        earlier ones; and its own of earlier ones.
        """
        numbers = sorted(set().union(*(self._numbers.get(c, set()) for c in rule.terms.upon())))
        earlier = self.tables[tables.NAMES["past"]]
        past = earlier.filter(earlier.rule.isin(numbers))
        mine = earlier.filter(earlier.rule.isin(sorted(self._numbers[rule.code])))
        named = [
            ibis.table(LINES, name=rule_lines(number))
            if self.depths[number]
            else self._lines_of[number]
            for number in numbers
            if number in self._lines_of
        ]
        nothing = ibis.table(LINES, name=tables.NAMES["past"]).filter(False)
        lines = union(named) if named else nothing
        own = outlets.select("outlet").distinct()
        return tuple(one.semi_join(own, "outlet") for one in (lines, past, mine))

    def _read(self) -> dict[str, list[str]]:
        """Return which columns of each table the rules read: nobody keeps the others."""
        read = {name: set[str]() for name in self.tables}
        readers = Counter[str]()
        for lines in self.lines:
            found = _columns_read(lines)
            readers.update(found.keys())
            for name, columns in found.items():
                read.setdefault(name, set()).update(columns)
        self.kept_raw = [name for name in tables.KEPT_IF_SHARED if readers[name] > 1]
        """What several rules read of the lake as it is: kept, so that it is read once."""
        if read[SPARSE]:
            read[SALES] |= read[SPARSE] | {"code"}
        return {
            name: [column for column in table.columns if column in read[name]]
            for name, table in self.tables.items()
        }


_TEXTS: Final = {"business", *(n for n, type in tables.ATTRIBUTES.items() if type == "string")}


def _columns_read(lines: Table) -> defaultdict[str, set[str]]:
    """Return which columns of each named table an expression reads."""
    read = defaultdict[str, set[str]](set)
    for column in lines.op().find(operations.Field):
        table = column.rel
        while isinstance(table, (operations.Filter, operations.JoinReference)):
            table = table.parent
        if isinstance(table, operations.UnboundTable):
            read[table.name].add(column.name)
    return read


class Computing:
    """A plan on one engine: compiled once, run for each branch."""

    def __init__(self, engine: Engine, plan: Plan) -> None:
        self._engine, self._plan = engine, plan
        self._ready = False
        self._of_all: tuple[Table, ...] = ()
        prepared = {name: engine.prepare(table) for name, table in self._kept().items()}
        self._shared = {name: prepared.pop(name) for name in (STRETCHES, REVERSALS)}
        self._steps = prepared
        # This takes most of a second: meanwhile the first branches' facts are read.
        compiling = ThreadPoolExecutor(1, thread_name_prefix="commission-compiling")
        self._compiled = compiling.submit(self._compile)
        compiling.shutdown(wait=False)
        self._largest = [
            engine.prepare(table.aggregate(most=wide(table[column]).abs().max()))
            for table, column in (
                (plan.tables[SALES], "amount"),
                (plan.tables[SUBSCRIBERS], "collected"),
            )
            if column in plan.needed[table.get_name()]
        ]

    def beside(self, engine: Engine) -> Computing:
        """Return the same, compiled already, for another session of the engine."""
        other = copy(self)
        other._engine, other._ready, other._of_all = engine, False, ()
        return other

    @property
    def lines(self) -> Table:
        """All lines of the branch that was run last, until `forget`: computed when read."""
        return ibis.table(LINES, name=ALL_LINES)

    def _kept(self) -> dict[str, Table]:
        """What is computed and kept, in this order, each of what was kept before."""
        plan, raw = self._plan, tables.raw()
        marks = (plan.sales_marks, plan.other_marks)
        kept = {
            STRETCHES: tables.stretches(raw.outlets, plan.month, marks),
            REVERSALS: raw.reversals,
        }
        stretches = ibis.table(kept[STRETCHES].schema(), name=STRETCHES)
        raw = replace(raw, reversals=ibis.table(raw.reversals.schema(), name=REVERSALS))
        words = {f"falls{word}": f"mark1_{word}" for word in plan.other_marks.words}
        kept[OUTLETS] = tables.of_branch(stretches, raw.own_outlets).rename(words)
        if plan.sales_marks.rules:
            kept[SALES] = tables.wide_sales(raw, stretches, plan.month, plan.sales_marks)
        if plan.needed[SPARSE]:
            sales, dense = plan.tables[SALES], sorted(plan.codes[one] for one in plan.dense)
            kept[SPARSE] = sales.filter(sales.code.notin(dense))
        if plan.other_marks.rules:
            kept[SUBSCRIBERS] = tables.wide_subscribers(raw, stretches)
        for name in plan.kept_raw:
            kept[name] = ibis.table(tables.RAW[name], name=tables.unkept(name))
        return {
            name: table.select(*plan.needed.get(name, table.columns))
            for name, table in kept.items()
            if plan.needed.get(name, table.columns)
        }

    @property
    def _views(self) -> dict[str, Prepared]:
        return self._compiled.result()

    def _compile(self) -> dict[str, Prepared]:
        """The rules' lines, each compiled by itself, and all of them."""
        plan = self._plan
        views = {
            rule_lines(rule.number): in_order(lines)
            for rule, lines in zip(plan.rules, plan.lines, strict=True)
        }
        views[ALL_LINES] = union([ibis.table(LINES, name=name) for name in views])
        return {name: self._engine.prepare(table) for name, table in views.items()}

    def run(self, sources: Sources) -> None:
        """
        Read one branch's facts, and make its lines ready.

        What is the same for all branches is kept until `close`.

        :raises AmountTooLarge: if a fact is larger than the arithmetic keeps exact.
        """
        for name, table in sources.named().items():
            kept = name in self._plan.kept_raw
            self._engine.view(table, tables.unkept(name) if kept else name)
        of_all = (sources.outlets, sources.reversals)
        if len(self._of_all) != len(of_all) or not all(map(_same, self._of_all, of_all)):
            for name, prepared in self._shared.items():
                self._engine.keep(prepared, name)
            self._of_all = of_all
        for name, prepared in self._steps.items():
            self._engine.keep(prepared, name)
        self._refuse_overflow()
        for rule in sorted(self._plan.rules, key=lambda one: self._plan.depths[one.number]):
            name = rule_lines(rule.number)
            if rule.number in self._plan.kept:
                self._engine.keep(self._views[name], name)
            elif not self._ready:  # a view reads what has its names by then
                self._engine.view(self._views[name], name)
        if not self._ready:
            self._engine.view(self._views[ALL_LINES], ALL_LINES)
        self._ready = True

    def _refuse_overflow(self) -> None:
        for prepared in self._largest:
            most = self._engine.arrow(prepared)["most"][0].as_py() or 0
            if most > LARGEST_BASE:
                raise AmountTooLarge(most, LARGEST // LARGEST_BASE)

    def forget(self) -> None:
        """Give back the memory of the branch that was run last."""
        for name in (*map(rule_lines, self._plan.kept), *self._steps):
            self._engine.drop(name)

    def close(self) -> None:
        """Forget everything, so that another plan may use the names."""
        self.forget()
        unkept = map(tables.unkept, self._plan.kept_raw)
        for name in (*reversed(self._views), *self._shared, *tables.RAW, *unkept):
            self._engine.drop(name)


def _same(one: Table, other: Table) -> bool:
    return one is other or one.equals(other)


def _depths(rules: Sequence[Rule]) -> dict[int, int]:
    """Return how many steps of rules upon rules lie below each rule."""
    by_code: dict[str, list[Rule]] = {}
    for rule in rules:
        by_code.setdefault(rule.code, []).append(rule)
    depths: dict[int, int] = {}

    def depth(rule: Rule, above: frozenset[int]) -> int:
        assert rule.number not in above, f"{rule.code} stands upon itself"
        if rule.number not in depths:
            named = [one for code in rule.terms.upon() for one in by_code.get(code, [])]
            below = above | {rule.number}
            least = 1 if rule.terms.source is Source.LINES else 0
            depths[rule.number] = max([least, *(1 + depth(one, below) for one in named)])
        return depths[rule.number]

    for rule in rules:
        depth(rule, frozenset())
    return depths
