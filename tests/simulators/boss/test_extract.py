"""A month of the BOSS's lines as files: the lake takes them, and refuses the wrong ones."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import ibis
import pyarrow as pa
import pytest

from qudao.domain.customer.facts import SUBSCRIBER_EXTRACT, SUBSCRIBERS
from qudao.domain.saleschannel.facts import OUTLETS
from qudao.journeys import extracts
from qudao.kernel.refusals import Refusal
from qudao.platform.identity.roles import system_context
from qudao.platform.lake.extracts.types import (
    ColumnsWrong,
    EncodingWrong,
    ExtractAltered,
    RowsWrong,
    TooManyBroken,
    TotalWrong,
)
from qudao.platform.lake.store import Lake
from simulators.boss.__main__ import main
from simulators.boss.extract import WRONG, Row
from simulators.boss.history import Past, load

MONTH = date(2026, 10, 1)
AT = datetime(2026, 11, 2, 4, 0, tzinfo=UTC)
OUTLET = "410102100007"


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three hundred customers from the seed, and one line that an outlet opened."""
    folder = tmp_path_factory.mktemp("boss")
    opening = Past(
        external_id="the-order",
        business="account_opening",
        msisdn="13800000001",
        amount=0,
        at=datetime(2026, 10, 5, 4, 0, tzinfo=UTC),
        outlet=OUTLET,
    )
    load(folder, [opening], customers=300, seed=1, today=date(2026, 11, 2))
    return folder


@pytest.fixture
def lake(duckdb_lake: Lake) -> Iterator[Lake]:
    text = {name: ["x"] for name in ("district", "kind", "ownership", "market", "state")}
    outlets = pa.table(
        {
            "outlet": pa.array([7], pa.int32()),
            "from_day": [MONTH],
            "until_day": [date(2026, 11, 1)],
            "node_code": [OUTLET],
            **text,
            **{name: pa.array([1], pa.int16()) for name in ("star", "tier")},
        }
    )
    duckdb_lake.write(
        ibis.memtable(outlets), OUTLETS, month=MONTH, branch="4101", at=AT, source="test"
    )
    yield duckdb_lake


def extract(books: Path, into: Path, *more: str) -> Path:
    assert main(["extract", "--data", str(books), "--into", str(into), "--month", "2026-10",
                 "--branch", "4101", *more]) == 0  # fmt: skip
    (control,) = into.glob("*.control.json")
    return control


def test_its_columns_are_those_that_were_agreed_on() -> None:
    assert list(Row.__dataclass_fields__) == [field.name for field in SUBSCRIBER_EXTRACT.fields]


@pytest.mark.parametrize("format", ["csv", "parquet"])
def test_the_lake_takes_it(books: Path, lake: Lake, tmp_path: Path, format: str) -> None:
    control = extract(books, tmp_path / "drop", "--format", format)

    manifest = extracts.receive(system_context(AT, "extract"), lake, control)

    said = json.loads(control.read_text("utf-8"))
    assert (manifest.rows, manifest.totals) == (said["rows"], said["totals"])
    assert manifest.rows > 20 and manifest.details["quarantined"] == "0"
    rows = lake.engine.arrow(lake.read(SUBSCRIBERS)).to_pylist()
    (opened,) = (row for row in rows if row["opened_day"] == date(2026, 10, 5))
    assert (opened["outlet"], opened["age"]) == (7, 0)


def test_the_same_month_gives_the_same_file(books: Path, tmp_path: Path) -> None:
    once, again = (extract(books, tmp_path / name).read_text("utf-8") for name in ("a", "b"))
    assert once == again


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_wrong_is_refused(books: Path, lake: Lake, tmp_path: Path, wrong: str) -> None:
    refusals: dict[str, type[Refusal]] = {
        "columns": ColumnsWrong,
        "digest": ExtractAltered,
        "encoding": EncodingWrong,
        "rows": RowsWrong,
        "share": TooManyBroken,
        "total": TotalWrong,
    }
    control = extract(books, tmp_path / "drop", "--wrong", wrong)
    with pytest.raises(refusals[wrong]):
        extracts.receive(system_context(AT, "extract"), lake, control)
    assert lake.manifests(SUBSCRIBERS) == ()
