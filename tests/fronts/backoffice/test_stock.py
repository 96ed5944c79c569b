"""Goods at the back office: deliveries, counts, write-offs, packs, figures, files of them."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse

from qudao.domain.resource.models import Number
from qudao.domain.stock import operations as stock
from qudao.domain.stock.models import (
    Count,
    Item,
    Quantity,
    Requisition,
    RequisitionLine,
    Threshold,
    Unit,
)
from qudao.domain.stock.queries import unsound
from qudao.domain.stock.types import NewUnit, RequisitionId
from qudao.kernel.money import Money
from qudao.kernel.period import business_date
from qudao.kernel.personal import Secret
from qudao.platform.commands.models import ParkedCommand
from tests.fronts.backoffice.conftest import Enter, do, now, page, text
from tests.province import Province
from tests.stocked import Shelf, iccid, load_numbers, shelve

pytestmark = pytest.mark.django_db


@pytest.fixture
def store(province: Province) -> Shelf:
    """Goods in the store of Zhengzhou."""
    return shelve(province, province.organizations["4101"], at=now() - timedelta(days=1))


@pytest.fixture
def keeper(enter: Enter) -> Client:
    return enter("keeper")


def unit(serial: str) -> Unit:
    return Unit.objects.unscoped("test").get(serial=serial)


def asked(province: Province, **goods: int) -> RequisitionId:
    """The agent's clerk asks the branch."""
    wanted = goods or {"SIM3IN1": 5, "GIFT-UMBRELLA": 10}
    return stock.ask(
        province.clerk(at=now()), place=province.agent, goods=wanted, note="market day"
    )


def row(key: UUID) -> Requisition:
    return Requisition.objects.unscoped("test").get(pk=key)


def approve(client: Client, key: str = "ok") -> Any:
    parked = ParkedCommand.objects.filter(state="waiting").latest("id")
    return do(client, "commands_parkedcommand", "approve", parked.pk, key=key)


def sound() -> None:
    assert list(unsound()) == []


# -------------------------------------------------------------------- deliveries


def test_a_requisition_is_accepted_in_part_dispatched_and_settled(
    province: Province, store: Shelf, keeper: Client
) -> None:
    key = asked(province)
    assert "Asked for" in text(keeper.get(reverse("admin:stock_requisition_changelist")))
    part = {"n:SIM3IN1": 3, "n:GIFT-UMBRELLA": 10}
    no_reason = do(keeper, "stock_requisition", "accept", key, **part)
    assert no_reason.status_code == 422
    assert "Refused; nothing was changed." in text(no_reason) and row(key).state == "asked"
    done = do(keeper, "stock_requisition", "accept", key, key="k2", reason="few left", **part)
    assert done.status_code == 302, text(done)
    again = do(keeper, "stock_requisition", "accept", key, key="k3", reason="few left", **part)
    assert again.status_code == 409

    first, second, third = sorted(store.sims)[:3]
    too_many = do(
        keeper, "stock_requisition", "dispatch", key, **{"s:SIM3IN1": "\n".join(store.sims[:4])}
    )
    assert too_many.status_code == 422, text(too_many)
    unknown = do(keeper, "stock_requisition", "dispatch", key, **{"s:SIM3IN1": iccid()})
    assert unknown.status_code == 404 and "Refused" in text(unknown)
    lines = f"{first} .. {second}\n{third}"
    sent = do(
        keeper,
        "stock_requisition",
        "dispatch",
        key,
        key="k4",
        **{"s:SIM3IN1": lines, "n:GIFT-UMBRELLA": 10},
    )
    assert sent.status_code == 302, text(sent)
    assert {unit(one).state for one in (first, second, third)} == {"in_transit"}

    shown = text(page(keeper, "stock_requisition", key))
    assert "Show and print" in shown and first in shown
    note = keeper.get(reverse("admin:delivery_note", args=[key]))
    assert note.status_code == 200
    assert all(one in text(note) for one in (first, second, third))

    stock.receive(
        province.clerk(at=now()),
        requisition=key,
        serials=[first, second],
        quantities={"GIFT-UMBRELLA": 10},
    )
    assert unit(third).state == "missing"
    settled = do(
        keeper, "stock_requisition", "settle", key, key="k5", outcome="stayed", reason="overlooked"
    )
    assert settled.status_code == 302, text(settled)
    assert unit(third).state == "in_stock"
    assert unit(third).place_id == province.organizations["4101"]
    late = do(
        keeper, "stock_requisition", "settle", key, key="k6", outcome="stayed", reason="overlooked"
    )
    assert late.status_code == 409
    sound()


