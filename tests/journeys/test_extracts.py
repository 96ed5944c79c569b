"""Extracts of the BOSS: loaded whole or refused whole, a few broken rows put aside."""

import csv
import hashlib
import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from qudao.domain.customer.facts import SUBSCRIBER_EXTRACT, SUBSCRIBERS
from qudao.domain.ordering.facts import SALES
from qudao.domain.saleschannel.facts import OUTLETS
from qudao.journeys import extracts
from qudao.kernel.refusals import Refusal
from qudao.platform.identity.roles import system_context
from qudao.platform.lake.extracts.refused import note, noted, rows_aside
from qudao.platform.lake.extracts.types import (
    BrokenRow,
    ColumnsWrong,
    ControlEntryWrong,
    ControlIncomplete,
    ControlUnreadable,
    EncodingWrong,
    ExtractAltered,
    ExtractMissing,
    ExtractTwice,
    ExtractUnreadable,
    LayoutUnknown,
    OutletsNotExported,
    RowProblem,
    RowsWrong,
    TooManyBroken,
    TotalWrong,
)
from qudao.platform.lake.store import Lake

MONTH = date(2026, 10, 1)
AT = datetime(2026, 11, 2, 4, 0, tzinfo=UTC)
CTX = system_context(AT, "extract")
NAMES = [field.name for field in SUBSCRIBER_EXTRACT.fields]
ROWS = 200


@pytest.fixture(scope="module")
def engine() -> Iterator[Any]:
    from qudao.platform.lake.engine import connect

    made = connect("duckdb://?threads=1&memory=512MiB")
    yield made
    made.close()


@pytest.fixture
def lake(tmp_path: Path, engine: Any) -> Lake:
    """Two outlets, and the sale that opened line 1."""
    made = Lake(tmp_path / "lake", engine)
    made.root.mkdir()
    sale = pa.table(
        {
            "day": [date(2026, 10, 5)],
            "outlet": pa.array([7], pa.int32()),
            "clerk": pa.array([0], pa.int32()),
            **{name: ["x"] for name in ("channel", "business", "offering")},
            **{name: [0] for name in ("amount", "debit", "quantity")},
            "order": ["the-order"],
        }
    )
    made.write(ibis.memtable(sale), SALES, month=MONTH, branch="4101", at=AT, source="test")
    enter_outlets(made, 7, 8)
    return made


def enter_outlets(lake: Lake, *numbers: int) -> None:
    """The branch's outlets in October: these, and no others."""
    names = ("district", "kind", "ownership", "market", "state")
    outlets = pa.table(
        {
            "outlet": pa.array(numbers, pa.int32()),
            "from_day": [MONTH for _ in numbers],
            "until_day": [date(2026, 11, 1) for _ in numbers],
            "node_code": [f"4101021000{number:02}" for number in numbers],
            **{name: ["x" for _ in numbers] for name in names},
            **{name: pa.array([1 for _ in numbers], pa.int16()) for name in ("star", "tier")},
        }
    )
    table = ibis.memtable(outlets)
    lake.write(table, OUTLETS, month=MONTH, branch="4101", at=AT, source="test")


Row = dict[str, Any]


def row(number: int, **changes: Any) -> Row:
    values = {
        "subscriber": number,
        "node_code": "410102100007",
        "order": "the-order" if number == 1 else f"order-{number}",
        "opened_day": "2026-10-05",
        "activated_day": "2026-10-06",
        "calls": 3,
        "voice_s": 60,
        "data_kb": 1000,
        "billed": 5000,
        "collected": 4000,
        "state": "active",
    }
    return {**values, **changes}


def rows(*changed: Row, count: int = ROWS) -> list[Row]:
    return [*changed, *(row(number) for number in range(len(changed) + 1, count + 1))]


