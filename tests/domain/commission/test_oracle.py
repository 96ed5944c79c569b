"""Random policies on random months agree to the fen with the oracle."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from qudao.domain.commission.computing import Sample, compute_sample
from qudao.domain.commission.schemes import read_terms
from qudao.domain.commission.types import Rounding, Rule, Selector
from qudao.platform.lake.engine import Engine
from tests.domain.commission.oracle import Month

MONTH = date(2028, 2, 1)
END = date(2028, 3, 1)
BUSINESSES = ("a", "b", "c")
OUTLETS = range(1, 5)

ppm = st.integers(1, 1_000_000)
coefficient = st.integers(1, 3_000).map(lambda thousandths: thousandths * 1_000)
money = st.one_of(st.integers(1, 50_000), st.sampled_from([1, 49, 50, 51, 99, 100, 10_000]))
amount = st.one_of(st.integers(-20_000, 50_000), st.sampled_from([0, 1, -1, 50, 125, 10_000]))
business = st.lists(st.sampled_from(BUSINESSES), min_size=1, max_size=3, unique=True)
day = st.integers(0, 28).map(lambda days: MONTH + timedelta(days=days))


@st.composite
def bands(draw: st.DrawFn, what: str, most: int) -> list[dict[str, Any]]:
    edges = [0, *sorted(draw(st.sets(st.integers(1, most), max_size=3)))]
    paid = draw(st.lists(ppm if what == "rate_ppm" else money, min_size=len(edges), max_size=4))
    paid += [1] * (len(edges) - len(paid))
    return [
        {"least": least, "below": below, what: value}
        for least, below, value in zip(edges, [*edges[1:], None], paid, strict=False)
    ]


@st.composite
def weights(draw: st.DrawFn) -> dict[str, Any]:
    stars = draw(st.dictionaries(st.integers(0, 5), coefficient, max_size=2))
    districts = draw(st.dictionaries(st.sampled_from("xy"), coefficient, max_size=1))
    return {
        "stars": [{"star": star, "coefficient_ppm": value} for star, value in stars.items()],
        "districts": [
            {"district": name, "coefficient_ppm": value} for name, value in districts.items()
        ],
    }


gate = st.fixed_dictionaries(
    {},
    optional={
        "calls": st.integers(0, 3),
        "voice_s": st.sampled_from([0, 600]),
        "data_kb": st.sampled_from([0, 30]),
        "collected": st.sampled_from([0, 500]),
    },
)
reach = st.sampled_from(["whole", "marginal"])


@st.composite
def policies(draw: st.DrawFn) -> list[Rule]:
    asked: list[tuple[str, dict[str, Any]]] = [
        ("percentage", {"businesses": draw(business), "rate_ppm": draw(ppm)} | draw(weights())),
        (
            "transaction",
            {"fees": [{"business": one, "fee": draw(money)} for one in draw(business)]}
            | draw(weights()),
        ),
        ("ladder", {"businesses": draw(business), "reach": draw(reach),
                    "bands": draw(bands(draw(st.sampled_from(["fee", "rate_ppm"])), 6))}),
        ("turnover", {"businesses": draw(business), "reach": draw(reach),
                      "bands": draw(bands("rate_ppm", 60_000))}),
        ("activation", {"fee": draw(money), "gate": draw(gate)} | draw(weights())),
        ("instalments", {"ages": [0, 2], "gate": draw(gate), "bands": draw(bands("fee", 3_000))}),
        ("revenue", {"first_age": 0, "last_age": draw(st.integers(0, 3)), "gate": draw(gate),
                     "reach": draw(reach), "bands": draw(bands("rate_ppm", 3_000))}
         | draw(weights())),
        ("cap", {"of": ["rule1", "rule2", "rule5"], "most": draw(st.integers(0, 60_000))}),
        ("pool", {"of": ["rule3", "rule4"], "now_ppm": 400_000,
                  "later": [{"months": 3, "share_ppm": 600_000}]}),
        ("guarantee", {"of": ["rule1", "rule4", "rule8"], "least": draw(money)}),
    ]  # fmt: skip
    rules = []
    for number, (scheme, terms) in enumerate(asked, 1):
        selector = Selector(
            stars=tuple(draw(st.sampled_from([(), (), (3, 5)]))),
            tiers=tuple(draw(st.sampled_from([(), (), (1, 2)]))),
        )
        if scheme in ("cap", "pool"):
            selector = Selector()
        rules.append(
            Rule(number, f"rule{number}", scheme, read_terms(scheme, terms), selector,
                 rounding=draw(st.sampled_from(Rounding)))
        )  # fmt: skip
    return rules


@st.composite
def months(draw: st.DrawFn) -> dict[str, list[dict[str, Any]]]:
    outlets = []
    for outlet in OUTLETS:
        change = draw(st.sampled_from([None, MONTH + timedelta(days=14)]))
        closes = draw(st.booleans()) and outlet == 4
        for begin, end in ((MONTH, change or END), (change, END)):
            if begin is not None and not (closes and begin == change):
                outlets.append(
                    {
                        "outlet": outlet, "from_day": begin, "until_day": end,
                        "star": draw(st.integers(0, 5)), "tier": draw(st.integers(1, 4)),
                        "district": draw(st.sampled_from("xyz")), "state": "active",
                    }
                )  # fmt: skip
    sale = st.fixed_dictionaries(
        {
            "outlet": st.sampled_from(OUTLETS), "day": day, "amount": amount,
            "business": st.sampled_from(BUSINESSES), "clerk": st.integers(0, 2),
        }
    )  # fmt: skip
    line = st.fixed_dictionaries(
        {
            "outlet": st.sampled_from(OUTLETS), "age": st.integers(0, 4),
            "origin": st.integers(0, 2_000), "activated_day": st.one_of(st.none(), day),
            "calls": st.integers(0, 4), "voice_s": st.sampled_from([0, 599, 600]),
            "data_kb": st.sampled_from([0, 29, 30]),
            "collected": st.one_of(st.integers(-100, 4_000), st.sampled_from([0, 500, 1_000])),
        }
    )  # fmt: skip
    sales = draw(st.lists(sale, min_size=10, max_size=60))
    lines = draw(st.lists(line, min_size=5, max_size=30))
    return {
        "sales": [{"fact": 1_000 + place, **one} for place, one in enumerate(sales)],
        "subscribers": [{"subscriber": 5_000 + place, **one} for place, one in enumerate(lines)],
        "outlets": outlets,
    }


@settings(
    max_examples=5,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate],  # to shrink such a month would take minutes
)
@given(rules=policies(), facts=months())
def test_random_policies_agree_to_the_fen(
    duckdb_engine: Engine, rules: list[Rule], facts: dict[str, list[dict[str, Any]]]
) -> None:
    for rule in rules:
        problems = rule.terms.problems()
        assert all(problem.kind == "pays_nothing" for problem in problems), problems
    oracle = Month(MONTH, facts["sales"], facts["subscribers"], facts["outlets"])
    names = ("rule", "fact", "origin", "outlet", "slice", "amount")

    found = compute_sample(duckdb_engine, Sample(**facts), MONTH, rules)

    lines = {tuple(line[name] for name in names) for line in found}
    expected = set(oracle.pay(rules))
    assert (lines - expected, expected - lines) == (set(), set())
    assert len(lines) == len(found)
    for line in found:
        keys = ("base", "rate_ppm", "coefficient_ppm")
        assert all(line[key] for key in keys), line
