"""Every worked example, on DuckDB; a chosen few on Spark, too."""

from pathlib import Path
from typing import Any

import pytest

from qudao.domain.commission.computing import compute_sample
from qudao.domain.commission.schemes import schemes
from qudao.platform.lake.engine import Engine
from tests.lakes import SPARK
from tests.scenarios.commission.examples import read

FILES = sorted(Path(__file__).parent.glob("*.md"))


def check(engine: Engine, file: Path) -> None:
    example = read(file)
    for rule in example.rules:
        assert rule.terms.problems() == (), rule.code
    found = compute_sample(engine, example.sample, example.month, example.rules)

    def shown(line: dict[str, Any], names: set[str]) -> list[tuple[str, Any]]:
        return sorted((name, line[name]) for name in names)

    names = set().union(*example.expected) if example.expected else {"rule", "fact", "amount"}
    usual = {"origin": 0, "clerk": 0, "slice": 0, "base": 0}
    usual |= {"rate_ppm": 1_000_000, "coefficient_ppm": 1_000_000, "fact": 0}
    expected = [usual | line for line in example.expected]
    assert sorted(shown(line, names) for line in found) == sorted(
        shown(line, names) for line in expected
    )


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_example_computes_to_what_was_worked_out_by_hand(
    duckdb_engine: Engine, file: Path
) -> None:
    check(duckdb_engine, file)


@SPARK
@pytest.mark.parametrize("name", ["schedule-2011", "cap-and-guarantee"])
def test_spark_computes_the_same(spark_engine: Engine, name: str) -> None:
    check(spark_engine, Path(__file__).parent / f"{name}.md")


def test_every_scheme_has_an_example() -> None:
    shown = {rule.scheme for file in FILES for rule in read(file).rules}
    assert shown == set(schemes)