def test_without_serials_the_oldest_go(province: Province, store: Shelf, keeper: Client) -> None:
    key = asked(province, SIM3IN1=4)
    assert do(keeper, "stock_requisition", "accept", key, **{"n:SIM3IN1": 4}).status_code == 302
    form = keeper.get(reverse("admin:stock_requisition_act", args=[key, "dispatch"]))
    assert "Empty: the oldest go." in text(form)
    tried = do(
        keeper, "stock_requisition", "dispatch", key, key="k2", preview="1", **{"n:SIM3IN1": 4}
    )
    assert tried.status_code == 200 and row(key).state == "accepted"
    sent = do(keeper, "stock_requisition", "dispatch", key, key="k3", **{"n:SIM3IN1": 4})
    assert sent.status_code == 302
    assert Unit.objects.unscoped("test").filter(document=key).count() == 4
    back = do(keeper, "stock_requisition", "cancel", key, key="k4", reason="wrong truck")
    assert back.status_code == 302
    assert not Unit.objects.unscoped("test").filter(state="in_transit").exists()
    sound()


def test_declining_needs_a_reason(province: Province, store: Shelf, keeper: Client) -> None:
    key = asked(province)
    assert do(keeper, "stock_requisition", "decline", key, reason="").status_code == 422
    assert do(keeper, "stock_requisition", "decline", key, reason="none left").status_code == 302
    assert row(key).state == "declined" and row(key).answer == "none left"


def test_what_is_short_is_refused_in_place(
    province: Province, store: Shelf, keeper: Client
) -> None:
    key = asked(province, SIM3IN1=60)
    assert do(keeper, "stock_requisition", "accept", key, **{"n:SIM3IN1": 60}).status_code == 302
    short = do(keeper, "stock_requisition", "dispatch", key, key="k2", **{"n:SIM3IN1": 60})
    assert short.status_code == 409
    assert "Refused" in text(short) and "stock." not in text(short), text(short)


def test_another_branch_finds_nothing_of_it(province: Province, store: Shelf, enter: Enter) -> None:
    key = asked(province)
    far = enter("luoyang")
    assert page(far, "stock_requisition", key).status_code == 404
    assert far.get(reverse("admin:delivery_note", args=[key])).status_code == 404
    assert page(far, "stock_unit", unit(store.sims[0]).pk).status_code == 404
    assert store.sims[0] not in text(far.get(reverse("admin:stock_unit_changelist")))


def test_transfers_and_returns_between_stores(
    province: Province, store: Shelf, keeper: Client
) -> None:
    sims = store.sims[:2]
    nonsense = do(
        keeper, "stock_requisition", "transfer", source="4101", target="410102", goods="abc 1"
    )
    assert nonsense.status_code == 422
    data = {"source": "4101", "target": "410102", "goods": "\n".join([*sims, "GIFT-UMBRELLA 5"])}
    sent = do(keeper, "stock_requisition", "transfer", **data, note="reserve")
    assert sent.status_code == 302, text(sent)
    key = Requisition.objects.unscoped("test").latest("asked_at").pk
    assert sent.url.endswith(f"{key}/")
    got = do(keeper, "stock_requisition", "receive", key, key="k2", everything="on")
    assert got.status_code == 302, text(got)
    assert unit(sims[0]).place_id == province.organizations["410102"]
    back = do(
        keeper,
        "stock_requisition",
        "return",
        key="k3",
        place="410102",
        goods=sims[0],
        reason="broken",
        damaged="on",
        terms="consignment",
    )
    assert back.status_code == 302, text(back)
    key = Requisition.objects.unscoped("test").latest("asked_at").pk
    partly = do(keeper, "stock_requisition", "receive", key, key="k4", **{"s:SIM3IN1": sims[1]})
    assert partly.status_code == 409, "it was not sent with this delivery"
    assert (
        do(
            keeper, "stock_requisition", "receive", key, key="k5", **{"s:SIM3IN1": sims[0]}
        ).status_code
        == 302
    )
    assert unit(sims[0]).state == "defective"
    sound()


def test_asking_the_province_for_goods(province: Province, store: Shelf, keeper: Client) -> None:
    wrong = do(
        keeper, "stock_requisition", "ask", place="4101", goods="NOTHING 5", terms="consignment"
    )
    assert wrong.status_code == 422
    sent = do(
        keeper, "stock_requisition", "ask", place="4101", goods="sim3in1 500", terms="consignment"
    )
    assert sent.status_code == 302, text(sent)
    line = RequisitionLine.objects.latest("id")
    assert (line.item_id, line.asked) == ("SIM3IN1", 500)


