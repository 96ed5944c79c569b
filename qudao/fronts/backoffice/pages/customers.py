"""Customer service looks a customer up in the BOSS; the journal keeps who looked."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils.translation import gettext_lazy

from qudao.domain.ordering import queries as ordering
from qudao.domain.ordering.types import OrderSearch
from qudao.fronts.backoffice.desk import Desk, Page, pages
from qudao.fronts.backoffice.forms import CustomerForm
from qudao.journeys.customers import look_up
from qudao.kernel.page import PageRequest
from qudao.kernel.refusals import Refusal
from qudao.platform.backoffice.screen import STATUS
from qudao.platform.backoffice.words import word

ORDERS = 20


def customers(desk: Desk) -> HttpResponse:
    """A look-up changes nothing but the journal; it is sent as a form, so that no link does it."""
    if desk.request.method != "POST":
        return desk.page("customers", form=CustomerForm())
    form = CustomerForm(desk.request.POST)
    if not form.is_valid():
        return desk.page("customers", status=422, form=form)
    msisdn = form.cleaned_data["msisdn"]
    orders = ordering.orders(desk.ctx, search=OrderSearch(msisdn=msisdn), page=PageRequest(ORDERS))
    try:
        customer = look_up(desk.ctx, msisdn=msisdn, due=True)
    except Refusal as refusal:
        return desk.page(
            "customers",
            status=STATUS[refusal.kind],
            form=form,
            refused=word(refusal),
            orders=orders,
        )
    return desk.page("customers", form=form, customer=customer, orders=orders)


pages.register("customers")(
    Page(
        code="customers",
        title=gettext_lazy("Customers"),
        group="sales",
        position=2,
        icon="user-circle",
        permissions=frozenset({"customers.look_up", "ordering.read"}),
        views=(("customers/", customers, "customers"),),
    )
)
