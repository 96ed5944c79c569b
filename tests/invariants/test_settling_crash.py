"""
Nothing is lost, doubled or half done, whatever step of settling a month is killed.

A real process exports the month to the lake, computes, checks and posts it by jobs, and makes the
files for the banks. In each of these steps it gets SIGKILL, several times; another goes on. At the
end lines, sums, statements, postings, wallets and files for the banks are compared, by outlet,
branch and rule, with what the sales have earned.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from defusedxml import ElementTree
from django.db import connection

from qudao.domain.commission.models.payouts import Payout
from qudao.domain.commission.models.settlements import Settlement, Statement, StatementSum
from qudao.domain.commission.operations import payouts
from qudao.domain.commission.queries import book, conservation
from qudao.domain.commission.types import Case, CaseFact, CaseRow
from qudao.domain.commission.types.settlements import Payee, Way
from qudao.domain.ordering.operations import sell
from qudao.domain.ordering.types import Sale
from qudao.domain.party import queries as organizations
from qudao.domain.party.types import OrganizationId
from qudao.domain.saleschannel import operations as saleschannel
from qudao.domain.saleschannel.types import Contract, Market, OutletDraft
from qudao.domain.wallet import operations as wallet
from qudao.domain.wallet import queries as wallets
from qudao.kernel.money import Money
from qudao.kernel.period import Period
from qudao.kernel.personal import Personal
from qudao.kernel.refusals import Refusal
from qudao.platform.commands.context import Context
from qudao.platform.lake.open import lake as opened
from tests.domain.commission.policies import Offices, draft, fee
from tests.invariants.settler import MONTH, STEPS
from tests.province import NOON, Province, assert_sound

SEED = 20081001
OUTLETS = 12
KILLS = dict(zip(STEPS, (1, 1, 2, 1, 2, 1), strict=True))
"""In the middle of each step."""
TRIES = 6
"""To hit a step that often before it has ended."""
LONGEST_S = dict(zip(STEPS, (0.15, 0.15, 0.01, 0.08, 0.08, 0.02), strict=True))
"""After the beginning of each step, so that it is met in its middle."""
BANK = "102491000021"

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.crash,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="forks what it kills"),
]


class Luoyang(Offices):
    """The same offices, of the other branch."""

    def _at(self, role: str, place: str) -> Context:
        return super()._at(role, "4103" if place == "4101" else place)

    @property
    def zhengzhou(self) -> OrganizationId:
        return self.province.organizations["4103"]


class Settler:
    """The process that is killed, and what it says."""

    def __init__(self, environment: Mapping[str, str], *arguments: object) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.invariants.settler", *map(str, arguments)],
            env=dict(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def go(self, what: str = "") -> int:
        """Have a process go on, to the end of a step; return its id."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{what}\n")
        self._process.stdin.flush()
        found = self.until("pid")
        return int(found[-1].split()[1])

    def until(self, *begins: str) -> list[str]:
        """What it says up to and with a line that begins so."""
        assert self._process.stdout is not None
        said: list[str] = []
        while not said or not said[-1].startswith(begins):
            line = self._process.stdout.readline()
            assert line, f"the settler has ended: {said}"
            said.append(line.strip())
        return said

    def end(self) -> None:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()


@pytest.fixture
def committed(committed_province: Province, settings: Any, tmp_path: Path) -> Province:
    settings.LAKE_FOLDER = str(tmp_path / "lake")
    settings.LAKE_ENGINE = "duckdb://?threads=1&memory=512MiB"
    return committed_province


@pytest.fixture
def settler(
    committed: Province, server_environment: dict[str, str], settings: Any
) -> Iterator[Settler]:
    people, places = committed.people, committed.organizations
    made = Settler(
        {
            **server_environment,
            "QUDAO_LAKE": settings.LAKE_FOLDER,
            "QUDAO_LAKE_ENGINE": settings.LAKE_ENGINE,
        },
        *(people["finance"].user, people["auditor"].user),
        *(places["41"], places["4101"], places["4103"]),
    )
    yield made
    made.end()


