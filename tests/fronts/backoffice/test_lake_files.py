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
from qudao.platform.commands.models import ParkedCommand
from qudao.platform.commands.operations import approve
from qudao.platform.lake.files import MANIFEST, folder_of
from qudao.platform.lake.manifests import Manifest, Part, to_json
from tests.fronts.backoffice.conftest import Enter, do, now, text
from tests.province import Province

pytestmark = pytest.mark.django_db

OCTOBER = date(2026, 10, 1)


@pytest.fixture
def lake(settings: Any, tmp_path: Path) -> Path:
    """Two versions of one file, the second with rows put aside, and a file of another branch."""
    settings.LAKE_FOLDER = str(tmp_path)
    (tmp_path / "quarantine").mkdir()
    with (tmp_path / "quarantine/rows.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["row", "reason"], [17, "outlet_unknown"], [41, "torn"]])
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
    for word in ("v1", "v2", "41,001", "41,002", "17", "outlet_unknown", "41", "torn", "abababab"):
        assert word in one
    assert "Nothing of this month" in text(
        finance.get(reverse("admin:lake_files"), {"month": "2026-09"})
    )
    assert "数据湖" in text(enter("auditor", "zh-hans").get(reverse("admin:lake_files")))


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