# -------------------------------------------------------------------- where they lie


def test_writing_off_takes_a_second_person(
    province: Province, store: Shelf, keeper: Client, enter: Enter
) -> None:
    data = {
        "place": "4101",
        "goods": store.sims[0],
        "state": "in_stock",
        "terms": "consignment",
        "reason": "crushed",
    }
    assert do(keeper, "stock_unit", "write-off", **{**data, "reason": ""}).status_code == 422
    parked = do(keeper, "stock_unit", "write-off", **data)
    assert "Parked for a second person" in text(parked)
    assert "Writing goods off always needs a second person." in text(parked)
    assert unit(store.sims[0]).state == "in_stock"
    own = approve(keeper)
    assert own.status_code in (403, 404), "a maker is no checker"
    done = approve(enter("supervisor"), key="ok2")
    assert done.status_code == 302, text(done)
    assert unit(store.sims[0]).state == "written_off"
    life = text(page(keeper, "stock_unit", unit(store.sims[0]).pk))
    assert "Taken in" in life and "Written off" in life and "crushed" in life
    assert "Supplier" in life and "Scrap" in life
    sound()


def test_defective_goods_and_those_that_turned_up(
    province: Province, store: Shelf, keeper: Client
) -> None:
    data = {"place": "4101", "terms": "consignment", "reason": "fell down"}
    done = do(keeper, "stock_quantity", "defective", goods="GIFT-UMBRELLA 3", **data)
    assert done.status_code == 302, text(done)
    counted = Quantity.objects.unscoped("test").get(item="GIFT-UMBRELLA")
    assert (counted.in_stock, counted.defective) == (47, 3)
    both = do(
        keeper,
        "stock_unit",
        "defective",
        key="k2",
        goods=f"{store.sims[0]}\nSIM3IN1 2",
        **data,
    )
    assert both.status_code == 422, "serials or a number, not both"
    elsewhere = do(
        keeper, "stock_unit", "found", key="k3", goods=store.sims[0], **{**data, "place": "4101"}
    )
    assert elsewhere.status_code == 409, "it is not missing"
    assert "Refused" in text(elsewhere)


def test_a_count_shows_what_it_found_before_it_is_closed(
    province: Province, store: Shelf, keeper: Client
) -> None:
    opened = do(keeper, "stock_count", "open", place="4101", item="SIM3IN1")
    assert opened.status_code == 302, text(opened)
    key = Count.objects.unscoped("test").get().pk
    twice = do(keeper, "stock_count", "open", key="k2", place="4101", item="")
    assert twice.status_code == 409
    scanned = "\n".join(store.sims[1:])
    noted = do(keeper, "stock_count", "record", key, key="k3", serials=scanned, quantities="")
    assert noted.status_code == 302, text(noted)
    strange = do(keeper, "stock_count", "record", key, key="k4", serials=iccid(), quantities="")
    assert strange.status_code == 404
    seen = do(keeper, "stock_count", "close", key, key="k5")
    assert seen.status_code == 200 and "This would change:" in text(seen)
    assert store.sims[0] in text(seen) and unit(store.sims[0]).state == "in_stock"
    mark = seen.context["seen"]
    closed = do(keeper, "stock_count", "close", key, key="k5", seen=mark)
    assert closed.status_code == 302, text(closed)
    assert unit(store.sims[0]).state == "missing"
    assert "Missing" in text(page(keeper, "stock_count", key))
    sound()


def test_articles_and_goods_taken_in(province: Province, store: Shelf, enter: Enter) -> None:
    marketing, keeper = enter("marketing"), enter("keeper")
    data = {
        "code": "HS-NEW",
        "kind": "handset",
        "name_zh": "新手机",
        "name_en": "New phone",
        "price": "1999",
        "wholesale": "1800",
        "offering": "",
    }
    assert do(keeper, "stock_item", "create", **data).status_code == 403
    made = do(marketing, "stock_item", "create", **data)
    assert made.status_code == 302 and made.url.endswith("/HS-NEW/"), text(made)
    assert do(marketing, "stock_item", "create", key="k2", **data).status_code == 409
    changed = {**data, "price": "1,899", "active": "on"}
    assert do(marketing, "stock_item", "change", "HS-NEW", key="k3", **changed).status_code == 302
    assert Item.objects.get(code="HS-NEW").price == 1899_00
    bad = do(
        keeper, "stock_unit", "take-in", place="4101", item="HS-NEW", cost="1500", serials="123"
    )
    assert bad.status_code == 422
    more = do(
        keeper,
        "stock_quantity",
        "take-in",
        key="k4",
        place="4101",
        item="GIFT-UMBRELLA",
        quantity="20",
        cost="15.50",
    )
    assert more.status_code == 302, text(more)
    assert Quantity.objects.unscoped("test").get(item="GIFT-UMBRELLA").in_stock == 70
    sound()