def sold(province: Province) -> dict[OrganizationId, list[int]]:
    """A policy in both branches, and sales of three days at a dozen outlets, half with a bank."""
    row = CaseRow(CaseFact.SALE, MONTH, "top_up", Money(100_00), expected=Money(2_00))
    for offices, branch in ((Offices, "4101"), (Luoyang, "4103")):
        case = Case("one top-up", MONTH, branch, "agency_point", (row,))
        terms = draft(fee(f"topup{branch}", rate_ppm=20_000), first=MONTH)
        offices(province, at=NOON - timedelta(days=15)).effective(terms, case)
    dice = random.Random(SEED)
    found: dict[OrganizationId, list[int]] = {}
    for number in range(OUTLETS):
        outlet = _outlet(province, number, "410102" if number % 3 else "410305")
        found[outlet] = [dice.randrange(10, 90) * 1_00 for _ in range(6)]
        province.pay_in(outlet, Money(5_000_00), at=NOON - timedelta(days=14))
        if number % 2:
            payouts.set_payout_terms(
                province.system(NOON),
                outlet=outlet,
                way=Way.BANK,
                payee=Payee.COMPANY,
                name=Personal(f"洛阳手机店{number}"),
                number=Personal(f"62220200000{number:05}"),
                bank_code=BANK,
            )
    for days in range(3):
        at = NOON - timedelta(days=days)
        wanted = [
            (
                province.context("outlet_clerk", outlet, at=at),
                Sale(outlet, "TOPUP", f"1380371{number:02}{place:02}", Money(fen)),
            )
            for number, (outlet, amounts) in enumerate(found.items())
            for place, fen in enumerate(amounts)
            if place % 3 == days
        ]
        done = sell(wanted)
        assert not [one for one in done if isinstance(one, Refusal)], done
        province.dispatch(at=at)
        province.complete([one.order for one in done if not isinstance(one, Refusal)], at=at)
    return found


def _outlet(province: Province, number: int, county: str) -> OrganizationId:
    early = NOON - timedelta(days=30)
    made = saleschannel.open_outlet(
        province.system(early),
        place=province.organizations[county],
        draft=OutletDraft(
            name_zh=f"网点{number}",
            name_en=f"Outlet {number}",
            kind="agency_point",
            market=Market.CITY,
            address="1 High Street",
            contract=Contract(f"CR-{number}", Period(NOON - timedelta(days=90))),
        ),
    )
    wallet.open(province.system(early), outlet=made)
    saleschannel.activate(province.system(early), outlet=made)
    province.paths[made] = organizations.ancestors(province.system(early), made)[-1].path
    return made


def test_kills_while_settling_lose_double_and_leave_nothing(
    committed: Province, settler: Settler, tmp_path: Path
) -> None:
    amounts = sold(committed)
    before = {outlet: _held(committed, outlet) for outlet in amounts}
    hits = _kill_in_each_step(settler)
    settler.go()
    assert settler.until("done", "gone")[-1] == "done"
    assert settler.until("gone")[-1] == "gone 0"
    print(f"\nkilled while {dict(hits)}")
    assert set(hits) == set(STEPS), "each step was killed before it had ended"

    _assert_it_adds_up(committed, amounts, before)
    _assert_the_lake_is_sound(tmp_path / "lake")
    settler.go("check")
    said = settler.until("gone")
    assert [line for line in said if line.startswith("checked")] == [
        "checked 0 everything balances",
        "checked 0 The lake ties to orders and ledger, and every file is whole.",
    ]
    assert said[-1] == "gone 0"


def _kill_in_each_step(settler: Settler) -> Counter[str]:
    """Kill it in the middle of each step; return how often it was in the middle."""
    dice, pause = random.Random(SEED), threading.Event()
    hits: Counter[str] = Counter()
    for step in STEPS:
        for _ in range(TRIES):
            pid = settler.go(step)
            if settler.until(f"begin {step}", "done", "gone")[-1] != f"begin {step}":
                assert hits[step], f"{step} was over before it was killed"
                break
            for _set in range(dice.randrange(2, 4) if step == "making" else 0):
                settler.until("between sets")
            pause.wait(dice.uniform(0, LONGEST_S[step]))
            with suppress(ProcessLookupError):  # it was quicker
                os.kill(pid, signal.SIGKILL)
            said = settler.until("gone")
            hits[step] += f"end {step}" not in said
            if hits[step] == KILLS[step]:
                break
    return hits


def _held(province: Province, outlet: OrganizationId) -> int:
    return int(wallets.wallet(province.system(), outlet=outlet).balance.minor)


