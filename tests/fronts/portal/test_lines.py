"""SIM swap, change of number and cancellation through plain forms."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest
from django.urls import reverse

from qudao.domain.customer import queries as customers
from qudao.domain.ordering import queries as ordering
from qudao.domain.ordering.types import OrderSearch, OrderState
from qudao.domain.resource import queries as numbers
from qudao.domain.resource.types import NumberState
from qudao.domain.stock import queries as goods
from qudao.domain.stock.types import UnitState
from qudao.journeys import packs
from qudao.kernel.page import PageRequest
from tests.fronts.portal.conftest import Shop
from tests.fronts.portal.things import Counter
from tests.province import assert_sound
from tests.stocked import resident_id


@pytest.fixture
def counter(shop: Shop) -> Counter:
    return Counter(shop)


def _begin(counter: Counter, business: str, msisdn: str = "") -> UUID:
    answer = counter.post("line", business, msisdn=msisdn or counter.shop.customer())
    assert answer.status_code == 302, answer.content.decode()
    return UUID(answer.url.split("/")[2])


def _identify(counter: Counter, dossier: UUID, **more: str) -> None:
    assert counter.get("line_customer", dossier).status_code == 200
    assert counter.person("line_customer", dossier, **more).status_code == 302
    assert counter.pictures("line_customer", dossier).status_code == 302


def _confirm(counter: Counter, dossier: UUID, **more: str) -> object:
    page = counter.get("line_confirm", dossier)
    form = page.context["form"].initial
    values = {"request_key": form["request_key"], "price": str(form["price"]), **more}
    return counter.client.post(reverse("portal:line_confirm", args=[dossier]), values)


def _done(counter: Counter, answer: object) -> object:
    assert answer.status_code == 302, answer.content.decode()  # type: ignore[attr-defined]
    counter.shop.fulfil()
    order = counter.client.get(answer.url).context["order"]  # type: ignore[attr-defined]
    assert order.state == OrderState.COMPLETED, (order.refusal_code, order.refusal_reason)
    assert_sound()
    assert customers.unsound() == []
    return order


def _orders(counter: Counter) -> int:
    search = OrderSearch(outlet=counter.shop.outlet)
    return ordering.orders(counter.ctx(), search=search, page=PageRequest()).total


def test_a_sim_swap(counter: Counter) -> None:
    dossier = _begin(counter, "sim_swap")
    assert counter.get("line_confirm", dossier).url.endswith("/customer/"), "no step is skipped"
    _identify(counter, dossier)
    sim = counter.shelf.sim()
    assert counter.post("line_sim", dossier, sim=sim).url.endswith("/confirm/")
    page = counter.get("line_confirm", dossier).content.decode()
    assert sim in page and "¥10.00" in page
    order = _done(counter, _confirm(counter, dossier))
    assert order.business == "sim_swap"  # type: ignore[attr-defined]
    assert goods.unit(counter.ctx(), kind="sim", serial=sim).state == UnitState.SOLD


def test_a_change_of_number(counter: Counter) -> None:
    dossier = _begin(counter, "number_change")
    _identify(counter, dossier)
    assert counter.get("line_number", dossier).status_code == 200
    assert counter.pick(dossier).url.endswith("/number/")
    (held,) = counter.held()
    _done(counter, _confirm(counter, dossier))
    assert numbers.number(counter.ctx(), msisdn=held.number).state == NumberState.ACTIVE


def test_a_cancellation(counter: Counter) -> None:
    dossier = _begin(counter, "cancellation")
    _identify(counter, dossier)
    page = counter.get("line_confirm", dossier).content.decode()
    assert "rests 90 days" in page and "Nothing to collect" in page
    _done(counter, _confirm(counter, dossier))


def test_a_double_click_and_the_back_button(counter: Counter) -> None:
    dossier = _begin(counter, "sim_swap")
    _identify(counter, dossier)
    counter.post("line_sim", dossier, sim=counter.shelf.sim())
    form = counter.get("line_confirm", dossier).context["form"].initial
    values = {"request_key": form["request_key"], "price": str(form["price"])}
    address = reverse("portal:line_confirm", args=[dossier])
    first, second = counter.client.post(address, values), counter.client.post(address, values)
    assert first.url == second.url
    assert _orders(counter) == 1
    assert counter.get("line_sim", dossier).url == first.url


@pytest.mark.parametrize(
    ("number", "words"),
    [("12345", "no mobile number"), ("19999999999", "no line with the number")],
)
def test_lines_that_are_none(counter: Counter, number: str, words: str) -> None:
    answer = counter.post("line", "sim_swap", msisdn=number)
    assert answer.status_code in (404, 422)
    assert words in answer.content.decode()
    assert 'id="id_msisdn_error"' in answer.content.decode()


def test_somebody_elses_line(counter: Counter) -> None:
    number = counter.shop.customer()
    dossier = _begin(counter, "sim_swap", number)
    _identify(counter, dossier, number=resident_id())
    counter.post("line_sim", dossier, sim=counter.shelf.sim())
    _done(counter, _confirm(counter, dossier))
    other = _begin(counter, "cancellation", number)
    answer = counter.person("line_customer", other, number=resident_id())
    assert answer.status_code == 422
    assert 'id="id_number_error"' in answer.content.decode()


def test_cards_for_a_swap(counter: Counter) -> None:
    dossier = _begin(counter, "sim_swap")
    _identify(counter, dossier)
    unknown = counter.post("line_sim", dossier, sim="89860000000000000000")
    assert unknown.status_code == 422
    assert 'id="id_sim_error"' in unknown.content.decode()
    sim, number = counter.shelf.sim(), counter.number()
    branch = counter.shop.province.organizations["4101"]
    system = counter.shop.province.system(datetime.now(UTC))
    packs.pack(system, branch=branch, serials=(sim,), numbers=(number,))
    pack = counter.post("line_sim", dossier, sim=sim)
    assert pack.status_code == 422
    assert "belongs to a number of its own" in pack.content.decode()


def test_a_price_that_was_not_shown(counter: Counter) -> None:
    dossier = _begin(counter, "number_change")
    _identify(counter, dossier)
    counter.pick(dossier)
    answer = _confirm(counter, dossier, price="1")
    assert answer.status_code == 409  # type: ignore[attr-defined]
    assert "The price has changed" in answer.content.decode()  # type: ignore[attr-defined]
    assert _orders(counter) == 0


def test_given_up_and_taken_up_again(counter: Counter) -> None:
    dossier = _begin(counter, "number_change")
    _identify(counter, dossier)
    counter.pick(dossier)
    (held,) = counter.held()
    assert str(dossier) in counter.get("line", "number_change").content.decode()
    assert counter.get("line_resume", dossier).url.endswith("/confirm/")
    assert counter.get("line_sim", dossier).status_code == 404, "no such step here"
    counter.post("line_leave", dossier)
    assert numbers.number(counter.ctx(), msisdn=held.number).state == NumberState.FREE
    assert counter.get("line_resume", dossier).url == reverse("portal:line", args=["number_change"])


def test_the_boss_is_away(counter: Counter) -> None:
    number = counter.shop.customer()
    counter.shop.boss.faults(down={"seconds": 60, "how": "503"})
    answer = counter.post("line", "sim_swap", msisdn=number)
    counter.shop.boss.faults()
    assert answer.status_code == 503
    assert "does not answer at the moment" in answer.content.decode()