# -------------------------------------------------------------------- what there is


def test_live_stock_from_the_province_down_to_the_outlet(
    province: Province, store: Shelf, enter: Enter
) -> None:
    shelve(province, province.agent, each=3, at=now())
    do(enter("keeper"), "stock_threshold", "set", place="4101", item="SIM3IN1", low="20")
    assert Threshold.objects.unscoped("test").get().low == 20
    client = enter("province")
    address = reverse("admin:stock_levels")
    whole = text(client.get(address))
    assert "Zhengzhou" in whole and "Luoyang" in whole and "1 shortage" in whole
    branch = text(client.get(f"{address}?place=000.41.4101"))
    assert "At this place itself" in branch and "Zhongyuan" in branch
    county = client.get(f"{address}?place=000.41.4101.410102&kind=sim")
    assert "Outlet AGENT" in text(county)
    assert "10 / 20" in text(client.get(reverse("admin:stock_levels_live")))
    file = client.get(reverse("admin:stock_levels_file", args=["csv"]))
    assert "SIM3IN1" in file.content.decode("utf-8-sig")
    assert client.get(reverse("admin:stock_levels_file", args=["doc"])).status_code == 404
    far = enter("luoyang")
    assert "Zhongyuan" not in text(far.get(f"{address}?place=000.41.4101"))
    short = text(client.get(reverse("admin:stock_threshold_changelist") + "?short=yes"))
    assert "Zhengzhou" in short


def test_figures_and_the_map(province: Province, store: Shelf, enter: Enter) -> None:
    client = enter("province")
    supervisor = enter("supervisor")
    for name in ("stock_ageing", "stock_turnover", "stock_margins", "stock_map", "stock_batches"):
        answer = supervisor.get(reverse(f"admin:{name}"))
        assert answer.status_code == 200, name
    ageing = text(client.get(reverse("admin:stock_ageing")))
    assert "up to 30 days" in ageing and "Zhengzhou" in ageing
    for figure in ("ageing", "turnover", "margins"):
        status = client.get(reverse("admin:stock_file", args=[figure, "xlsx"])).status_code
        may = figure != "margins"
        assert status == (200 if may else 403), figure
        file = supervisor.get(reverse("admin:stock_file", args=[figure, "xlsx"]))
        assert file.status_code == 200 and file.content[:2] == b"PK"
    assert supervisor.get(reverse("admin:stock_file", args=["other", "csv"])).status_code == 404
    shown = client.get(reverse("admin:stock_map") + "?measure=in_transit&goods=sim")
    assert "Zhengzhou" in text(shown) and "henan.json" in shown.content.decode()
    county = client.get(reverse("admin:stock_map") + "?place=000.41.4101")
    assert "Zhongyuan" in text(county)
    values = client.get(reverse("admin:stock_map") + "?measure=value")
    assert "At cost" not in text(values), "who may not see values sees pieces"
    for word in ("'", "%00", "ж" * 90, "-1", "<script>", "2026-99-99"):
        for name in ("stock_ageing", "stock_turnover", "stock_map", "stock_levels", "expiring"):
            query = {"place": word, "item": word, "goods": word, "first": word, "page": word}
            assert client.get(reverse(f"admin:{name}"), query).status_code == 200, (name, word)


def test_expiring_cards_become_a_transfer(province: Province, store: Shelf, keeper: Client) -> None:
    soon = business_date(now()) + timedelta(days=10)
    cards = [(f"2777{n:012d}", f"9{n:017d}") for n in range(5)]
    stock.load_units(
        province.system(now()),
        place=province.organizations["4101"],
        item="RC50",
        units=tuple(NewUnit(one, pin=Secret(pin), expires_on=soon) for one, pin in cards),
        cost=Money(20),
    )
    address = reverse("admin:expiring")
    assert "Nothing to propose" in text(keeper.get(address)), "nobody sells such cards"
    gone = keeper.post(reverse("admin:expiring_transfer"), {"proposal": "x", "request_key": "k"})
    assert gone.status_code == 302

    sold, order = shelve(province, province.agent, each=6, at=now()), UUID(int=77)
    stock.hold(
        province.system(now()),
        outlet=province.agent,
        serials=[("recharge_card", one) for one, _pin in sold.cards],
        order=order,
    )
    stock.hand_over(province.system(now()), orders=[order])
    shown = keeper.get(address)
    assert "Outlet AGENT" in text(shown), "it sells two of them in ten days"
    proposal = re.search(r'name="proposal" value="([^"]+)"', shown.content.decode())
    assert proposal is not None
    data = {"request_key": "t1", "proposal": proposal.group(1)}
    for _twice in range(2):
        sent = keeper.post(reverse("admin:expiring_transfer"), data)
        assert sent.status_code == 302, text(sent)
    way = Unit.objects.unscoped("test").filter(state="in_transit")
    assert {one.serial for one in way} <= {one for one, _pin in cards} and way.count() == 2
    sound()