def _assert_it_adds_up(
    province: Province, amounts: Mapping[OrganizationId, list[int]], before: Mapping[Any, int]
) -> None:
    row = Settlement.objects.unscoped("test").get()
    statements = {
        one.outlet_id: one
        for one in Statement.objects.unscoped("test").select_related("outlet", "branch")
    }
    expected = {outlet: sum(amounts[outlet]) // 50 for outlet in amounts}
    assert {outlet: one.earned for outlet, one in statements.items()} == expected
    assert {outlet: one.lines for outlet, one in statements.items()} == dict.fromkeys(amounts, 6)
    assert (row.state, row.running, row.problem) == ("posted", "", "")
    assert row.earned == sum(expected.values()) and row.lines == 6 * OUTLETS
    assert row.findings == []
    assert (row.making, row.edition) == (1, 1), "statements were gone on with, and not begun anew"
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM commission_statement")
        assert cursor.fetchone() == (OUTLETS,), "none is left of those that do not count"

    # the lines themselves, by branch and rule and outlet
    points = book.point_rules(row.versions)
    lines = {
        (one.outlet, one.branch, one.rule): (one.lines, one.amount)
        for one in book.sums(row.versions, points)
    }
    sums = StatementSum.objects.values_list(
        "statement__number", "branch", "rule", "lines", "amount"
    )
    assert {key[:3]: key[3:] for key in sums} == lines
    assert {branch for _, branch, _ in lines} == {"4101", "4103"}

    # the postings, by outlet and branch
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT p.cause, a.owner, p.kind, count(*), sum(p.amount) FROM ledger_posting p"
            " JOIN ledger_account a ON a.id = p.source_id WHERE p.kind LIKE 'commission%%'"
            " AND p.amount > 0 GROUP BY 1, 2, 3"
        )
        posted = {(cause, owner, kind): row for cause, owner, kind, *row in cursor.fetchall()}
    wanted = {}
    for one in statements.values():
        wanted[one.id, one.branch_id, "commission"] = [1, one.net]
        if one.way == Way.BANK:
            wanted[one.id, one.branch_id, "commission_payout"] = [1, one.net]
        if one.tax:
            wanted[one.id, one.branch_id, "commission_tax"] = [1, one.tax]
    assert posted == wanted

    # wallets and files for the banks
    for outlet, one in statements.items():
        paid = one.net if one.way == Way.WALLET else 0
        assert _held(province, outlet) == before[outlet] + paid
        assert one.state == ("paid" if one.way == Way.WALLET else "sent")
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for payout in Payout.objects.unscoped("test").select_related("branch"):
        for remark, fen in _payments(payout.content):
            assert remark not in found[payout.branch.code], "paid twice"
            found[payout.branch.code][remark] = fen
        assert payout.total == sum(found[payout.branch.code].values())
    banked: dict[str, dict[str, int]] = defaultdict(dict)
    for one in statements.values():
        if one.way == Way.BANK:
            banked[one.branch.code][one.outlet.code] = one.net
    assert found == banked
    assert conservation.unsound() == []
    assert_sound()


def _payments(content: str) -> Iterator[tuple[str, int]]:
    """Each payment's outlet and fen."""
    root = ElementTree.fromstring(content)
    space = {"p": root.tag[1:].partition("}")[0]}
    for one in root.iterfind(".//p:CdtTrfTxInf", space):
        yuan = one.findtext("p:Amt/p:InstdAmt", "", space)
        yield one.findtext("p:RmtInf/p:Ustrd", "", space).split()[-1], int(yuan.replace(".", ""))


def _assert_the_lake_is_sound(root: Path) -> None:
    with opened() as lake:
        assert lake.damaged() == []
        lake.sweep(datetime.now(UTC) + timedelta(days=1))
        for name, branches in (("sales", ["4101", "4103"]), ("outlets", ["4101", "4103"])):
            for manifest in lake.manifests(name, months=[MONTH]):
                assert manifest.branch in branches
        sales = lake.manifests("sales", months=[MONTH])
        assert sum(one.rows for one in sales) == 6 * OUTLETS
        facts = lake.engine.arrow(lake.read("sales").select("fact", "order")).to_pylist()
        assert len({one["fact"] for one in facts}) == len({one["order"] for one in facts})
        for version in root.glob("*/month=*/branch=*/*"):
            assert version.name.startswith("v") and (version / "manifest.json").is_file()
