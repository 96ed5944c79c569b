"""Opening an account through plain forms: four steps, every refusal, nothing done twice or left."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from qudao.domain.catalog import operations as catalog
from qudao.domain.catalog.types import FitCell, FitLevel
from qudao.domain.customer import operations as customer
from qudao.domain.customer import queries as customers
from qudao.domain.customer.types import DossierId, DossierState
from qudao.domain.ordering import queries as ordering
from qudao.domain.ordering.types import OrderSearch, OrderState
from qudao.domain.resource import operations as resource
from qudao.domain.resource import queries as numbers
from qudao.domain.resource.types import NumberState
from qudao.domain.stock import queries as goods
from qudao.domain.stock.types import UnitState
from qudao.domain.wallet import queries as wallets
from qudao.journeys import packs
from qudao.kernel.money import Money
from qudao.kernel.page import PageRequest
from qudao.kernel.personal import Personal
from tests.fronts.portal.conftest import Shop
from tests.fronts.portal.things import Counter
from tests.province import assert_sound
from tests.stocked import iccid, photo, resident_id, shelve


@pytest.fixture
def counter(shop: Shop) -> Counter:
    return Counter(shop)


def _orders(counter: Counter) -> int:
    search = OrderSearch(outlet=counter.shop.outlet)
    return ordering.orders(counter.ctx(), search=search, page=PageRequest()).total


def _balance(counter: Counter) -> Money:
    return wallets.wallet(counter.ctx(), outlet=counter.shop.outlet).balance


def _state(counter: Counter, dossier: object) -> str:
    return customers.dossier(counter.ctx(), dossier=DossierId(dossier)).state  # type: ignore[arg-type]


def _sound() -> None:
    assert_sound()
    assert customers.unsound() == []
    assert goods.unsound() == []


def test_four_steps(counter: Counter) -> None:
    before = _balance(counter)
    dossier = counter.begin()
    assert counter.get("opening_number", dossier).status_code == 200
    assert counter.pick(dossier).url.endswith("/number/")
    (held,) = counter.held()
    sim = counter.shelf.sim()
    assert counter.sim(dossier, sim).url.endswith("/plan/")
    plan = counter.get("opening_plan", dossier)
    assert plan.context["total"] is not None
    assert counter.plan(dossier, add_ons=["DATA1GB"]).url.endswith("/customer/")
    assert counter.person("opening_customer", dossier).status_code == 302
    page = counter.get("opening_customer", dossier).content.decode()
    assert "0 of 5 lines used, 5 left" in page
    assert "王*明" in page and "王小明" not in page
    assert counter.pictures("opening_customer", dossier).status_code == 302
    contract = counter.get("opening_contract", dossier)
    text = contract.content.decode()
    assert "王小明" in text and "Mobile service agreement" in text and held.number[:3] in text
    assert "29:" in text or "30:00" in text, "the time left is on every step"
    assert _orders(counter) == 0 and _balance(counter) == before
    paper = counter.get("opening_pdf", dossier)
    assert paper.content.startswith(b"%PDF")
    opened = counter.contract(dossier)
    assert opened.status_code == 302, opened.content.decode()
    assert _balance(counter) < before
    assert numbers.number(counter.ctx(), msisdn=held.number).state == NumberState.BOUND
    counter.shop.fulfil()
    order = counter.client.get(opened.url)
    assert order.context["order"].state == OrderState.COMPLETED, order.context["order"]
    parts = [part.item.kind for part in order.context["parts"]]
    assert parts == ["number", "sim", "plan", "add_on", "prepay"]
    assert numbers.number(counter.ctx(), msisdn=held.number).state == NumberState.ACTIVE
    assert goods.unit(counter.ctx(), kind="sim", serial=sim).state == UnitState.SOLD
    signed = counter.post("order_contract", order.context["order"].id)
    assert signed.content.startswith(b"%PDF") and signed["Content-Type"] == "application/pdf"
    _sound()


def test_a_pack_needs_no_number(counter: Counter) -> None:
    number, sim = counter.number(), counter.shelf.sim()
    branch = counter.shop.province.organizations["4101"]
    now = datetime.now(UTC)
    packs.pack(counter.shop.province.system(now), branch=branch, serials=(sim,), numbers=(number,))
    dossier = counter.begin()
    assert counter.sim(dossier, sim).url.endswith("/plan/")
    assert "Pre-opened pack" in counter.get("opening_plan", dossier).content.decode()
    counter.plan(dossier)
    counter.person("opening_customer", dossier)
    counter.pictures("opening_customer", dossier)
    assert counter.contract(dossier).status_code == 302
    again = counter.begin()
    counter.pick(again)
    refused = counter.sim(again, sim)
    assert refused.status_code == 422
    _sound()


def test_a_double_click_opens_once(counter: Counter) -> None:
    dossier = counter.ready()
    page = counter.get("opening_contract", dossier)
    form = page.context["form"].initial
    key = {"request_key": form["request_key"], "total": str(form["total"])}
    first, second = counter.contract(dossier, **key), None
    second = counter.client.post(
        reverse("portal:opening_contract", args=[dossier]), {**key, "typed": "x"}
    )
    assert first.url == second.url
    assert _orders(counter) == 1
    back = counter.get("opening_plan", dossier)
    assert back.url == first.url, "the back button leads to the order"
    _sound()


def test_a_signature_by_keyboard(counter: Counter) -> None:
    dossier = counter.ready()
    nothing = counter.contract(dossier, signature="")
    assert nothing.status_code == 422
    assert "Let the customer sign, or type the name." in nothing.content.decode()
    no_tick = counter.contract(dossier, signature="", typed="王小明")
    assert "Tick it once the customer agrees." in no_tick.content.decode()
    assert _orders(counter) == 0
    typed = counter.contract(dossier, signature="", typed="王小明", consent="on")
    assert typed.status_code == 302, typed.content.decode()


@pytest.mark.parametrize("signature", ["data:text/html,x", "data:image/png;base64,AAAA", "x" * 10])
def test_what_is_no_signature(counter: Counter, signature: str) -> None:
    dossier = counter.ready()
    answer = counter.contract(dossier, signature=signature)
    assert answer.status_code == 422
    assert "The signature did not arrive" in answer.content.decode()
    assert _orders(counter) == 0


def test_leaving_gives_everything_back(counter: Counter) -> None:
    dossier = counter.ready()
    (held,) = counter.held()
    assert counter.post("opening_leave", dossier).url == reverse("portal:opening")
    assert _state(counter, dossier) == DossierState.ABANDONED
    assert numbers.number(counter.ctx(), msisdn=held.number).state == NumberState.FREE
    assert counter.get("opening_contract", dossier).url == reverse("portal:opening")
    _sound()


def test_a_lost_connection_is_taken_up_again(counter: Counter) -> None:
    dossier = counter.begin()
    counter.pick(dossier)
    counter.sim(dossier)
    page = counter.get("opening").content.decode()
    assert reverse("portal:opening_resume", args=[dossier]) in page
    assert counter.get("opening_resume", dossier).url.endswith("/plan/")
    assert counter.get("opening_contract", dossier).url.endswith("/plan/"), "no step is skipped"


def test_the_hold_runs_out_on_the_way(counter: Counter) -> None:
    dossier = counter.ready()
    late = datetime.now(UTC) + timedelta(minutes=31)
    resource.expire(counter.shop.province.system(late))
    answer = counter.get("opening_contract", dossier)
    assert answer.url.endswith("/number/")
    text = counter.client.get(answer.url).content.decode()
    assert "The time for the number is over" in text
    counter.pick(dossier)
    assert counter.get("opening_resume", dossier).url.endswith("/contract/"), "the rest is kept"


def test_another_number_lets_the_first_one_go(counter: Counter) -> None:
    dossier = counter.begin()
    counter.pick(dossier)
    (first,) = counter.held()
    counter.pick(dossier)
    (second,) = counter.held()
    assert first.number != second.number
    assert numbers.number(counter.ctx(), msisdn=first.number).state == NumberState.FREE


def test_cards_that_cannot_be_sold(counter: Counter) -> None:
    elsewhere = shelve(counter.shop.province, counter.shop.province.far, at=datetime.now(UTC))
    dossier = counter.begin()
    no_number = counter.sim(dossier)
    assert no_number.status_code == 422
    assert "Choose a number first" in no_number.content.decode()
    counter.pick(dossier)
    for serial, words in (
        (elsewhere.sim(), "another place"),
        (iccid(), iccid()[:8]),
        ("123", "123"),
    ):
        answer = counter.sim(dossier, serial)
        assert answer.status_code == 422
        assert 'id="id_sim_error"' in answer.content.decode(), words
    sim = counter.shelf.sim()
    counter.sim(dossier, sim)
    other = counter.ready()
    counter.sim(other, sim)
    counter.contract(other)
    taken = counter.get("opening_plan", dossier)
    assert taken.url.endswith("/number/"), "somebody else has sold the card meanwhile"


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"prepay": "57.99"}, "Too little is paid in advance"),
        ({"prepay": ""}, "This field is required"),
        ({"prepay": "abc"}, "Enter an amount in yuan"),
        ({"plan": ""}, "Choose a plan."),
        ({"plan": "DATA1GB"}, "Select a valid choice"),
        ({"add_ons": ["GT88"]}, "Select a valid choice"),
    ],
)
def test_plans_and_prepayments_that_do_not_do(
    counter: Counter, more: dict[str, object], words: str
) -> None:
    dossier = counter.begin()
    counter.pick(dossier)
    counter.sim(dossier)
    answer = counter.plan(dossier, **more)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    live = counter.post("opening_price", dossier, **{"plan": "GT58", "prepay": "100", **more})
    assert live.status_code == 200


def test_a_good_number_needs_a_bigger_plan(counter: Counter) -> None:
    dossier = counter.begin()
    counter.pick(dossier, counter.number(grade="second"))
    counter.sim(dossier)
    answer = counter.plan(dossier, plan="GT58")
    assert answer.status_code == 422
    assert "This number needs a plan of at least" in answer.content.decode()


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"number": "410102199003071234"}, "number"),
        ({"number": ""}, "number"),
        ({"name": "1234"}, "name"),
        ({"valid_until": "2020-01-01"}, "valid_until"),
        ({"phone": "abc"}, "phone"),
        ({"kind": "passport", "number": "E12345678"}, "country"),
        ({"kind": "passport", "number": "E12345678", "country": "FRA"}, "birth_date"),
        ({"kind": "lottery"}, "kind"),
    ],
)
def test_documents_that_are_none(counter: Counter, more: dict[str, str], field: str) -> None:
    dossier = counter.begin()
    counter.pick(dossier)
    counter.sim(dossier)
    counter.plan(dossier)
    answer = counter.person("opening_customer", dossier, **more)
    assert answer.status_code == 422
    assert f'id="id_{field}_error"' in answer.content.decode()
    assert counter.get("opening_contract", dossier).url.endswith("/customer/")


def test_a_blacklisted_document(counter: Counter) -> None:
    number = resident_id()
    customer.blacklist(
        counter.shop.province.system(datetime.now(UTC)),
        kind="resident_id",
        number=Personal(number),
        reason="fraud reported",
    )
    dossier = counter.begin()
    counter.pick(dossier)
    counter.sim(dossier)
    counter.plan(dossier)
    answer = counter.person("opening_customer", dossier, number=number)
    assert answer.status_code == 422
    assert 'id="id_number_error"' in answer.content.decode()


def test_the_sixth_line_of_a_document(counter: Counter) -> None:
    number = resident_id()
    for used in range(5):
        dossier = counter.begin()
        counter.pick(dossier)
        counter.sim(dossier)
        counter.plan(dossier)
        counter.person("opening_customer", dossier, number=number)
        assert (
            f"{used} of 5 lines used" in counter.get("opening_customer", dossier).content.decode()
        )
        counter.pictures("opening_customer", dossier)
        assert counter.contract(dossier).status_code == 302
    dossier = counter.begin()
    counter.pick(dossier)
    counter.sim(dossier)
    counter.plan(dossier)
    sixth = counter.person("opening_customer", dossier, number=number)
    assert sixth.status_code == 422
    assert 'id="id_number_error"' in sixth.content.decode()
    assert _orders(counter) == 5
    _sound()


def test_a_minor_needs_a_guardian(counter: Counter) -> None:
    dossier = counter.begin()
    counter.pick(dossier)
    counter.sim(dossier)
    counter.plan(dossier)
    step = "opening_customer"
    assert counter.person(step, dossier, number=resident_id(2015)).status_code == 302
    page = counter.get(step, dossier).content.decode()
    assert "Minor: a guardian is needed" in page and "identify the guardian" in page
    young = counter.person(step, dossier, role="guardian", number=resident_id(2014))
    assert young.status_code == 422
    assert counter.person(step, dossier, role="guardian", name="王大明").status_code == 302
    kinds = ("front", "back", "portrait", "guardian_front", "guardian_back", "kinship")
    assert counter.pictures(step, dossier, *kinds).status_code == 302
    assert counter.contract(dossier).status_code == 302
    _sound()


def test_an_agent_with_an_authorization(counter: Counter) -> None:
    dossier = counter.begin()
    counter.pick(dossier)
    counter.sim(dossier)
    counter.plan(dossier)
    step = "opening_customer"
    counter.person(step, dossier)
    asked = counter.client.get(reverse(f"portal:{step}", args=[dossier]), {"add": "agent"})
    assert 'value="agent"' in asked.content.decode()
    assert counter.person(step, dossier, role="agent", name="李四").status_code == 302
    counter.pictures(step, dossier)
    assert counter.get("opening_contract", dossier).url.endswith("/customer/"), "papers missing"
    counter.pictures(step, dossier, "agent_front", "agent_back", "authorization")
    assert "李四" in counter.get("opening_contract", dossier).content.decode()
    counter.post(step, dossier, act="dismiss", role="agent")
    assert "李四" not in counter.get("opening_contract", dossier).content.decode()


def test_pictures_that_are_none(counter: Counter) -> None:
    dossier = counter.begin()
    counter.pick(dossier)
    counter.sim(dossier)
    counter.plan(dossier)
    counter.person("opening_customer", dossier)
    answer = counter.post(
        "opening_customer",
        dossier,
        act="pictures",
        front=SimpleUploadedFile("front.jpg", b"no picture", "image/jpeg"),
        back=SimpleUploadedFile("back.jpg", photo(), "image/jpeg"),
    )
    assert answer.status_code == 422
    assert "no picture that can be read" in answer.content.decode()


def test_a_wallet_that_cannot_pay(counter: Counter) -> None:
    dossier = counter.ready()
    counter.plan(dossier, prepay="9999")
    page = counter.get("opening_contract", dossier)
    assert "Your wallet cannot pay for this" in page.content.decode()
    before = _balance(counter)
    answer = counter.contract(dossier)
    assert answer.status_code == 409
    assert (_orders(counter), _balance(counter)) == (0, before)
    assert _state(counter, dossier) == DossierState.DRAFT
    _sound()


def test_a_price_that_was_not_shown(counter: Counter) -> None:
    dossier = counter.ready()
    answer = counter.contract(dossier, total="1")
    assert answer.status_code == 409
    assert "The price has changed" in answer.content.decode()
    assert _orders(counter) == 0


def test_what_the_boss_refuses_goes_back(counter: Counter) -> None:
    dossier = counter.ready()
    before = _balance(counter)
    (held,) = counter.held()
    counter.shop.boss.faults(refuse=1.0)
    try:
        opened = counter.contract(dossier)
        counter.shop.fulfil()
    finally:
        counter.shop.boss.faults()
    order = counter.client.get(opened.url).context["order"]
    assert order.state == OrderState.FAILED
    assert _balance(counter) == before
    assert numbers.number(counter.ctx(), msisdn=held.number).state == NumberState.FREE
    _sound()


def test_another_outlets_dossier_does_not_exist(counter: Counter) -> None:
    province = counter.shop.province
    theirs = customer.open_dossier(
        province.context("outlet_clerk", province.far, at=datetime.now(UTC)),
        outlet=province.far,
        purpose="account_opening",
    )
    for page in ("opening_number", "opening_plan", "opening_customer", "opening_contract"):
        assert counter.get(page, theirs).status_code == 404, page
    assert counter.get("opening_number", uuid4()).status_code == 404
    assert counter.post("opening_leave", theirs).status_code == 404


def test_an_unfit_channel_does_not_show_it(shop: Shop) -> None:
    unfit = FitCell("account_opening", "agency_point", "city", FitLevel.UNFIT)
    catalog.set_fit(shop.province.system(datetime.now(UTC)), cells=[unfit])
    client = shop.client()
    assert "/opening/" not in client.get("/").content.decode()
    assert client.get(reverse("portal:opening")).status_code == 403
    assert client.post(reverse("portal:opening_new"), {"request_key": "k"}).status_code == 302
    assert customers.unsound() == []
