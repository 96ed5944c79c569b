"""What a claw-back leaves of a ploy, worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest

from qudao.domain.commission.queries.red_team.place import where
from qudao.domain.commission.queries.red_team.play import Play, least_use
from qudao.domain.commission.rules.gaming import Earned, Gain, Ploy, break_even
from qudao.domain.commission.schemes import read_terms
from qudao.domain.commission.types import PolicyDraft, RuleDraft
from qudao.platform.lake.engine import Engine
from tests.domain.commission.policies import draft
from tests.domain.commission.test_red_team import found, scheme
from tests.province import Province

pytestmark = pytest.mark.django_db

TEN = [{"least": 0, "below": None, "fee": 10_00}]
IN_USE = scheme("instalments", "paid", ages=[1, 2, 3], gate={"calls": 1}, bands=TEN)
"""10 in each of months 1, 2 and 3 in which the line is used: 30."""
FOR_NOTHING = scheme("instalments", "paid", ages=[1, 3, 6], gate=None, bands=TEN)
"""10 in each of months 1, 3 and 6: 30."""


def back(months: int, name: str = "back", **terms: Any) -> RuleDraft:
    asked = {"of": ["paid"], "borne_ppm": 0, "more_than": 0, "months": months, **terms}
    return scheme("clawback", name, **asked)


def earned(engine: Engine, what: PolicyDraft, *used: tuple[int, ...]) -> list[Earned]:
    (plan,) = what.plans
    use = least_use(read_terms(rule.scheme, rule.terms) for rule in plan.rules)
    play = Play(engine, what, what.plans, where(what, plan, ()), use)
    try:
        return play.earn([Ploy(1, (0,) * len(one), one) for one in used])
    finally:
        play.close()


def test_all_that_was_paid_for_a_line_is_taken_back_and_once(
    province: Province, duckdb_engine: Engine
) -> None:
    let_go, paused, kept, woken = earned(
        duckdb_engine,
        draft(IN_USE, back(6)),
        (1, 1, 1, 1),
        (1, 0, 1, 1),
        (1, 1, 1, 1, 1, 1, 1),
        (1, 0, 1, 1, 1, 1, 1),
    )
    # let go after month 3: all 30, by month 6, and not again in each month in which it is silent
    assert let_go.rules == {"paid": 30_00, "back": -30_00}
    assert sum(let_go.months[:6]) == 30_00 and let_go.months[6] == -30_00
    # not used in month 1, when nothing was paid yet: that did not use the claw-back up
    assert paused.rules == {"paid": 20_00, "back": -20_00}
    # in use to the end of the window: nothing is suspect
    assert (kept.rules, kept.months[:4]) == ({"paid": 30_00}, (0, 10_00, 10_00, 10_00))
    # silent in month 1 alone: what was paid until then is nothing
    assert woken.rules == {"paid": 20_00}


def test_what_is_paid_after_the_window_is_kept(province: Province, duckdb_engine: Engine) -> None:
    (ploy,) = earned(duckdb_engine, draft(FOR_NOTHING, back(3)), (0,))
    # 10 in month 1; 10 in month 3, and both back; 10 in month 6, which looks back no more
    assert ploy.months[:7] == (0, 10_00, 0, -10_00, 0, 0, 10_00)
    # a card for 5 has its money back in month 1, not in month 3 any more, and in month 6 for good
    assert break_even(Gain(Ploy(1, (0,), (0,)), 5_00, ploy)) == 6
    assert break_even(Gain(Ploy(1, (0,), (0,)), 11_00, ploy)) is None
    (longer,) = earned(duckdb_engine, draft(FOR_NOTHING, back(6)), (0,))
    assert longer.rules == {"paid": 30_00, "back": -30_00} and sum(longer.months) == 0


def test_each_claw_back_has_its_own_window(province: Province, duckdb_engine: Engine) -> None:
    other = scheme("instalments", "other", ages=[1], gate={"calls": 1}, bands=TEN)
    rules = (IN_USE, other, back(2, of=["other"]), back(4, "long"))
    (ploy,) = earned(duckdb_engine, draft(*rules), (1, 1, 1, 1))
    # in use in months 1 to 3: the short one, of two months, finds nothing; the long one, all 30
    assert ploy.rules == {"paid": 30_00, "other": 10_00, "long": -30_00}


def test_the_best_ploy_keeps_a_line_in_use_through_the_window(province: Province) -> None:
    plan = found(draft(IN_USE, back(6)))
    best = plan["best"]
    # asleep in month 0, used in months 1 to 6: 5 + 6 × 2 = 17 for 30, of which 20 by month 2
    assert (best["used"], best["spent"]) == ((0, 1, 1, 1, 1, 1, 1), (0,) * 7)
    assert (best["cost"], best["earned"], best["gain"]) == (17_00, 30_00, 13_00)
    assert (plan["break_even_month"], plan["break_even_card"]) == (2, 18_00)
    # 5 + 12 × 2 = 29 for 30; with a month more, 31
    assert found(draft(IN_USE, back(12)))["best"]["gain"] == 1_00
    assert found(draft(IN_USE, back(13)))["best"] is None


def test_what_closes_a_hole_knows_that_less_is_taken_back_of_less(province: Province) -> None:
    plan = found(draft(FOR_NOTHING, back(3)))
    shares = {one["rule"]: one["share_ppm"] for one in plan["closing"]}
    # of one that lets the card go at once, 10 of 30 are left for 5: half of each closes it; of
    # one that wakes up in months 2 and 3, all 30 for 9: three tenths
    assert shares == {"paid": 300_000}
