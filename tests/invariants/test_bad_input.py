"""
Whatever is asked of a command, it does it whole, or it refuses in words and changes nothing.

Arguments are made from the type hints of every command there is: unknown and foreign entities,
amounts below zero and beyond any limit, texts that are empty, endless, or hold what cannot be
printed, dates far away, entities in the wrong state. Contexts see everything, another branch, or
nothing; they carry fresh keys, used ones, and such that cannot be keys.
"""

from __future__ import annotations

import enum
import importlib
import itertools
import json
import os
import pkgutil
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal, NewType, Union, get_args, get_origin, get_type_hints
from uuid import UUID, uuid4

import pytest
from django.db import connection, transaction
from django.db.models.expressions import RawSQL
from django.utils import translation
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pytest_django import DjangoDbBlocker

import qudao
from qudao.domain.care.types import Contact
from qudao.domain.ledger import operations as ledger
from qudao.domain.ordering.models import Order
from qudao.domain.ordering.operations import reverse, sell
from qudao.domain.ordering.ports import BossOrder
from qudao.domain.ordering.queries import BossRow, boss_orders
from qudao.domain.ordering.types import Sale
from qudao.domain.party import operations as party
from qudao.domain.payment import operations as payment
from qudao.domain.resource.types import Reserve
from qudao.domain.stock.reactions import follow_places
from qudao.domain.wallet import operations as wallets
from qudao.fronts.wording import word
from qudao.journeys import pay_in
from qudao.journeys.customers import LookUp
from qudao.kernel.money import Money
from qudao.kernel.period import Period
from qudao.kernel.personal import Personal
from qudao.kernel.refusals import Refusal
from qudao.kernel.scope import EVERYWHERE, Scope
from qudao.platform.commands.codec import encode
from qudao.platform.commands.command import AwaitingApproval, Command, commands
from qudao.platform.commands.context import SYSTEM, Context, NotPermitted
from qudao.platform.commands.models import JournalEntry
from qudao.platform.commands.set_command import SetCommand
from qudao.platform.events.relay import Entry
from qudao.platform.identity import operations as identity
from tests.fingerprint import Watch, changed, fingerprint
from tests.invariants.things import make as make_things
from tests.journeys.shop import faults
from tests.province import NOON, Province, assert_sound, build
from tests.stocked import CONTRACT, PREFIX, photo, signature

for module in pkgutil.walk_packages(qudao.__path__, "qudao."):
    if ".operations" in module.name or ".journeys." in module.name:
        importlib.import_module(module.name)

EXAMPLES = int(os.environ.get("QUDAO_TEST_EXAMPLES", "6"))
"""Of each command."""

PHASES = [Phase.explicit, Phase.generate]
"""A failing example is shown as it was found: each one costs a look at the whole database."""

UNSCOPED = {
    "bulk.examine",
    "bulk.take_in",
    "commission.finish_trial",
    "commission.note_trial",
    "customer.adopt_line",
    "customer.complete",
    "customer.fail",
    "customer.unblacklist",
    "customers.look_up",
    "fulfilment.conclude",
    "ledger.open_account",
    "ledger.open_accounts",
    "ledger.post",
    "ledger.set_floor",
    "ledger.set_frozen",
    "ledger.take_back",
    "low_stock.warn",
    "ordering.dispatch",
    "ordering.settle",
    "resource.activate",
    "resource.give_back",
    "stock.give_back",
    "stock.hand_over",
    "stock.rehome",
    "stock.unuse_cards",
    "stock.use_card",
    "ordering.beat",
}
"""Commands of the platform's own, called by others that have looked at the scope; and the
blacklist, which is one for the whole province."""

PARTS = UNSCOPED | {
    "customer.end_line",
    "customer.renumber",
    "customer.submit",
    "ordering.take_back",
    "resource.adopt",
    "resource.bind",
    "resource.bind_packed",
    "resource.pack",
    "resource.pay",
    "resource.retire",
    "resource.unpack",
    "stock.hold",
    "stock.hold_quantity",
    "stock.pack",
    "stock.take_back",
    "stock.take_back_quantity",
    "stock.unpack",
    "wallet.refund",
}
"""Commands that a journey joins with others: alone they leave orders and things apart."""

