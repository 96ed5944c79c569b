"""
The red team's search: the cheapest way to earn more by a policy than it costs.

A *ploy* is what somebody does who wants the commission and nothing else: buy cards, use them as
little as the gates ask, pay as little as the bands ask, let them go; or repeat a transaction. What
a ploy earns is computed by the real rules; what it costs is said by prices. The search begins with
ploys that stand at the edges of the terms (bands, gates, ages, thresholds) and makes the best of
them cheaper, step by step, until nothing is gained any more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from qudao.domain.commission.types import PPM, Prices, Term, TermKind, terms_of

LONGEST: Final = 25
"""Months that a ploy lasts at most: of the opening, and two years after."""
OPENING: Final = "account_opening"
"""The business that nobody repeats without buying a card."""
MOST_LINES: Final = 60
SILENT: Final = 3
"""Months in a row that a line may show nothing: then it is gone."""
MOST_SPENT: Final = 50_000
"""Fen in a month for one line: who pays more is a customer."""
BEAM: Final = 6
ROUNDS: Final = 6
MOST_PLOYS: Final = 240
"""Computed at once."""
MOST_STEPS: Final = 240
"""Looked at in one round."""
MOST_FIRST: Final = 1_200


@dataclass(frozen=True, slots=True)
class Ploy:
    """What is done for the commission alone."""

    lines: int
    """How many are opened, all in the first month."""
    spent: tuple[int, ...]
    """Paid for each line in the month of its opening, the one after, …; then it is let go."""
    used: tuple[int, ...]
    """How often the least use of a month that passes the gates; 0: not used."""
    business: str = ""
    """A transaction that is repeated in the first month."""
    times: int = 0
    amount: int = 0
    """Of each, fen."""

    def shown(self) -> list[bool]:
        """Return in which months a line is used or paid for, as long as it is not gone."""
        found = [used > 0 or spent > 0 for used, spent in zip(self.used, self.spent, strict=True)]
        for age in range(SILENT, len(found)):
            if not any(found[age - SILENT : age]):
                return found[:age]
        return found

    def silent(self) -> list[int]:
        """Return in which months a line shows nothing, once it was used or paid for."""
        shown = self.shown()
        begun = shown.index(True) if any(shown) else len(shown)
        return [age for age in range(begun, LONGEST) if not any(shown[age : age + 1])]


@dataclass(frozen=True, slots=True)
class Earned:
    """What a ploy earns: fen by month from the first on, and by rule."""

    months: tuple[int, ...]
    rules: Mapping[str, int]

    @property
    def total(self) -> int:
        return sum(self.months)


Earn = Callable[[Sequence[Ploy]], Sequence[Earned]]


@dataclass(frozen=True, slots=True)
class Gain:
    """A ploy with what it costs and earns."""

    ploy: Ploy
    cost: int
    earned: Earned

    own: int = 0
    """What of it the rules pay that are searched for holes; the others pay the rest."""

    @property
    def gain(self) -> int:
        return self.earned.total - self.cost


@dataclass(frozen=True, slots=True)
class Landmarks:
    """Where something changes in the terms: what a ploy is built around."""

    money: tuple[int, ...] = ()
    """Edges of bands, and what gates ask to be collected; fen."""
    ages: tuple[int, ...] = ()
    counts: tuple[int, ...] = ()
    """Thresholds of numbers of lines or transactions."""
    businesses: tuple[str, ...] = ()
    uses: tuple[int, ...] = (0, 1)
    """How often the least use of a month."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the red team has found."""

    best: Gain | None
    """The largest gain for one yuan spent; None: no ploy earns more than it costs."""
    cheapest: Gain | None
    """The smallest outlay with a gain."""
    tried: int
    break_even_month: int | None
    """Months after the first in which the best ploy has its money back for good."""
    break_even_card: int | None
    """From this price of a card on, the best ploy gains nothing."""
    closing: tuple[tuple[str, int], ...]
    """(rule, parts per million of what it pays now): paying so much less, it closes every ploy."""
    gains: tuple[Gain, ...]
    """The best of all that were tried."""
    nearest: Gain | None = None
    """What comes next to a gain, of what is paid for at all."""


