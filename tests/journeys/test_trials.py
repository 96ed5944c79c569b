"""Trials of policies, answered from a small lake."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import ibis
import pyarrow as pa
import pytest

from qudao.domain.commission import operations as commission
from qudao.domain.commission import queries
from qudao.domain.commission.queries import what_if
from qudao.domain.commission.types import PolicyDraft, Rule, RuleDraft, Selector
from qudao.journeys import trials
from qudao.kernel.money import Money
from qudao.platform.lake import open as lakes
from qudao.platform.lake.dataset import datasets
from qudao.platform.lake.store import open_lake
from tests.domain.commission.policies import Offices, draft, fee
from tests.journeys.test_settling import job
from tests.province import NOON, Province

pytestmark = pytest.mark.django_db

OCTOBER = date(2026, 10, 1)
NOVEMBER = date(2026, 11, 1)
ZHENGZHOU, LUOYANG = "4101", "4103"

OUTLETS = {1: ("agency_point", 5), 2: ("agency_point", 3), 3: ("sales_hall", 0)}
"""Number → kind, star; all in Zhengzhou. Outlet 9 is in Luoyang."""


def write(root: Path, name: str, month: date, branch: str, rows: list[dict[str, Any]]) -> None:
    """Write rows as the newest version of a file; what they leave out is 0 or empty."""
    types = {k: v for k, v in datasets[name].types.items() if k not in ("month", "branch")}
    if datasets[name].numbered:
        types.pop("fact")
    empty = {"string": "", "date": month, "boolean": False}
    full = [{**{k: empty.get(v, 0) for k, v in types.items()}, **row} for row in rows]
    table = pa.table(
        {k: [row[k] for row in full] for k in types}, schema=ibis.schema(types).to_pyarrow()
    )
    lake = open_lake(root)
    lake.write(ibis.memtable(table), name, month=month, branch=branch, at=NOON, source="test")
    lake.engine.close()


@pytest.fixture
def root(tmp_path: Path, settings: Any) -> Path:
    """October: outlets 1 and 2 top up 1,000 and 500 yuan, the own hall 200, Luoyang's 300."""
    settings.LAKE_FOLDER = str(tmp_path / "lake")
    folder = tmp_path / "lake"
    outlet = {"from_day": OCTOBER, "until_day": NOVEMBER, "tier": 1, "state": "active"}
    write(
        folder,
        "outlets",
        OCTOBER,
        ZHENGZHOU,
        [
            {
                **outlet,
                "outlet": number,
                "node_code": f"41010000000{number}",
                "kind": kind,
                "ownership": "own" if kind == "sales_hall" else "social",
                "market": "city",
                "star": star,
            }
            for number, (kind, star) in OUTLETS.items()
        ],
    )
    there = {**outlet, "outlet": 9, "node_code": "410300000009", "kind": "agency_point"}
    write(folder, "outlets", OCTOBER, LUOYANG, [{**there, "ownership": "social"}])
    sales = {1: 1000_00, 2: 500_00, 3: 200_00}
    write(
        folder,
        "sales",
        OCTOBER,
        ZHENGZHOU,
        [
            {
                "outlet": number,
                "day": OCTOBER + timedelta(days=number),
                "business": "top_up",
                "amount": amount,
                "order": f"o{number}",
            }
            for number, amount in sales.items()
        ],
    )
    far = {"outlet": 9, "day": OCTOBER, "business": "top_up", "amount": 300_00, "order": "o9"}
    write(folder, "sales", OCTOBER, LUOYANG, [far])
    return folder


def test_a_draft_beside_what_holds_now(province: Province, root: Path) -> None:
    offices = Offices(province)
    offices.effective(draft(fee(rate_ppm=8_000)))
    policy = queries.policy_by_code(offices.supervisor(), "4101-2026-001")
    commission.change_policy(
        offices.supervisor(),
        policy=policy,
        draft=draft(fee(rate_ppm=10_000), selector=Selector(ownership=("social",))),
        edition=0,
    )
    asked = trials.ask_what_if(offices.supervisor(), policy=policy, months=(OCTOBER,))
    trials.run(asked)
    record = queries.trial(offices.supervisor(), asked)
    assert (record.state, record.fault) == ("done", "")
    assert (record.done, record.total) == (2, 2), "each branch is read once"
    found = record.result
    assert found is not None
    # now 0.8 % of 1,000 + 500 + 200; with the draft 1 % of 1,000 + 500: Luoyang has no part in it
    of_october = {"month": "2026-10-01", "current": 13_60, "draft": 15_00, "own": 15_00}
    assert found["months"] == [of_october]
    assert found["branches"] == [{"key": "4101", "outlets": 3, "current": 13_60, "draft": 15_00}]
    assert [(one["key"], one["current"], one["draft"]) for one in found["kinds"]] == [
        ("agency_point", 12_00, 15_00),
        ("sales_hall", 1_60, 0),
    ]
    assert [(one["key"], one["draft"]) for one in found["stars"]] == [
        *(("0", 0), ("3", 5_00), ("5", 10_00)),
    ]
    assert (found["winners"], found["losers"], found["won"], found["lost"]) == (2, 1, 3_00, 1_60)
    assert [row[0] for row in found["most_won"]] == [1, 2]
    assert [row[0] for row in found["most_lost"]] == [3]
    assert queries.trial_outlets(offices.supervisor(), asked)[0] == [
        *(1, "410100000001", "4101", "agency_point", 5, 8_00, 10_00),
    ]
    trials.run(asked)
    assert queries.trial(offices.supervisor(), asked) == record, "answered once"
    beside = offices.drafted(draft(fee("extra", rate_ppm=1_000)))
    asked = trials.ask_what_if(offices.supervisor(), policy=beside, months=(OCTOBER,))
    trials.run(asked)
    record = queries.trial(offices.supervisor(), asked)
    assert record.result is not None
    of_october |= {"draft": 15_30, "own": 1_70}
    assert record.result["months"] == [of_october], "another policy's pay is not of its budget"


