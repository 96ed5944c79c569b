"""A month through the lake: the same lines each time, exact negatives, late facts."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from shutil import rmtree
from typing import Any

import ibis
import pyarrow as pa
import pytest

from qudao.domain.commission.computing import Closed, adjust, compute, pin, touched
from qudao.domain.commission.computing.branch import Plan
from qudao.domain.commission.computing.sessions import sessions
from qudao.domain.commission.schemes import read_terms, schemes, written_terms
from qudao.domain.commission.types import Rule, Selector, TermKind, terms_of
from qudao.platform.lake.dataset import datasets, fact_number
from qudao.platform.lake.engine import connect
from qudao.platform.lake.exact import AmountTooLarge
from qudao.platform.lake.store import Lake

OCTOBER, NOVEMBER, DECEMBER = date(2026, 10, 1), date(2026, 11, 1), date(2026, 12, 1)
AT = datetime(2026, 12, 2, tzinfo=UTC)
USUAL = {"day": OCTOBER, "sale_day": OCTOBER, "from_day": OCTOBER, "until_day": NOVEMBER}


def put(lake: Lake, name: str, month: date, branch: str, rows: Iterable[dict[str, Any]]) -> None:
    types = datasets[name].types
    empty = {column: "" if type == "string" else 0 for column, type in types.items()}
    full = [{**empty, **USUAL, "month": month, "branch": branch, **row} for row in rows]
    columns = {column: [row[column] for row in full] for column in types}
    table = ibis.memtable(pa.table(columns, schema=ibis.schema(types).to_pyarrow()))
    lake.write(table, name, month=month, branch=branch, at=AT, source="test")


def sale(fact: int, outlet: int, amount: int, business: str = "top_up") -> dict[str, Any]:
    return {
        "fact": fact, "order": str(fact), "outlet": outlet, "amount": amount,
        "business": business, "quantity": 1,
    }  # fmt: skip


def rule(number: int, scheme: str, terms: Any, **more: Any) -> Rule:
    return Rule(number, f"rule{number}", scheme, read_terms(scheme, terms), **more)


ACTIVE = {"state": "active", "from_day": date(2026, 1, 1), "until_day": date(2027, 1, 1)}
SHARE = rule(1, "percentage", {"businesses": ["top_up"], "rate_ppm": 8_000})
LIMIT = rule(2, "cap", {"of": ["rule1"], "most": 100})
FEE = rule(
    3,
    "transaction",
    {"fees": [{"business": "opening", "fee": 300}]},
    selector=Selector(branches=("4102",)),
)
RULES = (SHARE, LIMIT, FEE)


@pytest.fixture
def october(duckdb_lake: Lake) -> Lake:
    for branch, outlet in (("4101", 1), ("4102", 2)):
        put(duckdb_lake, "outlets", OCTOBER, branch, [{"outlet": outlet, "state": "active"}])
        first = outlet * 100
        sales = [sale(first + place, outlet, 5_000) for place in range(4)]
        sales.append(sale(first + 9, outlet, 0, "opening"))
        put(duckdb_lake, "sales", OCTOBER, branch, sales)
    return duckdb_lake


def amounts(lake: Lake, dataset: str) -> list[tuple[int, int, int]]:
    rows = lake.engine.arrow(lake.read(dataset)).to_pylist()
    return sorted((row["rule"], row["fact"], row["amount"]) for row in rows)


def test_the_same_month_makes_the_same_lines_byte_for_byte(october: Lake) -> None:
    first = compute(october, OCTOBER, RULES, at=AT)
    again = compute(october, OCTOBER, RULES, at=AT, inputs=first.inputs)

    assert first.lines == again.lines == 13
    assert first.amount == again.amount == 500
    for one, two in zip(first.outputs.versions, again.outputs.versions, strict=True):
        parts = [october.manifest(each.version).parts for each in (one, two)]
        assert [part.sha256 for part in parts[0]] == [part.sha256 for part in parts[1]]
    assert amounts(october, "lines")[-4:] == [
        (2, 103, -40),
        (2, 202, -20),
        (2, 203, -40),
        (3, 209, 300),
    ]


def test_rules_that_group_and_join_come_in_one_order(tmp_path: Path) -> None:
    """Two threads make what they group in another order each time, and two branches at once."""
    rules = (
        rule(1, "turnover", {"businesses": ["top_up"], "bands": [{"least": 0, "rate_ppm": 9_000}]}),
        rule(2, "ladder", {"businesses": ["top_up"], "bands": [{"least": 0, "fee": 20}]}),
        rule(3, "guarantee", {"of": ["rule1"], "least": 1_000_00}),
    )
    (tmp_path / "lake").mkdir()
    with closing(connect("duckdb://?threads=2")) as engine:
        lake = Lake(tmp_path / "lake", engine)
        for branch, outlets in (("4101", range(1, 4_001)), ("4102", range(5_001, 5_501))):
            open_all = ({"outlet": one, "state": "active"} for one in outlets)
            put(lake, "outlets", OCTOBER, branch, open_all)
            sales = (sale(o * 10 + place, o, 5_000) for o in outlets for place in range(6))
            put(lake, "sales", OCTOBER, branch, sales)
        made = [compute(lake, OCTOBER, rules, at=AT) for _time in range(4)]
        parts = {
            part.sha256
            for one in made
            for version in one.outputs.versions
            for part in lake.manifest(version.version).parts
        }
    assert {one.lines for one in made} == {4_500 * (2 * 6 + 1)}
    assert len(parts) == 2


def test_an_outlet_as_such_is_paid_by_its_own_branch_alone(october: Lake) -> None:
    rules = (
        rule(1, "subsidy", {"sum": 3_100}),
        rule(2, "guarantee", {"of": ["rule9"], "least": 700}),
    )
    moved = [
        {"outlet": 3, "state": "active", "until_day": date(2026, 10, 11)},
        {"outlet": 3, "state": "active", "from_day": date(2026, 10, 11)},
    ]
    put(october, "outlets", OCTOBER, "4101", [{"outlet": 1, "state": "active"}, moved[0]])
    put(october, "outlets", OCTOBER, "4102", [{"outlet": 2, "state": "active"}, moved[1]])

    paid = compute(october, OCTOBER, rules, at=AT)

    sums = [(row["branch"], row["outlet"], row["amount"]) for row in paid.sums.to_pylist()]
    assert sorted(sums) == [
        ("4101", 1, 700), ("4101", 1, 3_100), ("4101", 3, 1_000),
        ("4102", 2, 700), ("4102", 2, 3_100), ("4102", 3, 700), ("4102", 3, 2_100),
    ]  # fmt: skip


def test_a_reversal_gives_back_exactly_what_was_paid_whatever_the_rules_are(october: Lake) -> None:
    paid = compute(october, OCTOBER, RULES, at=AT)
    closed = Closed(OCTOBER, RULES, paid.inputs, paid.outputs)
    back = [{"fact": fact, "outlet": 1, "day": NOVEMBER} for fact in (101, 102)]
    put(october, "reversals", NOVEMBER, "4101", back)

    taken = adjust(october, NOVEMBER, [closed], at=AT)

    assert amounts(october, "adjustments") == [(1, 101, -40), (1, 102, -40), (2, 102, 20)]
    assert taken.amount == -60
    assert adjust(october, DECEMBER, [closed], at=AT).lines == 0


def test_a_late_file_is_paid_in_the_next_month_by_the_rules_of_then(october: Lake) -> None:
    paid = compute(october, OCTOBER, RULES, at=AT)
    closed = Closed(OCTOBER, RULES, paid.inputs, paid.outputs)
    late = [sale(100, 1, 5_000), sale(101, 1, 2_500), sale(109, 1, 0, "opening")]
    put(october, "sales", OCTOBER, "4101", late)

    added = adjust(october, NOVEMBER, [closed], at=AT)

    assert amounts(october, "adjustments") == [
        (1, 101, -40), (1, 101, 20), (1, 102, -40), (1, 103, -40), (2, 102, 20), (2, 103, 40),
    ]  # fmt: skip
    assert added.amount == -40
    assert adjust(october, DECEMBER, [closed], at=AT).lines == 0


class Counted(Lake):
    """A lake that counts the files of lines which are read."""

    read_files = 0

    def read(self, dataset: Any, **narrowed: Any) -> Any:
        if dataset == "lines":
            found = self.manifests(dataset, **narrowed)
            self.read_files += sum(len(manifest.parts) for manifest in found)
        return super().read(dataset, **narrowed)


def test_only_files_that_go_back_to_the_reversed_sales_are_searched(duckdb_lake: Lake) -> None:
    """Four closed months of two branches; two sales of one day are taken back in the next."""
    months = [date(2026, number, 1) for number in range(6, 10)]
    codes = ("4101", "4102")
    closed = []
    for month in months:
        for outlet, branch in enumerate(codes, 1):
            put(duckdb_lake, "outlets", month, branch, [ACTIVE | {"outlet": outlet}])
            facts = [fact_number(month.replace(day=2 + n), branch, n + 1) for n in range(3)]
            days = {fact: month.replace(day=2 + n) for n, fact in enumerate(facts)}
            sold = [sale(fact, outlet, 5_000) | {"day": days[fact]} for fact in facts]
            put(duckdb_lake, "sales", month, branch, sold)
        paid = compute(duckdb_lake, month, RULES, at=AT)
        closed.append(Closed(month, RULES, paid.inputs, paid.outputs))
    taken = [fact_number(date(2026, 6, 3), "4102", 2), fact_number(date(2026, 6, 3), "4102", 9)]
    put(duckdb_lake, "reversals", OCTOBER, "4102", [{"fact": fact, "outlet": 2} for fact in taken])

    counted = Counted(duckdb_lake.root, duckdb_lake.engine)
    made = adjust(counted, OCTOBER, closed, at=AT)
    assert counted.read_files == 8 + 1, "each once, to write down its origins, and one of them"
    assert made.lines == 1 and made.amount == -40
    counted.read_files = 0
    again = adjust(counted, OCTOBER, closed, at=AT)
    assert counted.read_files == 1
    assert again.sums == made.sums
    (one,) = touched(duckdb_lake, OCTOBER, closed, "4102").versions
    assert (one.version.month, one.version.branch) == (date(2026, 6, 1), "4102")
    assert touched(duckdb_lake, OCTOBER, closed, "4101").versions == ()


def test_a_late_part_of_a_pool_pays_for_what_came_late(duckdb_lake: Lake) -> None:
    """40 % now, the rest two months later: of what the months between have corrected, too."""
    later = [{"months": 2, "share_ppm": 600_000}]
    pool = rule(2, "pool", {"of": ["rule1"], "now_ppm": 400_000, "later": later, "breaches": []})
    rules = (SHARE, pool)
    for month in (OCTOBER, NOVEMBER, DECEMBER):
        put(duckdb_lake, "outlets", month, "4101", [ACTIVE | {"outlet": 1}])
    put(duckdb_lake, "sales", OCTOBER, "4101", [sale(101, 1, 10_000), sale(102, 1, 20_000)])
    paid = compute(duckdb_lake, OCTOBER, rules, at=AT)
    closed = Closed(OCTOBER, rules, paid.inputs, paid.outputs, {1: "rule1", 2: "rule2"})
    assert paid.amount == (80 + 160) * 40 // 100

    changed = [sale(101, 1, 5_000), sale(102, 1, 20_000), sale(103, 1, 30_000)]
    put(duckdb_lake, "sales", OCTOBER, "4101", changed)
    compute(duckdb_lake, NOVEMBER, rules, at=AT)
    added = adjust(duckdb_lake, NOVEMBER, [closed], at=AT)
    assert added.amount == (-40 + 240) * 40 // 100

    compute(duckdb_lake, DECEMBER, rules, at=AT, past={1: "rule1", 2: "rule2"})
    rows = duckdb_lake.engine.arrow(duckdb_lake.read("lines", months=[DECEMBER])).to_pylist()
    assert {row["fact"]: row["amount"] for row in rows} == {101: 24, 102: 96, 103: 144}


def test_an_amount_beyond_64_bits_is_refused_before_anything_is_written(october: Lake) -> None:
    put(october, "sales", OCTOBER, "4101", [sale(100, 1, 10**12)])

    with pytest.raises(AmountTooLarge):
        compute(october, OCTOBER, RULES, at=AT, branches=["4101"])

    assert october.months("lines") == ()


def test_what_several_rules_look_back_at_is_read_once(october: Lake) -> None:
    used = {"subscriber": 7, "outlet": 1, "opened_day": date(2026, 9, 5), "voice_s": 600}
    for month, age in ((date(2026, 9, 1), 0), (OCTOBER, 1)):
        put(october, "subscribers", month, "4101", [{**used, "age": age, "collected": 5_900}])
    terms = {"ages": [1], "active": [0], "gate": {"voice_s": 600}}
    rules = [
        rule(number, "instalments", {**terms, "bands": [{"least": 0, "fee": fee}]})
        for number, fee in ((1, 1_000), (2, 300))
    ]
    with sessions(october, Plan(OCTOBER, tuple(rules)), 1) as (session,):
        session.computing.run(session.sources(pin(october, OCTOBER, rules), "4101"))
        rmtree(october.root / "subscribers")
        lines = october.engine.arrow(october.engine.prepare(session.computing.lines)).to_pylist()

    assert sorted((one["rule"], one["amount"]) for one in lines) == [(1, 1_000), (2, 300)]


@pytest.mark.parametrize("code", sorted(schemes))
def test_every_scheme_makes_its_form_and_keeps_its_terms(code: str) -> None:
    scheme = schemes[code]

    assert scheme.en and scheme.zh and scheme.source
    for term in terms_of(scheme):
        assert term.en and term.zh, term.name
        assert (term.kind in (TermKind.PART, TermKind.ROWS)) == (term.record is not None)
        assert (term.kind is TermKind.CHOICE) == bool(term.choices)
        for inner in terms_of(term.record) if term.record else ():
            assert inner.en and inner.zh, inner.name


def test_terms_survive_json_and_say_what_is_wrong_with_them() -> None:
    bands = [
        {"least": 100, "below": 50, "rate_ppm": 10},
        {"least": 80, "below": None, "rate_ppm": 2_000_000},
        {"least": 90, "below": 95, "rate_ppm": -1},
    ]
    terms = read_terms("revenue", {"first_age": 3, "last_age": 1, "bands": bands})

    assert read_terms("revenue", written_terms(terms)) == terms
    found = {(problem.term, problem.kind.value, problem.row) for problem in terms.problems()}
    assert found == {
        ("bands.least", "gap", 0),
        ("bands.below", "inverted", 0),
        ("bands.least", "gap", 1),
        ("bands.rate_ppm", "too_large", 1),
        ("bands.least", "overlap", 2),
        ("bands.rate_ppm", "negative", 2),
        ("bands.below", "gap", 2),
        ("last_age", "inverted", None),
    }