@pytest.fixture
def drop(tmp_path: Path) -> Callable[..., Path]:
    folder = tmp_path / "drop"
    folder.mkdir()

    def put(given: list[Row] | bytes, name: str = "a", parquet: bool = False, **more: Any) -> Path:
        file = folder / f"{name}{'.parquet' if parquet else '.csv'}"
        if isinstance(given, bytes):
            file.write_bytes(given)
            count, totals = more.pop("rows"), more.pop("totals")
        else:
            if parquet:
                pq.write_table(pa.Table.from_pylist(given), file)
            else:
                with file.open("w", encoding="utf-8", newline="") as opened:
                    writer = csv.DictWriter(opened, list(given[0]))
                    writer.writeheader()
                    writer.writerows(given)
            count = len(given)
            totals = {
                total: sum(one[total] for one in given if isinstance(one.get(total), int))
                for total in SUBSCRIBER_EXTRACT.totals
            }
        control = {
            "layout": "subscribers",
            "file": file.name,
            "month": "2026-10",
            "branch": "4101",
            "rows": count,
            "totals": totals,
            "sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
            **more,
        }
        path = folder / f"{name}.control.json"
        path.write_text(json.dumps(control), "utf-8")
        return path

    return put


def held(lake: Lake) -> list[Row]:
    return lake.engine.arrow(lake.read(SUBSCRIBERS).order_by("subscriber")).to_pylist()  # type: ignore[no-any-return]


@pytest.mark.parametrize("parquet", [False, True])
def test_an_extract_becomes_a_version(lake: Lake, drop: Callable[..., Path], parquet: bool) -> None:
    given = rows(
        row(1, opened_day="2026-10-05"), row(2, activated_day=None, opened_day="2025-06-30")
    )

    manifest = extracts.receive(CTX, lake, drop(given, parquet=parquet))

    assert (manifest.rows, manifest.number) == (ROWS, 1)
    assert manifest.totals["collected"] == ROWS * 4000
    first, second = held(lake)[:2]
    (sale,) = lake.engine.arrow(lake.read(SALES)).to_pylist()
    assert (first["origin"], first["outlet"], first["age"]) == (sale["fact"], 7, 0)
    assert (second["origin"], second["activated_day"], second["age"]) == (0, None, 16)


def test_a_corrected_extract_supersedes_and_a_pinned_month_stays(
    lake: Lake, drop: Callable[..., Path]
) -> None:
    extracts.receive(CTX, lake, drop(rows(), "first"))
    pinned = lake.pin(MONTH)

    manifest = extracts.receive(CTX, lake, drop(rows(row(1, collected=1)), "second"))

    assert (manifest.number, manifest.supersedes) == (2, 1)
    assert held(lake)[0]["collected"] == 1
    before = lake.read(SUBSCRIBERS, versions=pinned)
    assert lake.engine.arrow(before.collected.sum().as_table())[0][0].as_py() == ROWS * 4000


def test_broken_rows_are_put_aside_with_their_numbers(
    lake: Lake, drop: Callable[..., Path]
) -> None:
    given = rows(count=1000)
    given[4] = row(5, node_code="410102109999")
    given[9] = row(10, opened_day="2026-02-30")
    given[19] = row(20, billed="12.5")
    given[29] = row(30, state="asleep")
    given[39] = row(39)
    given[79] = row(80, activated_day="2026-10-01")
    given[89] = row(90, activated_day="2026-11-02")
    given[49] = row(50, opened_day="2026-11-01", activated_day=None)
    given[59] = row(60, calls=-1)
    given[69] = row(70, node_code="")

    manifest = extracts.receive(CTX, lake, drop(given))

    assert manifest.rows == 990
    aside = (lake.root / manifest.details["quarantine"]).read_text("utf-8").splitlines()
    assert aside == [
        "row,problem,column,value,wanted",
        "5,outlet_unknown,node_code,410102109999,",
        "10,no_date,opened_day,2026-02-30,",
        "20,no_number,billed,12.5,",
        '30,no_choice,state,asleep,"active, suspended, closed"',
        "40,twice,subscriber,39,39",
        "50,opened_later,opened_day,2026-11-01,",
        "60,below,calls,-1,0",
        "70,missing,node_code,,",
        "80,activated_early,activated_day,2026-10-01,2026-10-05",
        "90,activated_later,activated_day,2026-11-02,",
    ]
    found = list(rows_aside(lake.root, manifest))
    assert found[2] == BrokenRow(20, RowProblem.NO_NUMBER, "billed", "12.5")
    assert len(found) == 10


def test_a_torn_row_is_put_aside(lake: Lake, drop: Callable[..., Path]) -> None:
    path = drop(rows())
    file = path.with_name("a.csv")
    lines = file.read_text("utf-8").splitlines()
    lines[3] = "4711,half a row"
    content = ("\n".join(lines) + "\n").encode()
    totals = json.loads(path.read_text())["totals"]

    manifest = extracts.receive(CTX, lake, drop(content, rows=ROWS, totals=totals))

    assert manifest.rows == ROWS - 1
    aside = (lake.root / manifest.details["quarantine"]).read_text("utf-8").splitlines()
    assert aside[1:] == ["3,torn,,2,11"]


