"""
Does a serial order explain what many got who asked at once?

`explained` looks for an order of operations that ran concurrently in which each gets the answer
that it got, and in which none stands before another that had ended when it began (linearizability;
Herlihy and Wing 1990, searched as Wing and Gong 1993 have it). `Books` is what the operations of a
counter do one after the other: wallets, limits, prices, request keys.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Generic, TypeVar

S = TypeVar("S", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Step(Generic[S]):
    """One operation: when it ran, and what it makes of a state."""

    began: float
    ended: float
    does: Callable[[S], S | None]
    """The state after it; None if it could not have got its answer in that state."""
    says: str = ""
    """For people."""


def explained(start: S, steps: Sequence[Step[S]]) -> bool:
    """Say whether some serial order of the steps gives each its answer."""
    everything = (1 << len(steps)) - 1
    dead: set[tuple[int, S]] = set()
    paths: list[tuple[int, S]] = [(0, start)]
    while paths:
        done, state = paths.pop()
        if (done, state) in dead:
            continue
        dead.add((done, state))
        moves: list[tuple[int, S]] = []
        left = [n for n in range(len(steps)) if not done >> n & 1]
        first_end = min((steps[n].ended for n in left), default=0.0)
        for n in left:
            if steps[n].began > first_end:
                continue
            after = steps[n].does(state)
            if after is None:
                continue
            if after == state:
                # It changes nothing: to let it stand here closes no way to the others.
                moves = [(done | 1 << n, state)]
                break
            moves.append((done | 1 << n, after))
        if done == everything:
            return True
        paths += moves
    return False


# ---- what is sold ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Asked:
    """A request for a sale, as a front hands it on."""

    wallet: int
    actor: int
    key: str
    offering: str
    fen: int
    msisdn: str = "13800138000"
    day: date = date(2026, 11, 20)

    @property
    def content(self) -> tuple[object, ...]:
        return self.wallet, self.offering, self.fen, self.msisdn


@dataclass(frozen=True, slots=True)
class Yes:
    order: str
    debit: int
    balance: int


@dataclass(frozen=True, slots=True)
class No:
    code: str
    fields: tuple[tuple[str, object], ...] = ()


Answer = Yes | No

BUSY = "commands.busy"


@dataclass(frozen=True, slots=True)
class Purse:
    """A wallet and the outlet that it belongs to."""

    balance: int = 0
    floor: int = 0
    frozen: bool = False
    active: bool = True
    sale_limit: int | None = None
    day_limit: int | None = None
    day: date = date.min
    day_out: int = 0


@dataclass(frozen=True, slots=True)
class Books:
    """All that the answer to a sale depends on."""

    purses: tuple[Purse, ...]
    rates: tuple[tuple[str, int], ...]
    """Offering → discount in ppm."""
    covers: tuple[tuple[int, int], ...]
    """Which actor may sell from which wallet."""
    sold: tuple[tuple[tuple[int, str], tuple[object, ...], Yes, int, date], ...] = field(default=())
    """(actor, key), content, answer, wallet, day; in the order of the keys."""
    undone: frozenset[str] = frozenset()
    """Orders whose money went back."""

    def sell(self, asked: Asked, answer: Answer, *, patient: bool = True) -> Books | None:
        """Do a sale that got this answer; None if it does not get it here."""
        if isinstance(answer, No) and answer.code == BUSY:
            return None if patient else self
        name = (asked.actor, asked.key)
        for known, content, first, *_ in self.sold:
            if known == name:
                if content == asked.content:
                    return self if answer == first else None
                return self if answer == No("commands.key_reused", _key(asked)) else None
        no = self.why_not(asked)
        if isinstance(answer, No):
            return self if answer.code in no and no[answer.code] in (None, answer.fields) else None
        debit = self.debit(asked)
        purse = self.purses[asked.wallet]
        if no or (answer.debit, answer.balance) != (debit, purse.balance - debit):
            return None
        paid = replace(
            purse,
            balance=purse.balance - debit,
            day=max(purse.day, asked.day),
            day_out=self.out_on(purse, asked.day) + debit,
        )
        entry = (name, asked.content, answer, asked.wallet, asked.day)
        return replace(
            self._with(asked.wallet, paid),
            sold=tuple(sorted((*self.sold, entry), key=lambda e: e[0])),
        )

    def why_not(self, asked: Asked) -> dict[str, tuple[tuple[str, object], ...] | None]:
        """Code → fields (None: whatever they are) of every refusal that would be true."""
        no: dict[str, tuple[tuple[str, object], ...] | None] = {}
        purse, debit = self.purses[asked.wallet], self.debit(asked)
        if (asked.actor, asked.wallet) not in self.covers:
            return {"saleschannel.outlet_unknown": None}
        if not asked.msisdn.startswith("1") or len(asked.msisdn) != 11:
            no["ordering.not_a_mobile_number"] = None
        if asked.offering not in dict(self.rates):
            return {**no, "catalog.offering_unknown": None}
        if not _in_range(asked):
            no["catalog.amount_out_of_range"] = None
        if not purse.active:
            no["saleschannel.outlet_not_active"] = None
        if purse.sale_limit is not None and asked.fen > purse.sale_limit:
            no["saleschannel.sale_above_limit"] = None
        if purse.frozen:
            no["ordering.wallet_is_frozen"] = None
        if purse.balance - debit < purse.floor:
            left = purse.balance - purse.floor
            no["ordering.balance_too_low"] = (("available", left), ("price", debit))
        out = self.out_on(purse, asked.day)
        if purse.day_limit is not None and out + debit > purse.day_limit:
            no["ordering.day_limit_reached"] = (("left", purse.day_limit - out),)
        return no

    @staticmethod
    def out_on(purse: Purse, day: date) -> int:
        """What counts against a day's limit: a day that has begun is not left again."""
        return purse.day_out if day <= purse.day else 0

    def debit(self, asked: Asked) -> int:
        """Face less the discount, which is rounded half up."""
        return asked.fen - (asked.fen * dict(self.rates).get(asked.offering, 0) + 500_000) // 10**6

    def undo(self, orders: Sequence[str]) -> Books | None:
        """The BOSS refuses these orders: their money goes back."""
        after = self
        for order in orders:
            found = [entry for entry in self.sold if entry[2].order == order]
            if not found or order in after.undone:
                return None
            _, _, answer, wallet, day = found[0]
            purse = after.purses[wallet]
            today = max(0, purse.day_out - answer.debit) if day == purse.day else purse.day_out
            purse = replace(purse, balance=purse.balance + answer.debit, day_out=today)
            after = replace(after._with(wallet, purse), undone=after.undone | {order})
        return after

    def change(self, wallet: int, **values: Any) -> Books:
        return self._with(wallet, replace(self.purses[wallet], **values))

    def pay_in(self, wallet: int, fen: int) -> Books:
        return self.change(wallet, balance=self.purses[wallet].balance + fen)

    def price(self, offering: str, rate: int) -> Books:
        return replace(self, rates=tuple(sorted({**dict(self.rates), offering: rate}.items())))

    def _with(self, wallet: int, purse: Purse) -> Books:
        purses = list(self.purses)
        purses[wallet] = purse
        return replace(self, purses=tuple(purses))


def _key(asked: Asked) -> tuple[tuple[str, object], ...]:
    return (("request_key", asked.key),)


def _in_range(asked: Asked) -> bool:
    match asked.offering:
        case "TOPUP":
            return 1_00 <= asked.fen <= 1000_00 and asked.fen % 100 == 0
        case "BILLPAY":
            return 1_00 <= asked.fen <= 5000_00
    return asked.fen == 20_00
