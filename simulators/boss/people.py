"""
The customers of the simulated operator, as a pure function of a seed and a position.

`person(seed, i)` never depends on how many others are asked for, so the first thousand of twenty
thousand customers are the same people as a province of one thousand.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import Final

from simulators.boss.catalogue import Plan, catalogue
from simulators.boss.sims import sim

PREFIXES: Final = (
    *("134", "135", "136", "137", "138", "139", "147", "150", "151", "152"),
    *("157", "158", "159", "178", "182", "183", "184", "187", "188", "198"),
)

BRANCHES: Final = {
    "4101": 14,
    "4102": 5,
    "4103": 7,
    "4104": 5,
    "4105": 5,
    "4106": 2,
    "4107": 6,
    "4108": 4,
    "4109": 4,
    "4110": 4,
    "4111": 3,
    "4112": 2,
    "4113": 9,
    "4114": 8,
    "4115": 7,
    "4116": 8,
    "4117": 6,
    "4190": 1,
}
"""Henan's 18 branches by division code, each with its customers of every hundred."""

FIRST_CUSTOMER: Final = 41_0000_000_000
"""What the BOSS adds to a position to number a customer."""

_SEGMENTS: Final = 20
"""Four-digit blocks that a branch holds under each prefix."""

_FIRST_SEGMENT: Final = 3700

_PER_BRANCH: Final = len(PREFIXES) * _SEGMENTS * 10_000

_STRIDE: Final = 1_618_033
"""Coprime to the numbers of a branch: steps through all of them without repeating one."""

_SURNAMES: Final = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
    "苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史"
)
_GIVEN: Final = (
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰建国春梅红志鹏飞文斌雪琴浩宇欣怡"
    "子轩梓涵佳慧晨曦俊豪思远海燕振东永福长生凤云翠莲德胜立新"
)


@dataclass(frozen=True, slots=True)
class Bill:
    months_ago: int
    """1 is the last whole month."""
    amount: int
    """Fen."""
    open: int
    """Fen not yet paid."""


@dataclass(frozen=True, slots=True)
class Person:
    """One customer with one line."""

    number: int
    msisdn: str
    name: str
    branch: str
    """Division code of the city, such as `4101` (4190 is Jiyuan)."""
    market: str
    """`city` or `rural`."""
    payment: str
    """`prepaid` or `postpaid`."""
    plan: str
    state: str
    """`active`, `suspended` or `terminated`."""
    balance: int
    """Fen."""
    add_ons: tuple[str, ...]
    bills: tuple[Bill, ...]
    iccid: str
    imsi: str


def people(seed: int, count: int) -> Iterator[Person]:
    """The first `count` customers of the province grown from `seed`, at most 5,000,000."""
    for number in range(count):
        yield person(seed, number)


def person(seed: int, number: int) -> Person:
    """The customer at a position, from 0."""
    random = Random(f"{seed}:{number}")
    branch, position = _place(seed, number)
    market = "rural" if random.random() < (0.25 if branch == "4101" else 0.5) else "city"
    plan = random.choices(*_plans(market))[0]
    payment = plan.payment[0] if random.random() < 0.7 else plan.payment[-1]
    chance = random.random()
    state = "terminated" if chance < 0.015 else "suspended" if chance < 0.05 else "active"
    card = sim(number)
    return Person(
        number=number,
        msisdn=_msisdn(seed, branch, position),
        name=random.choice(_SURNAMES) + "".join(random.choices(_GIVEN, k=random.choice((1, 2, 2)))),
        branch=branch,
        market=market,
        payment=payment,
        plan=plan.code,
        state=state,
        balance=_balance(random, payment, state),
        add_ons=_add_ons(random) if state != "terminated" else (),
        bills=_bills(random, plan, state) if payment == "postpaid" else (),
        iccid=card.iccid,
        imsi=card.imsi,
    )


def branch_of(msisdn: str) -> str:
    """The branch that a number belongs to; the first one's for a number of no branch."""
    segment = int(msisdn[3:7]) - _FIRST_SEGMENT
    branches = list(BRANCHES)
    return branches[segment // _SEGMENTS if 0 <= segment < len(branches) * _SEGMENTS else 0]


@cache
def _slots(seed: int) -> tuple[tuple[str, int], ...]:
    """The branch of each of a hundred neighbours, and the how-many-eth of its branch it is."""
    codes = [code for code, weight in BRANCHES.items() for _ in range(weight)]
    Random(f"{seed}:branches").shuffle(codes)
    return tuple((code, codes[:at].count(code)) for at, code in enumerate(codes))


def _place(seed: int, number: int) -> tuple[str, int]:
    hundred, slot = divmod(number, 100)
    branch, rank = _slots(seed)[slot]
    return branch, hundred * BRANCHES[branch] + rank


@cache
def _start(seed: int, branch: str) -> int:
    return Random(f"{seed}:{branch}").randrange(_PER_BRANCH)


def _msisdn(seed: int, branch: str, position: int) -> str:
    assert position < _PER_BRANCH, "the branch has no more numbers"
    at = (_start(seed, branch) + position * _STRIDE) % _PER_BRANCH
    block, last = divmod(at, 10_000)
    prefix, segment = divmod(block, _SEGMENTS)
    area = list(BRANCHES).index(branch)
    return f"{PREFIXES[prefix]}{_FIRST_SEGMENT + area * _SEGMENTS + segment}{last:04}"


@cache
def _plans(market: str) -> tuple[tuple[Plan, ...], tuple[float, ...]]:
    plans = catalogue().plans
    weights = tuple(
        (3.0 if plan.market == market else 1.0) * (10_000 / (plan.monthly_fee + 2_000))
        for plan in plans
    )
    return plans, weights


def _balance(random: Random, payment: str, state: str) -> int:
    if state == "terminated":
        return 0
    if payment == "postpaid":
        return 0 if random.random() < 0.8 else random.randrange(100, 5_000)
    if state == "suspended":
        return random.randrange(0, 100)
    return min(50_000, int(random.lognormvariate(8.0, 0.9)))


def _add_ons(random: Random) -> tuple[str, ...]:
    chosen: dict[str, str] = {}
    for add_on in random.sample(catalogue().add_ons, random.choice((0, 0, 1, 1, 2, 3))):
        chosen.setdefault(add_on.exclusive_group or add_on.code, add_on.code)
    return tuple(sorted(chosen.values()))


def _bills(random: Random, plan: Plan, state: str) -> tuple[Bill, ...]:
    if state == "terminated":
        return ()
    unpaid = random.choices((0, 1, 2, 3), (55, 35, 7, 3))[0] if state == "active" else 2
    bills = []
    for months_ago in (1, 2, 3):
        amount = plan.monthly_fee + random.choice((0, 0, random.randrange(10, 3_000)))
        part = random.random() < 0.05
        left = (amount // 2 if part else amount) if months_ago <= unpaid else 0
        bills.append(Bill(months_ago, amount, left))
    return tuple(bills)
