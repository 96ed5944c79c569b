"""The lake's files, and the bands of tax: who sees them, what they show, what is asked twice."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse

from qudao.domain.commission.models import TaxTerms
from qudao.domain.commission.queries.taxes import bands_of
from qudao.domain.commission.rules.taxes import SHIPPED
from qudao.domain.commission.types.settlements import Payee, TaxBand
from qudao.kernel.refusals import Refusal
from qudao.platform.commands.models import ParkedCommand
from qudao.platform.commands.operations import approve
from qudao.platform.lake.extracts.refused import note
from qudao.platform.lake.extracts.types import (
    BrokenRow,
    ColumnsWrong,
    ExtractTwice,
    RowProblem,
    TooManyBroken,
    TotalWrong,
)
from qudao.platform.lake.files import MANIFEST, folder_of
from qudao.platform.lake.manifests import Manifest, Part, to_json
from tests.fronts.backoffice.conftest import Enter, do, now, text
from tests.province import Province

pytestmark = pytest.mark.django_db

OCTOBER = date(2026, 10, 1)
PUT_ASIDE = (
    "In row 17 the column “node_code” names the outlet “410102109999”, which there was not in that "
    "month. Compare the node code with the outlet's page, and have it corrected; or, if the outlet "
    "was entered late, have its month exported and drop the same file again.",
    "Row 41 has 2 columns instead of 11. Look for a comma or a line break inside a value, and have "
    "the row delivered again.",
)


@pytest.fixture
def lake(settings: Any, tmp_path: Path) -> Path:
    """Two versions of one file, the second with rows put aside, and a file of another branch."""
    settings.LAKE_FOLDER = str(tmp_path)
    settings.LAKE_DROP = str(tmp_path / "drop")
    (tmp_path / "quarantine").mkdir()
    with (tmp_path / "quarantine/rows.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["row", "problem", "column", "value", "wanted"])
        writer.writerow([17, "outlet_unknown", "node_code", "410102109999", ""])
        writer.writerow([41, "torn", "", 2, 11])
    aside = {"quarantined": "2", "quarantine": "quarantine/rows.csv"}
    for branch, number, details in (("4101", 1, {}), ("4101", 2, aside), ("4103", 1, {})):
        part = Part(f"p{branch}{number}", 41_000 + number, {}, 9, "ab" * 32)
        made = Manifest(
            dataset="subscribers",
            month=OCTOBER,
            branch=branch,
            number=number,
            parts=(part,),
            rows=part.rows,
            totals={"billed": 123_456_700 + number},
            source=f"subscribers-2026-10-{branch}.csv",
            made_at=datetime(2026, 11, 1, tzinfo=UTC),
            supersedes=number - 1 or None,
            details=details,
        )
        folder = folder_of(tmp_path, made.version)
        folder.mkdir(parents=True)
        (folder / MANIFEST).write_bytes(to_json(made))
    return tmp_path


def test_what_there_is_of_a_month_and_what_was_put_aside(enter: Enter, lake: Path) -> None:
    finance = enter("finance")
    shown = text(finance.get(reverse("admin:lake_files")))
    for word in ("subscribers", "v2", "41,002", "123,456,702", "subscribers-2026-10-4103.csv"):
        assert word in shown
    assert "123,456,701" in shown, "of the other branch" and "2 rows of extracts" in shown
    address = reverse("admin:lake_file", args=["subscribers", "2026-10", "4101"])
    assert (
        address in finance.get(reverse("admin:lake_files"), {"month": "2026-10"}).content.decode()
    )
    one = text(finance.get(address))
    for word in ("v1", "v2", "41,001", "41,002", "abababab", *PUT_ASIDE):
        assert word in one
    assert "outlet_unknown" not in one and "torn" not in one
    assert "Nothing of this month" in text(
        finance.get(reverse("admin:lake_files"), {"month": "2026-09"})
    )
    assert "数据湖" in text(enter("auditor", "zh-hans").get(reverse("admin:lake_files")))


def test_rows_that_were_put_aside_go_into_a_file_in_words(enter: Enter, lake: Path) -> None:
    def address(number: int, kind: str = "csv") -> str:
        return reverse(
            "admin:lake_put_aside", args=["subscribers", "2026-10", "4101", number, kind]
        )

    finance = enter("finance")
    content = finance.get(address(2)).content.decode("utf-8-sig")
    first, *rows = csv.reader(content.splitlines())
    assert first == ["Row", "Column", "Value", "What is wrong, and what to do"]
    assert rows == [
        ["17", "node_code", "410102109999", PUT_ASIDE[0]],
        ["41", "", "2", PUT_ASIDE[1]],
    ]
    assert len(finance.get(address(1)).content.splitlines()) == 1, "none of the first version"
    assert finance.get(address(2, "xlsx")).content[:2] == b"PK"
    assert finance.get(address(3)).status_code == finance.get(address(2, "pdf")).status_code == 404
    chinese = enter("auditor", "zh-hans").get(address(2)).content.decode()
    assert "第 41 行有 2 列，应为 11 列。" in chinese


def test_rows_from_before_there_were_codes_are_still_shown(enter: Enter, lake: Path) -> None:
    with (lake / "quarantine/rows.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["row", "reason"], [5, "unknown outlet"]])
    address = reverse("admin:lake_file", args=["subscribers", "2026-10", "4101"])
    assert "earlier release, which noted: “unknown outlet”" in text(enter("finance").get(address))


def test_what_was_refused_is_told_in_words(enter: Enter, lake: Path) -> None:
    empty = text(enter("finance").get(reverse("admin:lake_files")))
    assert "No extract was refused" in empty
    drop = lake / "drop"
    drop.mkdir()
    soon = BrokenRow(3, RowProblem.NO_DATE, "opened_day", "soon")
    given: dict[str, tuple[Refusal, str]] = {
        "a": (TotalWrong("a.csv", "collected", 1_000, 999), "sums up to 1,000, but it is 999"),
        "b": (ExtractTwice("b.csv", "subscribers 2026-10 4101 v2"), "was loaded before"),
        "c": (TooManyBroken("c.csv", 5, 200, (soon,)), "In row 3 the column “opened_day” says"),
        "d": (ColumnsWrong("d.csv", ("state",), None, ("state",)), "Not agreed on: none."),
    }
    for name, (refusal, _told) in given.items():
        control = drop / f"{name}.control.json"
        control.write_text('{"month": "2026-12", "branch": "4101"}' if name != "b" else "{")
        note(control, refusal, datetime(2026, 11, 2, tzinfo=UTC))
    shown = text(enter("finance").get(reverse("admin:lake_files")))
    for name, (_refusal, told) in given.items():
        assert f"{name}.control.json" in shown and told in shown
    chinese = text(enter("auditor", "zh-hans").get(reverse("admin:lake_files")))
    assert "“collected”列合计为 1,000，文件实际为 999" in chinese
    assert "第 3 行的“opened_day”列为“soon”，不是有效日期" in chinese


@pytest.mark.parametrize(
    "wanted",
    [
        ("subscribers", "2026-09", "4101"),
        ("subscribers", "nonsense", "4101"),
        ("quarantine", "2026-10", "4101"),
        ("subscribers", "2026-10", "9999"),
    ],
)
def test_a_file_that_there_is_not_is_not_found(
    enter: Enter, lake: Path, wanted: tuple[str, ...]
) -> None:
    assert enter("finance").get(reverse("admin:lake_file", args=wanted)).status_code == 404


def test_whoever_does_not_answer_for_the_lake_does_not_see_it(enter: Enter, lake: Path) -> None:
    for name in ("supervisor", "manager", "owner"):
        assert enter(name).get(reverse("admin:lake_files")).status_code in (302, 403)


def test_bands_of_tax_need_two_people(enter: Enter, province: Province) -> None:
    finance = enter("finance")
    form = finance.get(reverse("admin:commission_taxterms_do", args=["set"])).content.decode()
    assert "62500; 0; 80; 30; 2000\n; 0; 80; 40; 7000" in form, "begins with what holds"
    wanted = {"payee": "individual", "month": "2030-05-17", "bands": "1000;0;100;0;0\n;0;80;20.5;0"}
    answer = do(finance, "commission_taxterms", "set", **wanted)
    assert answer.status_code == 200 and "second person" in text(answer)
    assert not TaxTerms.objects.exists()
    parked = ParkedCommand.objects.get()
    another = province.context(
        "finance",
        province.organizations["41"],
        at=now(),
        actor=province.people["auditor"].user,
    )
    approve(another, parked=parked.id)
    found = (TaxBand(1_000_00, 0, 1_000_000, 0, 0), TaxBand(None, 0, 800_000, 205_000, 0))
    assert bands_of(Payee.INDIVIDUAL, date(2030, 5, 1)) == found
    assert bands_of(Payee.INDIVIDUAL, date(2030, 4, 1)) == SHIPPED[Payee.INDIVIDUAL]
    row = TaxTerms.objects.get()
    shown = text(finance.get(reverse("admin:commission_taxterms_change", args=[row.pk])))
    assert "20.5 %" in shown and "2030-05" in shown


@pytest.mark.parametrize(
    ("bands", "told"),
    [
        ("1000;0;100;0", "Line 1 is no band"),
        (";0;100;0;0\n1000;0;x;0;0", "Line 2 is no band"),
        (";0;100;0;0\n" * 21, "No more than 20 bands"),
        ("1000;0;100;0;0", ""),
        ("1000;0;101;0;0\n;0;80;20;0", ""),
    ],
)
def test_bands_that_are_none_are_refused(
    enter: Enter, province: Province, bands: str, told: str
) -> None:
    wanted = {"payee": "individual", "month": "2030-05-17", "bands": bands}
    answer = do(enter("finance"), "commission_taxterms", "set", **wanted)
    assert answer.status_code == 422 and told in text(answer)
    assert not ParkedCommand.objects.exists()
