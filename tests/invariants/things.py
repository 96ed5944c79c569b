"""Numbers, goods, customers and dossiers in every state that they can have."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from qudao.domain.commission import operations as commission
from qudao.domain.commission.types import TrialKind
from qudao.domain.customer import operations as customer
from qudao.domain.customer import queries as customers
from qudao.domain.customer.types import DossierId
from qudao.domain.resource import operations as resource
from qudao.domain.resource.types import Reserve
from qudao.domain.stock import operations as stock
from qudao.domain.stock.types import Goods, RequisitionId
from qudao.journeys import bulk, cards, goods, lines, opening, packs
from qudao.journeys.fulfilment import LEASE, conclude
from qudao.journeys.goods import Line
from qudao.kernel.money import Money
from qudao.kernel.personal import Secret
from qudao.platform.commands.command import AwaitingApproval
from qudao.platform.commands.context import Context
from tests.domain.commission.policies import Offices, draft, fee
from tests.journeys.shop import PLAN, PREPAY, answer
from tests.province import NOON, Province
from tests.stocked import FAR_PREFIX, PREFIX, dossier, person, shelve

AT = NOON - timedelta(hours=1)


@dataclass
class Things:
    """Ids by the name of their type, and texts by the name of the argument that they suit."""

    province: Province
    ids: dict[str, list[Any]] = field(default_factory=dict)
    texts: dict[str, list[str]] = field(default_factory=dict)

    def add(self, kind: str, *made: Any) -> None:
        self.ids.setdefault(kind, []).extend(made)

    def clerk(self) -> Context:
        return self.province.clerk(at=AT)

    def system(self) -> Context:
        return self.province.system(AT)


def make(province: Province) -> Things:
    things = Things(province)
    _numbers(things)
    _shelves(things)
    _sales(things)
    _deliveries(things)
    _counts(things)
    _files(things)
    _people(things)
    _policies(things)
    return things


def _numbers(things: Things) -> None:
    province, system = things.province, things.system
    resource.load_reference(system())
    for code, prefix in (("4101", PREFIX), ("4103", FAR_PREFIX)):
        resource.load_numbers(
            system(),
            branch=province.organizations[code],
            numbers=tuple(f"{prefix}{n:04d}" for n in range(5300, 5340)),
        )
    numbers = [f"{PREFIX}{n:04d}" for n in range(5300, 5340)]
    # 5339 is active, 5338 cancelled, 5337 rests.
    resource.adopt(system(), numbers=numbers[-3:])
    resource.retire(system(), numbers=numbers[-3:-2])
    resource.rest(system(), before=AT + timedelta(seconds=1))
    resource.retire(system(), numbers=numbers[-2:-1])
    things.texts["number"] = [numbers[0], numbers[10], *numbers[-4:], f"{FAR_PREFIX}5300"]
    late = replace(things.clerk(), at=AT - timedelta(days=1))
    held = [
        resource.reserve.one(ctx, Reserve(province.agent, number))
        for ctx, number in ((things.clerk(), numbers[0]), (late, numbers[1]))
    ]
    things.add("HoldId", *(one.hold for one in held))
    paid = resource.reserve.one(things.clerk(), Reserve(province.agent, numbers[2]))
    resource.pay(system(), hold=paid.hold, order=paid.hold)
    things.add("HoldId", paid.hold)


def _shelves(things: Things) -> None:
    province, system = things.province, things.system
    agent = shelve(province, province.agent, each=14, at=AT)
    store = shelve(province, province.organizations["4101"], each=6, at=AT)
    far = shelve(province, province.far, each=2, at=AT)
    here, texts = province.agent, things.texts
    packed = agent.sim()
    packs.pack(
        system(),
        branch=province.organizations["4101"],
        serials=(packed,),
        numbers=(f"{PREFIX}5310",),
    )
    broken, lost = agent.handset(), agent.handset()
    stock.mark_defective(
        system(), place=here, goods=(Goods("HS-NOVA5", serials=(broken,)),), reason="cracked"
    )
    stock.mark_defective(system(), place=here, goods=(Goods("GIFT-UMBRELLA", 3),), reason="torn")
    scrap = agent.handset()
    stock.write_off(
        system(), place=here, goods=(Goods("HS-NOVA5", serials=(scrap,)),), reason="sunk"
    )
    serial, pin = agent.card()
    texts["serial"] = [
        packed, agent.sims[0], agent.cards[0][0], agent.handsets[0], broken, lost, scrap,
        far.sims[0], far.cards[0][0], store.sims[0], store.handsets[0], serial,
    ]  # fmt: skip
    texts["pin"] = [pin, agent.cards[0][1]]
    texts["sim"] = [agent.sims[0], agent.sims[1], packed, far.sims[0]]
    things.ids["shelf"] = [agent]
    cards.sell(things.clerk(), outlet=here, serial=serial)


def _sales(things: Things) -> None:
    """Openings, cards, goods: open, completed, refused, unknown, not sent."""
    province, (agent,) = things.province, things.ids.pop("shelf")
    here = province.agent
    numbers = iter(f"{PREFIX}{n:04d}" for n in range(5312, 5330))
    orders: list[Any] = []

    def act(do: Callable[[], Any], outcome: str) -> Any:
        made = do()
        if outcome == "left":
            return made
        to_send, to_ask = _claim(things)
        due = [*to_send, *to_ask]
        conclude(things.system(), orders=due, outcomes=[answer(one.order, outcome) for one in due])
        orders.extend(one.order for one in due)
        return made

    def open_account(file: DossierId) -> Callable[[], Any]:
        held = resource.reserve.one(things.clerk(), Reserve(here, next(numbers)))
        things.add("HoldId", held.hold)
        return lambda: opening.open(
            things.clerk(),
            dossier=file,
            sim=agent.sim(),
            plan=PLAN,
            prepay=PREPAY,
            hold=held.hold,
            total=held.price + Money(10_00) + PREPAY,
        )

    for outcome in ("completed", "refused", "unknown", "left"):
        file = dossier(province, things.clerk(), here)
        things.add("DossierId", file)
        sold = act(open_account(file), outcome)
        orders.append(sold.order)
        serial, pin = agent.card()
        act(lambda serial=serial: cards.sell(things.clerk(), outlet=here, serial=serial), outcome)
        things.texts["pin"].append(pin)
        things.texts["serial"].append(serial)
        handset = agent.handset()
        things.texts["serial"].append(handset)

        def basket(handset: str = handset) -> Any:
            wanted = (Line("handset", handset), Line(item="GIFT-UMBRELLA", quantity=2))
            total = sum(
                (one.amount for one in goods.basket(things.clerk(), outlet=here, lines=wanted)),
                Money(0),
            )
            return goods.sell(things.clerk(), outlet=here, lines=wanted, total=total)

        orders.extend(one.order for one in act(basket, outcome))
    used_serial, used_pin = agent.card()
    act(lambda: cards.sell(things.clerk(), outlet=here, serial=used_serial), "completed")
    act(
        lambda: cards.redeem(
            things.clerk(), outlet=here, pin=Secret(used_pin), msisdn="13800138000"
        ),
        "completed",
    )
    things.texts["pin"].append(used_pin)
    file = dossier(province, things.clerk(), here, purpose="sim_swap", number="13900139000")
    lines.swap_sim(
        things.clerk(), dossier=file, msisdn="13900139000", sim=agent.sim(), price=Money(10_00)
    )
    things.add("DossierId", file)
    for purpose in ("sim_swap", "number_change", "cancellation"):
        things.add(
            "DossierId",
            dossier(province, things.clerk(), here, purpose=purpose, number="13800138000"),
        )
    things.add("OrderId", *dict.fromkeys(orders))


def _claim(things: Things) -> Any:
    from qudao.domain.ordering.operations import claim

    return claim(things.system(), most=100, lease=LEASE)


def _deliveries(things: Things) -> None:
    """Requisitions asked, accepted, declined, on their way, received, with differences, bought."""
    province, system = things.province, things.system
    here = province.agent

    def ask(**more: Any) -> RequisitionId:
        made = stock.ask(
            things.clerk(), place=here, goods={"SIM3IN1": 2, "GIFT-UMBRELLA": 3}, **more
        )
        things.add("RequisitionId", made)
        return made

    def send(made: RequisitionId) -> None:
        wanted = {"SIM3IN1": 1, "GIFT-UMBRELLA": 2}
        stock.decide(system(), requisition=made, accepted=wanted, reason="short")
        stock.dispatch(
            system(), requisition=made, goods=[Goods(item, n) for item, n in wanted.items()]
        )

    ask()
    accepted, declined = ask(), ask()
    stock.decide(system(), requisition=accepted, accepted={"SIM3IN1": 1}, reason="short")
    stock.decide(system(), requisition=declined, accepted={}, reason="nothing left")
    under_way, short, whole, bought = ask(), ask(), ask(), ask(terms="purchase")
    for made in (under_way, short, whole, bought):
        send(made)
    stock.receive(things.clerk(), requisition=short, quantities={"GIFT-UMBRELLA": 1})
    stock.receive(things.clerk(), requisition=whole, everything=True)
    goods.receive(things.clerk(), requisition=bought, everything=True)
    coming = ask(terms="purchase")
    send(coming)
    back = stock.return_goods(
        things.clerk(), place=here, goods=(Goods("GIFT-UMBRELLA", 1),), reason="too many"
    )
    own = stock.return_goods(
        things.clerk(),
        place=here,
        goods=(Goods("GIFT-UMBRELLA", 1),),
        reason="too many",
        terms="purchase",
    )
    things.add("RequisitionId", back, own)
    try:
        stock.settle_difference(
            replace(system(), exempt=False), requisition=short, outcome="lost", reason="stolen"
        )
    except AwaitingApproval as held:
        things.add("UUID", held.parked)


def _counts(things: Things) -> None:
    here = things.province.agent
    closed = stock.open_count(things.clerk(), place=here, item="GIFT-UMBRELLA")
    stock.record_count(things.clerk(), count=closed, quantities={"GIFT-UMBRELLA": 30})
    stock.close_count(things.clerk(), count=closed)
    opened = stock.open_count(things.clerk(), place=here)
    things.add("CountId", closed, opened)
    stock.set_threshold(things.system(), place=here, item="SIM3IN1", low=5)


def _files(things: Things) -> None:
    csv = b"number\n13403715390\n13403715391\n"
    for content in (csv, b"nonsense"):
        made = bulk.check_file(
            things.system(),
            kind="numbers",
            place=things.province.organizations["4101"],
            file_name="numbers.csv",
            content=content,
        )
        things.add("BulkId", made)
        bulk.examine(things.system(), bulk=made)
    waiting = stock.keep_file(
        things.system(),
        kind="numbers",
        place=things.province.organizations["4101"],
        file_name="more.csv",
        content=csv,
    )
    things.add("BulkId", waiting)


def _people(things: Things) -> None:
    province, here = things.province, things.province.agent
    empty = customer.open_dossier(things.clerk(), outlet=here, purpose="account_opening")
    ready = dossier(province, things.clerk(), here, who=person())
    left = dossier(province, things.clerk(), here)
    customer.abandon(things.clerk(), dossier=left)
    things.add("DossierId", empty, ready, left)
    listed = person()
    things.add(
        "BlacklistId",
        customer.blacklist(
            things.system(), kind=listed.kind, number=listed.number, reason="fraud reported"
        ),
    )
    known = [
        customers.dossier(things.system(), dossier=one).customer for one in things.ids["DossierId"]
    ]
    things.add("CustomerId", *dict.fromkeys(one for one in known if one is not None))


def _policies(things: Things) -> None:
    """Commission policies of Zhengzhou: a draft, one that waits, one that earns; and a trial."""
    offices = Offices(things.province, at=AT)
    drafted = offices.drafted(draft(fee("drafted"), on_top_of=("4101-2026-002",)))
    earning = offices.effective(draft(fee("earning")))
    waiting = draft(fee("waiting", business="bill_payment"))
    proposed = offices.carry(offices.drafted(waiting), "proposed")
    trial = commission.ask_trial(
        things.system(),
        policy=drafted,
        kind=TrialKind.WHAT_IF,
        months=(date(2026, 10, 1),),
        question={},
    )
    things.add("PolicyId", drafted, proposed, earning)
    things.add("TrialId", trial)