def test_lists_go_out_as_files(province: Province, store: Shelf, enter: Enter) -> None:
    client = enter("keeper")
    address = reverse("admin:list_file", args=["stock.unit", "csv"])
    lines = client.get(address, {"kind": "sim"}).content.decode("utf-8-sig").splitlines()
    assert len(lines) == 11 and lines[0].startswith("Serial,Article,State")
    assert all("SIM card" in line for line in lines[1:])
    listed = client.get(reverse("admin:stock_unit_changelist"), {"kind": "sim"})
    assert f"{address}?kind=sim" in listed.content.decode()
    moves = client.get(reverse("admin:list_file", args=["stock.movement", "xlsx"]))
    assert moves.content[:2] == b"PK"
    for wrong in ("ordering.order", "nothing", "party.individual"):
        assert client.get(reverse("admin:list_file", args=[wrong, "csv"])).status_code == 404
    far = enter("luoyang").get(address).content.decode("utf-8-sig").splitlines()
    assert len(far) == 1


def test_movements_are_found_by_either_end(province: Province, store: Shelf, enter: Enter) -> None:
    client = enter("province")
    address = reverse("admin:stock_movement_changelist")
    assert "Taken in" in text(client.get(address, {"place": "000.41.4101"}))
    other = text(client.get(address, {"place": "000.41.4103"}))
    assert "Nothing found" in other
    sold = text(client.get(address, {"kind": "sale"}))
    assert "Nothing found" in sold


# -------------------------------------------------------------------- packs


def test_packs_of_plain_numbers_are_made_and_taken_apart(
    province: Province, store: Shelf, keeper: Client
) -> None:
    load_numbers(province)
    address = reverse("admin:packs_pack")
    data = {"request_key": "p1", "place": "4101", "count": "3", "serials": "", "numbers": ""}
    many = keeper.post(address, {**data, "count": "40"})
    assert many.status_code == 422 and "There are not so many cards here." in text(many)
    uneven = keeper.post(address, {**data, "numbers": "13403710001"})
    assert uneven.status_code == 422 and "These are 1, not 3." in text(uneven)
    made = keeper.post(address, data)
    assert made.status_code == 302, text(made)
    packed = list(Unit.objects.unscoped("test").exclude(number=""))
    assert len(packed) == 3
    states = {Number.objects.unscoped("test").get(number=int(one.number)).state for one in packed}
    assert states == {"bound"}
    shown = text(keeper.get(reverse("admin:packs")))
    assert all(one.serial in shown for one in packed)
    taken = keeper.post(
        address,
        {**data, "request_key": "p2", "count": "1", "numbers": packed[0].number},
    )
    assert taken.status_code == 409 and "Refused" in text(taken)
    apart = keeper.post(
        reverse("admin:packs_unpack"), {"request_key": "p3", "serials": packed[0].serial}
    )
    assert apart.status_code == 302, text(apart)
    assert unit(packed[0].serial).number == ""
    sound()


# -------------------------------------------------------------------- who may


@pytest.mark.parametrize(
    ("name", "may"),
    [("keeper", True), ("supervisor", False), ("auditor", False), ("marketing", False)],
)
def test_only_keepers_move_goods(
    name: str, may: bool, province: Province, store: Shelf, enter: Enter
) -> None:
    client = enter(name)
    key = asked(province)
    body = page(client, "stock_requisition", key).content.decode()
    for act in ("accept", "decline"):
        address = reverse("admin:stock_requisition_act", args=[key, act])
        assert (address in body) is may
        assert client.get(address).status_code == (200 if may else 403)
    for act in ("transfer", "return"):
        status = client.get(reverse("admin:stock_requisition_do", args=[act])).status_code
        assert status == (200 if may else 403)
    assert client.get(reverse("admin:packs")).status_code == (200 if may else 403)