def test_rules_upon_rules_stand_upon_those_of_their_side(root: Path) -> None:
    pool = {"of": ["topup"], "now_ppm": 600_000, "later": [{"months": 1, "share_ppm": 400_000}]}
    parts = replace(fee("parts"), scheme="pool", terms=pool)
    cap = replace(fee("cap"), scheme="cap", terms={"of": ["topup"], "most": 9_00})
    others = draft(cap, fee("bills", business="bill_payment"))
    held = rules(others, 11)
    now, new = (rules(draft(fee(rate_ppm=r), parts), n) for r, n in ((8_000, 21), (10_000, 31)))
    september = {"rule": 21, "outlet": 1, "fact": 7, "origin": 7, "amount": 4_00}
    write(root, "lines", date(2026, 9, 1), ZHENGZHOU, [september])
    both = what_if.in_one_go([*now, *held], [*held, *new], {21: "topup", 22: "parts"})
    assert len(both.rules) == 7, "bills alone is the same for both"
    with lakes.lake() as lake:
        found, rows = what_if.what_if(lake, [OCTOBER], both)
    sums = {one["key"]: (one["current"], one["draft"]) for one in found["rules"]}
    # 0.8 % and 1 % of 1,000, 500, 200 and Luoyang's 300
    assert sums["topup"] == (16_00, 20_00)
    # above 9 it is capped: of outlet 1's 10 one is taken off again
    assert sums["cap"] == (0, -1_00)
    # 40 % is paid a month later; of September's 4 that are 1.60, which both sides owe
    assert sums["parts"] == (1_60 - 6_40, 1_60 - 8_00)
    assert rows[0][5:] == [8_00 - 3_20 + 1_60, 10_00 - 1_00 - 4_00 + 1_60]


def rules(what: PolicyDraft, number: int) -> tuple[Rule, ...]:
    return queries.rules_drafted(what.plans, (), date.min, None, number)


def test_months_that_lack_something_end_a_what_if_and_are_named(
    province: Province, root: Path
) -> None:
    offices, activation = Offices(province), replace(fee("act"), scheme="activation")
    policy = offices.drafted(draft(replace(activation, terms={"fee": 20_00, "gate": None})))
    months = (date(2026, 1, 1), OCTOBER)
    asked = trials.ask_what_if(offices.supervisor(), policy=policy, months=months)
    trials.run(asked)
    record = queries.trial(offices.supervisor(), asked)
    assert (record.state, record.fault) == ("failed", "lacking")
    lacking = {"2026-01-01": ["outlets", "subscribers"], "2026-10-01": ["subscribers"]}
    assert record.result == {"lacking": lacking}


def test_a_trial_that_no_attempt_answers_says_so(
    province: Province, root: Path, settings: Any
) -> None:
    offices = Offices(province)
    asked = trials.ask_what_if(offices.supervisor(), policy=offices.drafted(), months=(OCTOBER,))
    settings.LAKE_ENGINE = "duckdb://?memory=plenty"
    for attempts, state in ((1, "queued"), (2, "failed")):
        with pytest.raises(duckdb.Error):
            trials.run_job.func(job(asked, attempts), str(asked))
        assert queries.trial(offices.supervisor(), asked).state == state


def test_the_red_team_names_the_outlets_that_behave_so(province: Province, root: Path) -> None:
    def line(outlet: int, number: int, age: int, **more: int) -> dict[str, Any]:
        opened = date(2026, 10 - age, 5)
        days = {"opened_day": opened, "activated_day": opened, "state": "active"}
        return {"subscriber": outlet * 100 + number, "outlet": outlet, "age": age, **days, **more}

    farm = [line(1, n, 2) for n in range(8)]
    honest = [line(2, n, 2, calls=40, collected=38_00) for n in range(8)]
    write(root, "subscribers", OCTOBER, ZHENGZHOU, farm + honest)
    offices = Offices(province)
    fees = {"fees": [{"business": "account_opening", "fee": 20_00}]}
    rule = RuleDraft("opened", "transaction", fees, "开户", "Opened")
    asked = trials.ask_red_team(
        offices.supervisor(),
        policy=offices.drafted(draft(rule)),
        months=(date(2026, 9, 1), OCTOBER),
        card=Money(5_00),
        use=Money(2_00),
        floor=Money(0),
        resale_ppm=0,
    )
    trials.run(asked)
    found = queries.trial(offices.supervisor(), asked).result
    assert found is not None
    assert found["looked_at"] == ["2026-10-01"]
    assert found["lacking"] == {"2026-09-01": ["outlets", "subscribers"]}
    (plan,) = found["plans"]
    assert plan["best"]["gain"] == 15_00, "a card for 5, and nothing else"
    assert [one["kind"] for one in plan["gates"]] == ["window"]
    (suspect,) = found["alike"]
    assert (suspect["outlet"], suspect["alike"], suspect["all"]) == (1, 8, 8)
    assert suspect["node_code"] == "410100000001"


def test_a_worker_knows_the_job() -> None:
    """As a fresh process starts, in which nothing but the apps was loaded."""
    code = (
        "import django; django.setup(); from procrastinate.contrib.django import app; "
        "app.perform_import_paths(); print(sorted(app.tasks))"
    )
    started = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert "'trials.run'" in started.stdout.decode()
