"""The search finds the hole that was made by hand, and none where there is none."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from qudao.domain.commission.queries import red_team
from qudao.domain.commission.queries.red_team.closing import KINDS
from qudao.domain.commission.types import CaseFact, PolicyDraft, Prices, Rule, RuleDraft, Selector
from tests.domain.commission.policies import Offices, case, draft, fee
from tests.province import Province

pytestmark = pytest.mark.django_db

PRICES = Prices(card=5_00, use=2_00, resale_ppm=0)


def scheme(code: str, name: str = "", **terms: Any) -> RuleDraft:
    return replace(fee(name or code), scheme=code, terms=terms)


def found(
    what: PolicyDraft,
    prices: Prices = PRICES,
    others: tuple[Rule, ...] = (),
    kinds: tuple[str, ...] = (),
) -> dict[str, Any]:
    finding, _ploy = red_team.red_team(what, what.plans, prices, others=others, kinds=kinds)
    (plan,) = finding["plans"]
    return dict(plan)


def test_a_fee_without_a_gate_is_earned_by_buying_cards(province: Province) -> None:
    plan = found(draft(scheme("activation", fee=20_00, gate=None)), kinds=KINDS)
    best = plan["best"]
    # a card for 5 and one call for 2: without any use a line is never activated
    assert (best["lines"], best["spent"], best["used"]) == (1, (0,), (1,))
    assert (best["cost"], best["earned"], best["gain"]) == (7_00, 20_00, 13_00)
    assert plan["break_even_month"] == 0
    assert plan["break_even_card"] == 18_00, "at this price of a card nothing is gained"
    (closing,) = plan["closing"]
    assert (closing["rule"], closing["share_ppm"]) == ("activation", 350_000)
    (term,) = closing["terms"]
    assert (term["term"], term["now"], term["most"]) == ("fee", 20_00, 7_00)

    gates = {one["kind"]: one for one in plan["gates"]}
    assert all(one["closes"] for one in gates.values())
    # in use for months 1 to 8: 5 + 8 × 2 = 21 for 20; 7 months would be 19
    assert (gates["retention"]["value"], gates["retention"]["gain"]) == (8, -1_00)
    # 5 + 2 + 15 paid in = 22; 10 would be 17
    assert (gates["collected"]["value"], gates["collected"]["gain"]) == (15_00, -2_00)
    # 5 + 8 × 2 for eight times the use; six times would be 17
    assert (gates["use"]["value"], gates["use"]["gain"]) == (8, -1_00)
    # asleep for two months and in use for months 2 to 9, out of a window of 9: 5 + 8 × 2
    assert (gates["window"]["value"], gates["window"]["gain"]) == (9, -1_00)
    assert gates["retention"]["card"] == 4_00, "a card that is cheaper opens it again"
    shown = {one["term"]: one["new"] for one in gates["window"]["terms"]}
    assert shown["months"] == 9 and shown["of"] == ["activation"]


def test_a_fee_below_what_a_card_costs_is_safe(province: Province) -> None:
    plan = found(draft(scheme("activation", fee=7_00, gate={"calls": 1})))
    assert plan["best"] is None and plan["tried"] > 0
    assert plan["closing"] == [] and plan["gates"] == []
    gated = found(draft(scheme("activation", fee=20_00, gate={"collected": 18_00})))
    assert gated["best"] is None, "who pays 18 to get 20 has paid 7 besides"


def test_lines_are_kept_alive_to_the_gate_and_not_a_month_longer(province: Province) -> None:
    bands = [{"least": 0, "below": None, "fee": 12_00}]
    what = draft(scheme("instalments", ages=[3], active=[1, 2], gate={"calls": 1}, bands=bands))
    plan = found(what, kinds=("retention",))
    best = plan["best"]
    assert len(best["spent"]) == 4 and set(best["spent"]) == {0}
    assert best["used"][1:] == (1, 1, 1)
    assert plan["break_even_month"] == 3
    # 5 + 3 × 2 = 11 for 12: one month more, and nothing is gained any more
    assert (best["cost"], best["gain"]) == (11_00, 1_00)
    (retention,) = plan["gates"]
    longer = {one["term"]: (one["now"], one["new"]) for one in retention["terms"]}
    assert longer == {"ages": ([3], [4]), "active": ([1, 2], [1, 2, 3])}
    assert retention["closes"] and retention["card"] == 4_00


def test_what_two_policies_pay_for_one_card_adds_up(province: Province) -> None:
    offices = Offices(province)
    act = scheme("activation", "act", fee=6_00, gate={"calls": 1})
    line = replace(case().rows[0], what=CaseFact.LINE, business="", calls=1)
    tried = replace(case(star=4), rows=(replace(line, expected=replace(line.amount, minor=6_00)),))
    offices.effective(draft(act, selector=Selector(stars=(4,))), tried)
    new = draft(scheme("transaction", "open", fees=[{"business": "account_opening", "fee": 3_00}]))
    others = red_team.beside("4101-2026-002", new)
    assert [one.code for one in others] == ["act"]
    alone = found(draft(act))
    assert alone["best"] is None, "6 for 7 is safe"
    # 6 by the one, 3 by the other, for 7
    both = found(new, others=others, kinds=("window",))
    best = both["best"]
    assert (best["gain"], best["own"]) == (2_00, 3_00)
    assert best["rules"] == {"act": 6_00, "open": 3_00} and both["others"] == ["act"]
    (closing,) = both["closing"]
    assert (closing["rule"], closing["share_ppm"]) == ("open", 333_333), "only the draft's own"
    (window,) = both["gates"]
    assert (window["kind"], window["closes"]) == ("window", True)
    assert red_team.beside("4101-2026-001", new) == (), "an earlier version is replaced"
    apart = replace(new, plans=(replace(new.plans[0], selector=Selector(stars=(2,))),))
    assert found(apart, others=others)["best"] is None, "no outlet has both"


def test_a_claw_back_that_is_there_already_counts(province: Province) -> None:
    pay = scheme("activation", "act", fee=20_00, gate={"calls": 1})
    back = {"of": ["act"], "months": 9, "borne_ppm": 0}
    safe = found(draft(pay, scheme("clawback", more_than=0, **back)))
    assert safe["best"] is None
    lax = found(draft(pay, scheme("clawback", more_than=3, **back)))
    assert lax["best"]["gain"] == 13_00 * lax["best"]["lines"], "three lines are never looked at"


def test_money_that_comes_back_makes_a_fee_of_payments_gain(province: Province) -> None:
    what = draft(fee(rate_ppm=10_000))
    assert found(what, replace(PRICES, resale_ppm=980_000))["best"] is None
    plan = found(what, replace(PRICES, resale_ppm=995_000))
    gained = plan["best"]
    assert (gained["business"], gained["gain"]) == (
        "top_up",
        gained["times"] * gained["amount"] // 200,
    )
    assert plan["gates"] == [], "no gate of a line is about it"


def test_what_an_outlet_gets_for_nothing_is_no_gain(province: Province) -> None:
    rules = (fee(rate_ppm=1_000), scheme("subsidy", sum=500_00))
    assert found(draft(*rules))["best"] is None


def test_named_outlets_and_last_days_are_seen(province: Province) -> None:
    bands = [{"least": 0, "below": None, "fee": 30_00}]
    rule = scheme("instalments", ages=[1], gate=None, bands=bands)
    named = draft(rule, selector=Selector(outlets=(57,)))
    assert found(named)["best"]["gain"] == 25_00
    staged = replace(named, valid_until=date(2026, 12, 31))
    assert found(staged)["best"] is None, "in the month after it pays no more"