_numbers = itertools.count()


@dataclass
class World:
    """A province with something in every state, and its fingerprint."""

    province: Province
    known: dict[str, list[Any]] = field(default_factory=dict)
    """Ids by the name of their type."""
    ours: dict[str, list[Any]] = field(default_factory=dict)
    """Those of Zhengzhou."""
    before: dict[str, str] = field(default_factory=dict)

    def context(self, **changes: Any) -> Context:
        base = self.province.system()
        ctx = replace(base, actor=self.province.people["finance"].user, exempt=False)
        return replace(ctx, request_key=f"bad-{next(_numbers)}", **changes)


STATEMENT = """\
交易日期,金额,流水号,摘要,对方户名
2026-11-19,100.00,R-1,no outlet,somebody
2026-11-19,200.00,R-2,nor here,somebody else
"""


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[World]:
    with django_db_blocker.unblock():
        everything = transaction.atomic()
        everything.__enter__()
        try:
            made = _made()
            yield made
            assert changed(made.before, fingerprint()) == set(), "nor was anything overlooked"
        finally:
            transaction.set_rollback(True)
            everything.__exit__(None, None, None)


def _made() -> World:
    province = build()
    world = World(province)
    at = NOON - timedelta(hours=1)
    for outlet in (province.agent, province.far, province.hall):
        province.pay_in(outlet, Money(50_000_00), at=at)
    sold = [
        sell.one(province.clerk(at=at), Sale(province.agent, "TOPUP", "13800138000", Money(fen)))
        for fen in (10_00, 20_00, 30_00, 300_00, 50_00)
    ]
    orders = [one.order for one in sold]
    province.dispatch(at=at, most=4)
    province.complete([orders[0], orders[3]], at=at)
    province.refuse([orders[1]], at=at)
    province.lose([orders[2]], at=at)
    reversal = reverse(
        province.context("outlet_owner", province.agent, at=at), order=orders[0], reason="typo"
    )
    bank = ledger.open_account(province.system(), kind="bank", owner=province.organizations["4101"])
    free = ledger.open_account(province.system(), kind="test", owner=None, limited=True)
    teller = province.context("hall_clerk", province.hall, at=at)
    drawer = payment.open_drawer(teller, hall=province.hall, opening_float=Money(100_00))
    try:
        wallets.adjust(
            replace(province.system(), exempt=False),
            outlet=province.agent,
            amount=Money(1_00),
            reason="counted anew",
        )
        raise AssertionError("adjustments are parked")
    except AwaitingApproval as held:
        parked = held.parked
    token = identity.issue_token(
        province.system(), user=province.people["clerk"].user, name="till"
    ).token
    individual = party.register_individual(
        province.system(), organization=province.agent, name=Personal("王小明")
    )
    lines = _lines(province)
    card = pay_in.receive(
        replace(teller, request_key="card"),
        outlet=province.agent,
        hall=province.hall,
        method="card",
        amount=Money(70_00),
        reference="slip 1",
    )
    things = make_things(province)
    known = {**things.texts}
    for name, argument in ALSO.items():
        known[name] = things.texts[argument]
    for name, texts in known.items():
        GOOD[name] = [*GOOD.get(name, []), *texts]
    people = list(province.people.values())
    places = province.organizations
    here = [places[code] for code in ("4101", "410102")] + [province.agent, province.hall]
    world.known = {
        "OrganizationId": list(set(places.values())),
        **things.ids,
        "OrderId": [*orders, reversal, *things.ids["OrderId"]],
        "AccountId": [bank, free],
        "PostingId": [1, 2, 10**9],
        "UserId": [one.user for one in people] + [SYSTEM],
        "MembershipId": [one.membership for one in people],
        "IndividualId": [one.individual for one in people] + [individual],
        "TokenId": [token],
        "DrawerId": [drawer],
        "LineId": lines,
        "PaymentId": [card],
        "UUID": [parked, province.agent, orders[0], *things.ids["UUID"], *things.ids["OrderId"]],
        "SessionId": [1, 10**9],
    }
    zhengzhou = [province.people[name] for name in ("supervisor", "manager", "owner", "clerk")]
    rows = Order.objects.unscoped("as the dispatcher").filter(id__in=world.known["OrderId"])
    world.known["BossOrder"] = list(
        boss_orders(
            province.system(),
            [
                BossRow(
                    *(row.id, row.business, row.msisdn, row.amount, "", row.ordered_at, "A00001"),
                    row.reverses_id,
                    json.dumps(row.details) if row.details else None,
                )
                for row in rows
            ],
        )
    )
    world.ours = world.known | {
        "OrganizationId": here,
        "UserId": [one.user for one in zhengzhou],
        "MembershipId": [one.membership for one in zhengzhou],
        "IndividualId": [one.individual for one in zhengzhou] + [individual],
        "UUID": [parked, *things.ids["UUID"], *things.ids["OrderId"]],
    }
    ctx = world.context()
    wallets.set_low_balance(
        replace(ctx, request_key="used"), outlet=province.agent, amount=Money(1)
    )
    _check_constraints()
    assert_sound()
    world.before = fingerprint()
    return world