def cost_of(ploy: Ploy, prices: Prices) -> int:
    """Return what a ploy costs: the cards, the use, and what of the money does not come back."""
    paid = ploy.lines * sum(
        max(spent, prices.floor if used else 0)
        for spent, used in zip(ploy.spent, ploy.used, strict=True)
    )
    paid += ploy.times * ploy.amount
    lost = -(-paid * (PPM - prices.resale_ppm) // PPM)
    return ploy.lines * (prices.card + sum(ploy.used) * prices.use) + lost


def search(
    marks: Landmarks,
    prices: Prices,
    earn: Earn,
    own: Collection[str],
    begin: Iterable[Ploy] = (),
    enough: bool = False,
) -> Outcome:
    """
    Look for the ploys that gain most; `earn` computes what each of some ploys earns.

    `own` are the rules that are searched for holes: a ploy to which none of them pays is not
    theirs. `begin` are ploys to look at besides, known from before. With `enough` it ends as soon
    as anything is gained.
    """
    known: dict[Ploy, Gain] = {}

    def look(ploys: Iterable[Ploy], most: int) -> bool:
        fresh = list(dict.fromkeys(one for one in ploys if one not in known))[:most]
        for start in range(0, len(fresh), MOST_PLOYS):
            some = fresh[start : start + MOST_PLOYS]
            for ploy, earned in zip(some, earn(some), strict=True):
                mine = sum(fen for rule, fen in earned.rules.items() if rule in own)
                known[ploy] = Gain(ploy, cost_of(ploy, prices), earned, mine)
        return bool(fresh)

    look((*begin, *_first(marks, prices)), MOST_FIRST)
    for _round in range(ROUNDS):
        leaders = _leaders([one for one in known.values() if one.own > 0])
        if enough and any(one.gain > 0 for one in leaders):
            break
        steps = (step for one in leaders for step in _cheaper(one.ploy, marks, prices))
        if not look(steps, MOST_STEPS):
            break
    paid = [one for one in known.values() if one.own > 0]
    gaining = sorted((one for one in paid if one.gain > 0), key=_worth, reverse=True)
    best = gaining[0] if gaining else None
    return Outcome(
        best=best,
        cheapest=min(gaining, key=lambda one: (one.cost, -one.gain), default=None),
        tried=len(known),
        break_even_month=None if best is None else break_even(best),
        break_even_card=None
        if best is None or not best.ploy.lines
        else prices.card + best.gain // best.ploy.lines,
        closing=_closing(gaining, own),
        gains=tuple(gaining[:20]),
        nearest=max(paid, key=lambda one: (one.gain, -one.cost), default=None),
    )


def _worth(one: Gain) -> tuple[int, int]:
    """A ploy is the better the more it gains for a yuan; then, the more it gains."""
    return one.gain * PPM // max(one.cost, 1), one.gain


def _leaders(known: Collection[Gain]) -> list[Gain]:
    """The best by worth, by gain, and those that only just lose."""
    found = sorted(known, key=_worth, reverse=True)[:BEAM]
    found += sorted(known, key=lambda one: one.gain, reverse=True)[:BEAM]
    return list({one.ploy: one for one in found}.values())


def _first(marks: Landmarks, prices: Prices) -> Iterator[Ploy]:
    levels = sorted({0, prices.floor, *(one for one in marks.money if one <= MOST_SPENT)})
    ages = sorted({0, 1, *(one for one in marks.ages if one < LONGEST)})
    counts = sorted({1, *(one for one in marks.counts if 0 < one <= MOST_LINES)})
    for last in ages:
        for level in levels:
            for used in reversed(marks.uses):
                yield _constant(last, level, used)
                # pays at the landmarks alone, and the least in between
                spent = tuple(level if age in ages else 0 for age in range(last + 1))
                yield Ploy(1, spent, (used,) * (last + 1))
                # is used at the landmarks alone, or at first alone
                yield Ploy(1, spent, tuple(used if age in ages else 0 for age in range(last + 1)))
                yield Ploy(1, spent, (used,) + (0,) * last)
    for count in counts[1:]:
        for last in ages[:4]:
            for level in levels[:4]:
                for used in marks.uses[1:]:
                    yield replace(_constant(last, level, used), lines=count)
    for business in [one for one in marks.businesses if one != OPENING]:
        for times in sorted({1, *(one for one in marks.counts if 0 < one <= MOST_LINES)}):
            for amount in (1_00, 10_00, 100_00):
                yield Ploy(0, (), (), business, times, amount)


def _constant(last: int, level: int, used: int) -> Ploy:
    return Ploy(1, (level,) * (last + 1), (used,) * (last + 1))


def _cheaper(ploy: Ploy, marks: Landmarks, prices: Prices) -> Iterator[Ploy]:
    """Steps from a ploy: one month less paid, not used, the last month left out, more at once."""
    levels = sorted({0, prices.floor, *marks.money})
    for age, spent in enumerate(ploy.spent):
        for level in [one for one in levels if one < spent][-2:] + [0] * (spent > 0):
            yield replace(ploy, spent=(*ploy.spent[:age], level, *ploy.spent[age + 1 :]))
        for used in marks.uses:
            if used < ploy.used[age]:
                yield replace(ploy, used=(*ploy.used[:age], used, *ploy.used[age + 1 :]))
    if len(ploy.spent) > 1:
        yield replace(ploy, spent=ploy.spent[:-1], used=ploy.used[:-1])
    if ploy.times > 1:
        yield replace(ploy, times=ploy.times - 1)


def break_even(best: Gain) -> int | None:
    """Return the month from which on the money is back for good, whatever is taken back later."""
    earned, found = 0, None
    for month, amount in enumerate(best.earned.months):
        earned += amount
        if earned < best.cost:
            found = None
        elif found is None:
            found = month
    return found


def _closing(gaining: Sequence[Gain], own: Collection[str]) -> tuple[tuple[str, int], ...]:
    """
    Return the rules that alone can close every ploy by paying less, the least change first.

    Paying s of what it pays now, a rule leaves a ploy without gain when the other rules' pay and s
    times its own are not more than the cost: the least s of all ploys closes all of them. Whatever
    is taken back counts as taken of its own pay, and so is s times as much: that errs on the safe
    side.
    """
    shares: dict[str, int] = {}
    hopeless: set[str] = set()
    rules = {rule for one in gaining for rule in one.earned.rules if rule in own}
    for one in gaining:
        taken = sum(min(0, fen) for fen in one.earned.rules.values())
        for rule in rules:
            paid = one.earned.rules.get(rule, 0) + taken
            room = one.cost - (one.earned.total - paid)
            if paid <= 0 or room < 0:
                hopeless.add(rule)
            else:
                shares[rule] = min(shares.get(rule, PPM), room * PPM // paid)
    found = [(rule, share) for rule, share in shares.items() if rule not in hopeless]
    return tuple(sorted(found, key=lambda one: (-one[1], one[0])))


# ------------------------------------------------------------------ landmarks of terms


def landmarks(terms: Iterable[tuple[Sequence[Term], Mapping[str, Any]]]) -> Landmarks:
    """Return where something changes in the terms (JSON) of some rules."""
    money, ages, counts = Counter[int](), Counter[int](), Counter[int]()
    businesses: dict[str, None] = {}

    def walk(asked: Sequence[Term], values: Mapping[str, Any]) -> None:
        for term in asked:
            value = values.get(term.name)
            match term.kind:
                case TermKind.PART if value and term.record:
                    walk(terms_of(term.record), value)
                case TermKind.ROWS if value and term.record:
                    for row in value:
                        walk(terms_of(term.record), row)
                case TermKind.MONEY if value and term.name in EDGES:
                    money[value] += 1
                case TermKind.MONTHS:
                    ages.update(value or ())
                case TermKind.COUNT if value and term.unit == "month":
                    ages[value] += 1
                case TermKind.COUNT if value and term.unit in ("line", "transaction"):
                    counts.update((value, value + 1))
                case TermKind.BUSINESSES:
                    businesses.update(dict.fromkeys(value or ()))
                case TermKind.BUSINESS if value:
                    businesses[value] = None

    for asked, values in terms:
        walk(asked, values)
    return Landmarks(
        tuple(sorted(money)), tuple(sorted(ages)), tuple(sorted(counts)), tuple(businesses)
    )


EDGES: Final = frozenset({"least", "below", "collected"})
"""Names of terms that are edges of what is paid for, and not what is paid."""