def other(**more: Any) -> Callable[[Callable[..., Path]], Path]:
    return lambda drop: drop(rows(), **more)


def five_of_a_hundred_broken(drop: Callable[..., Path]) -> Path:
    broken = [row(number, opened_day="soon") for number in range(1, 1 + ROWS // 20)]
    return drop(rows(*broken))


def wrong_encoding(drop: Callable[..., Path]) -> Path:
    content = drop(rows()).with_name("a.csv").read_bytes()
    lines = content.split(b"\r\n")
    lines[7] = lines[7].replace(b"active", "激活".encode("gbk"))
    return drop(b"\r\n".join(lines), rows=ROWS, totals=dict.fromkeys(SUBSCRIBER_EXTRACT.totals, 0))


def unknown_column(drop: Callable[..., Path]) -> Path:
    return drop([{**one, "msisdn": "13800000000"} for one in rows()])


def no_parquet(drop: Callable[..., Path]) -> Path:
    none = dict.fromkeys(SUBSCRIBER_EXTRACT.totals, 0)
    return drop(b"PAR2", parquet=True, rows=1, totals=none)


def a_wrong_sum(drop: Callable[..., Path]) -> Path:
    path = drop(rows())
    control = json.loads(path.read_text("utf-8"))
    control["totals"]["collected"] += 1
    path.write_text(json.dumps(control), "utf-8")
    return path


def no_json(drop: Callable[..., Path]) -> Path:
    path = drop(rows())
    path.write_text("{", "utf-8")
    return path


@pytest.mark.parametrize(
    ("make", "refused"),
    [
        (a_wrong_sum, TotalWrong),
        (other(rows=ROWS + 1), RowsWrong),
        (other(sha256="0" * 64), ExtractAltered),
        (other(layout="weather"), LayoutUnknown),
        (other(file="b.csv"), ExtractMissing),
        (other(file="../a.csv"), ControlEntryWrong),
        (other(month="2026-13"), ControlEntryWrong),
        (other(more=1), ControlIncomplete),
        (other(totals={"calls": 0}), ControlIncomplete),
        (other(branch="4103"), OutletsNotExported),
        (no_json, ControlUnreadable),
        (wrong_encoding, EncodingWrong),
        (unknown_column, ColumnsWrong),
        (no_parquet, ExtractUnreadable),
        (five_of_a_hundred_broken, TooManyBroken),
    ],
)
def test_a_bad_extract_is_refused_whole(
    lake: Lake,
    drop: Callable[..., Path],
    make: Callable[[Callable[..., Path]], Path],
    refused: type[Refusal],
) -> None:
    path = make(drop)

    with pytest.raises(refused):
        extracts.receive(CTX, lake, path)

    assert lake.manifests(SUBSCRIBERS) == ()
    assert not (lake.root / "quarantine").exists()


def test_the_drop_folder_is_emptied_and_a_second_delivery_refused(
    lake: Lake, drop: Callable[..., Path]
) -> None:
    folder = drop(rows(), "first").parent
    drop(rows(), "second")

    done, twice = extracts.take(CTX, lake, folder)

    assert done.manifest is not None and done.manifest.rows == ROWS
    assert isinstance(twice.refusal, ExtractTwice)
    assert sorted(one.name.partition("-")[2] for one in (folder / "done").iterdir()) == [
        "first.control.json",
        "first.csv",
    ]
    assert sorted(one.name.partition("-")[2] for one in (folder / "refused").iterdir()) == [
        "second.control.json",
        "second.csv",
        "second.refusal.json",
    ]
    assert list(folder.glob("*.csv")) == []


def test_the_same_file_is_taken_again_when_an_outlet_was_entered_late(
    lake: Lake, drop: Callable[..., Path]
) -> None:
    given = rows(row(1, node_code="410102100009"), row(2, node_code="410102109999"))
    control = drop([*given, *(row(number) for number in range(ROWS + 1, 301))])
    assert extracts.receive(CTX, lake, control).details["quarantined"] == "2"
    with pytest.raises(ExtractTwice):
        extracts.receive(CTX, lake, control)

    enter_outlets(lake, 7, 8, 9)
    again = extracts.receive(CTX, lake, control)

    assert (again.number, again.rows, again.details["quarantined"]) == (2, 299, "1")
    assert held(lake)[0]["outlet"] == 9
    with pytest.raises(ExtractTwice):
        extracts.receive(CTX, lake, control)


def test_the_same_file_never_takes_the_place_of_a_corrected_one(
    lake: Lake, drop: Callable[..., Path]
) -> None:
    given = rows(row(1, node_code="410102100009"), count=200)
    first = drop(given, "first")
    extracts.receive(CTX, lake, first)
    extracts.receive(CTX, lake, drop(rows(row(1, collected=1), count=200), "second"))
    enter_outlets(lake, 7, 8, 9)

    with pytest.raises(ExtractTwice):
        extracts.receive(CTX, lake, first)

    assert held(lake)[0]["collected"] == 1


def test_verdicts_are_dropped_the_same_way(lake: Lake, drop: Callable[..., Path]) -> None:
    def verdict(number: int, **changes: Any) -> Row:
        values = {
            "verdict": number,
            "kind": "suspected_lines",
            "node_code": "410102100008",
            "order": None,
            "subscriber": None,
            "from_day": "2026-10-01",
            "until_day": "2026-11-01",
            "share_ppm": 120_000,
            "lines": 30,
        }
        return {**values, **changes}

    given = [verdict(1, order="the-order", kind="forged_document"), verdict(2, subscriber=5)]
    more = [verdict(number) for number in range(3, 201)]
    more[0]["share_ppm"], more[1]["until_day"] = 1_000_001, "2026-10-01"
    path = drop([*given, *more], layout="verdicts", totals={"lines": 30 * 200})

    manifest = extracts.receive(CTX, lake, path)

    found = lake.engine.arrow(lake.read("verdicts").order_by("verdict")).to_pylist()
    (sale,) = lake.engine.arrow(lake.read(SALES)).to_pylist()
    assert [(row["fact"], row["subscriber"], row["outlet"]) for row in found[:2]] == [
        (sale["fact"], None, 8),
        (None, 5, 8),
    ]
    aside = (lake.root / manifest.details["quarantine"]).read_text("utf-8").splitlines()
    assert aside[1:] == [
        "3,above,share_ppm,1000001,1000000",
        "4,ends_early,until_day,2026-10-01,2026-10-01",
    ]


def test_the_row_of_a_wrong_octet_is_named(lake: Lake, drop: Callable[..., Path]) -> None:
    with pytest.raises(EncodingWrong) as refused:
        extracts.receive(CTX, lake, wrong_encoding(drop))
    assert refused.value.row == 7


def test_what_was_refused_is_noted_with_all_that_it_says(
    lake: Lake, drop: Callable[..., Path]
) -> None:
    folder = five_of_a_hundred_broken(drop).parent
    drop(rows(), "b", more=1)
    drop(rows(), "c").write_text("{", "utf-8")

    taken = {one.control: one.refusal for one in extracts.take(CTX, lake, folder)}

    found = {one.control: one for one in noted(folder)}
    assert [(one.control, one.month, one.branch) for one in noted(folder)] == [
        ("c.control.json", "", ""),
        ("b.control.json", "2026-10", "4101"),
        ("a.control.json", "2026-10", "4101"),
    ]
    for control, refusal in taken.items():
        again = found[control].refusal
        assert type(again) is type(refusal) and vars(again) == vars(refusal)
    refused = taken["a.control.json"]
    assert isinstance(refused, TooManyBroken) and refused.broken == ROWS // 20
    soon = [BrokenRow(number, RowProblem.NO_DATE, "opened_day", "soon") for number in range(1, 4)]
    assert list(refused.examples) == soon


def test_a_note_of_what_is_refused_no_more_is_still_read(drop: Callable[..., Path]) -> None:
    control = drop(rows())
    note(control, ExtractMissing("a.csv"), AT)
    (file,) = (control.parent / "refused").glob("*.refusal.json")
    file.write_text(file.read_text("utf-8").replace("extract_missing", "moon_full"), "utf-8")
    (one,) = noted(control.parent)
    assert (one.at, one.code, one.refusal) == (AT, "lake.moon_full", None)