def _lines(province: Province) -> list[UUID]:
    from qudao.domain.payment.models import BankLine

    pay_in.import_statement(
        province.system(),
        branch=province.organizations["4101"],
        format="csv",
        file_name="bank.csv",
        content=STATEMENT.encode(),
    )
    rows = BankLine.objects.unscoped("test")
    return list(rows.values_list("id", flat=True))


def _check_constraints() -> None:
    """What would be found at the commit."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


# ---- values --------------------------------------------------------------------------------------

NASTY = [
    "",
    " ",
    "\t\n",
    "a\x00b",
    "\x1b[31m",
    "\u202egnp.exe",
    "\ud800",
    "\uffff",
    "x" * 300,
    "长" * 20_000,
    "'; DROP TABLE party_organization; --",
    '{}[],"\\',
    "%s %(x)s {0}",
    "<script>alert(1)</script>",
    "🙂\u200d",
    "-1",
    "1e309",
    "NaN",
    "../../etc/passwd",
]

KINDS = ["sim", "recharge_card", "handset", "gift", "numbers", "front", "portrait", "resident_id"]

GOOD = {
    "code": ["TOPUP", "DATA1GB", "4101", "410102", "NEW1"],
    "offering": ["TOPUP", "BILLPAY", "DATA1GB"],
    "business": ["top_up", "bill_payment", "plan_change", "add_on", "account_opening", "goods"],
    "businesses": ["top_up", "bill_payment"],
    "channel_kind": ["agency_point", "sales_hall", "kiosk"],
    "kind": ["agency_point", "sales_hall", "wallet", "bank", "test", "one_time_code", *KINDS],
    "market": ["city", "rural"],
    "role": ["outlet_clerk", "outlet_owner", "hall_clerk", "branch_supervisor", "auditor"],
    "method": ["cash", "card", "bank_transfer"],
    "format": ["csv", "mt940", "camt053"],
    "language": ["zh-hans", "en"],
    "username": ["clerk", "new.one", "Li.Hua"],
    "msisdn": ["13800138000", "12345678901"],
    "recipient": ["13800138000"],
    "phone": ["13800138000", "13900139000"],
    "document": ["11010519491231002X", "410102199003072236"],
    "asset": ["CNY", "points"],
    "division_code": ["4101", "410102"],
    "password": ["correct-horse-battery", "123456"],
    "current": ["correct-horse-battery"],
    "plan": ["GT58", "GT188", "SZXJY", "DATA1GB"],
    "add_ons": ["DATA1GB", "CLIP", "GT58"],
    "contract": ["HSC12", "HSC24", "GOODS"],
    "purpose": ["account_opening", "sim_swap", "number_change", "cancellation"],
    "item": ["SIM3IN1", "RC50", "HS-NOVA5", "GIFT-UMBRELLA", "KIT-STUDENT"],
    "terms": ["consignment", "purchase"],
    "condition": ["good", "defective"],
    "outcome": ["lost", "stayed"],
    "state": ["in_stock", "defective", "missing", "expired"],
    "reason": ["a reason"],
    "grade": ["ordinary", "second"],
    "pattern": ["plain", "aaa", "abab"],
    "prefix": [PREFIX],
    "prefixes": [PREFIX, "1340372"],
    "country": ["", "USA"],
    "field": ["name"],
}

ALSO = {
    "numbers": "number",
    "old": "serial",
    "new": "serial",
    "serials": "serial",
    "suffix": "number",
}
"""Arguments that take what others do."""

KEYS = ["mon", "sun", "attribute", "SIM3IN1", "GIFT-UMBRELLA", "HS-NOVA5"]
"""Of mappings."""

MONEY = [
    -(10**20),
    -(2**63),
    -1,
    0,
    1,
    99,
    10_00,
    50_00,
    100_00,
    110_00,
    300_00,
    9_999_999_99,
    10**14,
    2**63,
    10**20,
]
INTEGERS = [-(2**70), -(2**31) - 1, -1, 0, 1, 2, 60, 8000, 10**6, 2**31, 2**63, 2**70]
TIMES = [
    datetime.min.replace(tzinfo=NOON.tzinfo),
    NOON - timedelta(days=400),
    NOON - timedelta(seconds=1),
    NOON,
    NOON + timedelta(days=1),
    NOON + timedelta(days=40_000),
    datetime.max.replace(tzinfo=NOON.tzinfo),
]
DECIMALS = ["NaN", "Infinity", "-181", "0", "34.75", "113.6", "1e400", "0.123456789123456789"]
FILES = [
    photo(),
    signature(),
    CONTRACT,
    b"",
    b"\x00\xff",
    STATEMENT.encode(),
    STATEMENT.encode("utf-16"),
    b"<Document/>",
    b":20:",
]


_making: list[Any] = []
"""Records whose values are being made, the outermost first."""


def values(hint: Any, name: str, known: dict[str, list[Any]]) -> st.SearchStrategy[Any]:
    """Values of a type: as often such as could be meant as such as could not."""
    origin, inner = get_origin(hint), get_args(hint)
    if isinstance(hint, NewType):
        return _ids(hint.__name__, known)
    if origin in (Union, types.UnionType):
        return st.one_of([values(one, name, known) for one in inner])
    if origin is Literal:
        return st.sampled_from(inner)
    if origin is Callable:
        return st.none()
    if origin is tuple and inner[1:] != (...,):
        return st.tuples(*(values(one, name, known) for one in inner))
    if origin in (list, Sequence, tuple, set, frozenset) or hint in (list, tuple):
        # An entry of a menu may hold entries: one level is enough.
        most = 0 if inner[0] in _making else 3
        items = st.lists(values(inner[0], name, known), max_size=most)
        make = {tuple: tuple, frozenset: frozenset, set: frozenset}.get(origin, list)
        return items.map(make)
    if origin in (dict, Mapping):
        keys = st.sampled_from([*KEYS, *NASTY[:6]])
        return st.dictionaries(keys, values(inner[1], name, known), max_size=2)
    if hint is Period:
        return st.sampled_from(
            [Period(a, b) for a, b in itertools.combinations(TIMES[:6], 2)] + [Period(NOON)]
        )
    if hint is Any:
        return st.one_of(st.sampled_from(NASTY), st.integers(), st.none())
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        return st.sampled_from(list(hint))
    simple: dict[Any, st.SearchStrategy[Any]] = {
        type(None): st.none(),
        bool: st.booleans(),
        int: st.sampled_from(INTEGERS),
        Money: st.builds(Money, st.sampled_from(MONEY), st.sampled_from(["CNY"] * 9 + ["XXX"])),
        datetime: st.sampled_from(TIMES),
        date: st.sampled_from([at.date() for at in TIMES]),
        timedelta: st.sampled_from([timedelta(seconds=1), timedelta(days=1)]),
        Decimal: st.sampled_from(DECIMALS).map(Decimal),
        bytes: st.sampled_from(FILES),
        UUID: _ids("UUID", known),
    }
    if hint in simple:
        return simple[hint]
    if hint is BossOrder:
        return st.sampled_from(known["BossOrder"])
    if isinstance(hint, type) and issubclass(hint, str):
        texts = st.one_of(
            st.sampled_from(GOOD.get(name, ["Something"])),
            st.sampled_from(GOOD.get(name, ["某某", "Something"])),
            st.sampled_from(NASTY),
            st.text(max_size=12),
        )
        return texts if hint is str else texts.map(hint)
    if isinstance(hint, type) and issubclass(hint, tuple) and hasattr(hint, "_fields"):
        hints = get_type_hints(hint)
        return st.builds(
            hint, **{one: values(hints[one], f"{name}_{one}", known) for one in hint._fields}
        )
    if is_dataclass(hint):
        if hint in _making:
            return st.nothing()
        _making.append(hint)
        hints = get_type_hints(hint)
        made = {f.name: values(hints[f.name], f.name, known) for f in fields(hint)}
        _making.pop()
        return st.builds(hint, **made)
    raise TypeError(f"no values of {hint} for {name}")


def _ids(kind: str, known: dict[str, list[Any]]) -> st.SearchStrategy[Any]:
    pool = known.get(kind, [])
    unknown: Any = 10**12 if pool and isinstance(pool[0], int) else uuid4()
    return st.sampled_from([*pool, *pool, unknown])


SETS = {
    "care.record_interactions": Contact,
    "customers.look_up": LookUp,
    "ordering.sell": Sale,
    "resource.reserve": Reserve,
}
"""Commands of sets, with what they are asked."""


def arguments_of(name: str, known: dict[str, list[Any]]) -> st.SearchStrategy[dict[str, Any]]:
    if name in SETS:
        return st.fixed_dictionaries({"request": values(SETS[name], "", known)})
    target = commands[name]
    function = getattr(target, "function", target)
    hints = get_type_hints(getattr(function, "__wrapped__", function))
    wanted = {key: hint for key, hint in hints.items() if key not in {"ctx", "return"}}
    made = {key: values(hint, key, known) for key, hint in wanted.items()}
    if "most" in made:
        made["most"] = st.integers(0, 1000)  # it is our workers that say how many
    return st.fixed_dictionaries(made)


def doing(name: str, arguments: dict[str, Any]) -> Callable[[Context], Any]:
    target = commands[name]
    if isinstance(target, SetCommand):
        return lambda ctx: target.one(ctx, arguments["request"])
    return lambda ctx: target(ctx, **arguments)


def contexts(world: World) -> st.SearchStrategy[Context]:
    people, paths = world.province.people, world.province.paths
    places = world.province.organizations
    scopes = [EVERYWHERE] * 4 + [Scope()]
    scopes += [Scope.of([paths[places[code]]]) for code in ("41", "4101", "4103")]
    scopes += [Scope.of([paths[world.province.agent]])]
    return st.builds(
        lambda actor, scope, key, at, dry: replace(
            world.context(actor=actor, scope=scope, at=at, dry_run=dry),
            **({"request_key": key} if key else {}),
        ),
        st.sampled_from([people[name].user for name in ("finance", "clerk", "teller")] + [uuid4()]),
        st.sampled_from(scopes),
        st.sampled_from([None] * 8 + ["used", "a\x00b", "k" * 200, "\u202e"]),
        st.sampled_from([NOON, NOON, NOON + timedelta(days=1), NOON + timedelta(days=900)]),
        st.sampled_from([False] * 4 + [True]),
    )


# ---- what must hold ------------------------------------------------------------------------------


def assert_worded(refusal: Refusal) -> None:
    said = {}
    for language in ("en", "zh-hans"):
        with translation.override(language):
            said[language] = word(refusal)
        assert "%(" not in said[language].replace("%(x)s", "") and said[language].strip()
    fallback = f"This was refused ({refusal.code})"
    assert not said["en"].startswith(fallback), f"{refusal.code} has no words"
    assert said["en"] != said["zh-hans"], f"{refusal.code} is not translated"


def one_attempt(world: World, name: str, ctx: Context, arguments: dict[str, Any]) -> str:
    """Do it, look at everything, and take it back; returns what became of it."""
    do = doing(name, arguments)
    watch = Watch.begin(world.before)
    with transaction.atomic():
        try:
            answer = do(ctx)
        except Refusal as refusal:
            assert changed(world.before, watch.now().held) == set()
            assert_worded(refusal)
            return refusal.code
        except AwaitingApproval:
            _check_constraints()
            assert not ctx.dry_run
            tables = changed(world.before, watch.now().held)
            assert tables == {"commands_parked", "commands_journal"}
            outcome = "parked"
        else:
            _check_constraints()
            after = watch.now()
            if ctx.dry_run:
                assert changed(world.before, after.held) == set()
            elif isinstance(commands[name], Command | SetCommand):
                assert "commands_journal" in changed(world.before, after.held)
                again = do(ctx)
                assert encode(again) == encode(answer), "the same key gets the same answer"
                assert changed(after.held, after.now().held) == set(), "and nothing is done again"
                follow(name)
            if name not in PARTS:
                assert_sound()
            assert faults() == []
            outcome = "done"
        transaction.set_rollback(True)
    return outcome


def follow(name: str) -> None:
    """Let the ledger follow goods whose place has just moved.

    The relay does it for what is committed; an attempt here never is.
    """
    if name not in {"party.move_organization", "saleschannel.move"}:
        return
    rows = JournalEntry.objects.filter(command=name, xid=RawSQL("pg_current_xact_id()", ()))
    entries = [
        Entry(row.id, row.at, row.actor, row.channel, name, row.subject,
              row.arguments, row.answer, row.events or [])
        for row in rows
    ]  # fmt: skip
    follow_places(entries)


def examples_of(strategy: st.SearchStrategy[Any], look: Callable[[Any], None], count: int) -> None:
    chosen = settings(
        max_examples=count,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
        phases=PHASES,
    )
    chosen(given(strategy)(look))()


@pytest.mark.parametrize("name", sorted(commands))
def test_bad_input_is_refused_in_words_and_changes_nothing(world: World, name: str) -> None:
    def look(example: tuple[Context, dict[str, Any]]) -> None:
        one_attempt(world, name, *example)

    strategy = st.tuples(contexts(world), arguments_of(name, world.known))
    examples_of(strategy, look, EXAMPLES)


@pytest.mark.parametrize("name", sorted(commands))
def test_who_may_not_changes_nothing(world: World, name: str) -> None:
    def look(arguments: dict[str, Any]) -> None:
        ctx = world.context(grants=frozenset(commands) - {name})
        watch = Watch.begin(world.before)
        with pytest.raises(NotPermitted) as refused:
            doing(name, arguments)(ctx)
        assert_worded(refused.value)
        assert changed(world.before, watch.now().held) == set()

    examples_of(arguments_of(name, world.known), look, 2)


@pytest.mark.parametrize("name", sorted(set(commands) - UNSCOPED))
def test_another_branchs_things_are_out_of_reach(world: World, name: str) -> None:
    """Of what is in Zhengzhou, Luoyang's supervisor and somebody without any place get nothing."""
    luoyang = world.province.paths[world.province.organizations["4103"]]
    actor = world.province.people["luoyang"].user

    def look(example: tuple[Scope, dict[str, Any]]) -> None:
        scope, arguments = example
        if not _names_a_thing(arguments, world.ours):
            return
        outcome = one_attempt(world, name, world.context(actor=actor, scope=scope), arguments)
        assert outcome not in {"done", "parked"}

    scopes = st.sampled_from([Scope.of([luoyang]), Scope()])
    examples_of(st.tuples(scopes, arguments_of(name, world.ours)), look, 6)


def _names_a_thing(value: Any, ours: dict[str, list[Any]]) -> bool:
    if isinstance(value, UUID):
        return any(value in pool for pool in ours.values())
    if isinstance(value, dict):
        return any(_names_a_thing(one, ours) for one in value.values())
    if is_dataclass(value) and not isinstance(value, type):
        return any(_names_a_thing(getattr(value, f.name), ours) for f in fields(value))
    return False
