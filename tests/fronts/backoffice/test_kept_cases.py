"""The test cases that are kept of a policy: what is expected, what comes out now, as a sheet."""

from __future__ import annotations

import csv
from dataclasses import replace
from typing import Any

import pytest
from django.urls import reverse

from qudao.domain.commission import rules
from qudao.domain.commission.models import PolicyCase
from qudao.domain.commission.types import Case, CaseFact, CaseRow, PolicyId
from qudao.kernel.money import Money
from tests.domain.commission.policies import FIRST, Offices, case
from tests.fronts.backoffice.conftest import Enter, page, text
from tests.province import Province

pytestmark = pytest.mark.django_db


def kept(policy: PolicyId) -> str:
    return reverse("admin:policy_cases", args=[policy])


def sheet(policy: PolicyId, number: int = 1, kind: str = "csv") -> str:
    return reverse("admin:policy_cases_file", args=[policy, number, kind])


def stored(tried: Case) -> None:
    """As if this case had been kept in the place of the one that there is."""
    PolicyCase.objects.update(content=rules.stored(tried))


def lines(answer: Any) -> list[dict[str, str]]:
    return list(csv.DictReader(answer.content.decode("utf-8-sig").splitlines()))


def test_the_cases_of_a_policy_are_found_from_its_page(province: Province, enter: Enter) -> None:
    policy = Offices(province).effective()
    client = enter("supervisor")
    assert kept(policy) in page(client, "commission_policy", policy).content.decode()
    shown = text(client.get(kept(policy)))
    for told in ("one top-up", "Zhengzhou", "Amount ¥100.00", "Business Top-up", "¥0.80"):
        assert told in shown
    assert "Every case comes out as expected." in shown and "not as expected" not in shown
    assert "topup" in shown, "the lines that the rules make"
    (row,) = lines(client.get(sheet(policy)))
    assert row["Case"] == "one top-up" and row["Row"] == "1" and row["Fact"] == "Sale"
    assert (row["Expected"], row["Computed now"], row["Result"]) == ("0.80", "0.80", "as expected")
    assert client.get(sheet(policy, kind="xlsx")).content[:2] == b"PK"
    chinese = text(enter("supervisor", "zh-hans").get(kept(policy)))
    assert "所有用例的结果均与预期一致" in chinese and "业务 充值" in chinese


def test_what_comes_out_otherwise_by_now_is_seen(province: Province, enter: Enter) -> None:
    policy = Offices(province).effective()
    back = CaseRow(CaseFact.REVERSAL, FIRST, of=1, expected=Money(0))
    given = case(expected=81)
    stored(replace(given, rows=(*given.rows, back), for_outlet=Money(5_00)))
    client = enter("supervisor")
    shown = text(client.get(kept(policy)))
    assert "1 case does not come out as expected." in shown and "Sale in row no. 1" in shown
    # it is taken back in its own month, so nothing is earned
    first, second, outlet = lines(client.get(sheet(policy)))
    assert (first["Expected"], first["Computed now"]) == ("0.81", "0.00")
    assert first["Result"] == outlet["Result"] == "not as expected"
    assert second["Result"] == "as expected"
    assert (outlet["Fact"], outlet["Expected"]) == ("The outlet as such", "5.00")


def test_a_case_of_what_there_is_no_more_says_so(province: Province, enter: Enter) -> None:
    policy = Offices(province).effective()
    stored(replace(case(), kind="telegraph_office"))
    client = enter("supervisor")
    assert "there is no such kind of channel" in text(client.get(kept(policy)))
    (row,) = lines(client.get(sheet(policy)))
    assert row["Computed now"] == "" and "no such kind of channel" in row["Result"]


def test_a_policy_that_was_never_verified_has_none(province: Province, enter: Enter) -> None:
    policy = Offices(province).drafted()
    client = enter("supervisor")
    assert "No test cases are kept of this policy" in text(client.get(kept(policy)))
    assert client.get(sheet(policy)).status_code == 404
    assert client.get(kept(policy), {"version": "1"}).status_code == 404


def test_of_another_branch_they_are_not_found(province: Province, enter: Enter) -> None:
    policy = Offices(province).effective()
    there = enter("luoyang")
    assert there.get(kept(policy)).status_code == there.get(sheet(policy)).status_code == 404
    assert enter("supervisor").get(sheet(policy, kind="pdf")).status_code == 404
    assert enter("supervisor").get(sheet(policy, 2)).status_code == 404
    assert enter("keeper").get(kept(policy)).status_code == 403
