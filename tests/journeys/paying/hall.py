"""An electronic hall in the small province, and customers who pay at it."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from qudao.domain.checkout import operations as checkout
from qudao.domain.checkout import queries as payments
from qudao.domain.checkout.models import CustomerPayment
from qudao.domain.checkout.types import CheckoutId, Pay, PaymentRecord
from qudao.domain.ordering.types import Sale
from qudao.domain.party import queries as organizations
from qudao.domain.party.types import OrganizationId
from qudao.domain.saleschannel import operations as saleschannel
from qudao.domain.saleschannel.types import Contract, Market, OutletDraft
from qudao.domain.wallet import operations as wallet
from qudao.domain.wallet import queries as wallets
from qudao.journeys import halls, paying
from qudao.journeys.dialogue import talking
from qudao.journeys.dialogue.types import Message, Talk
from qudao.journeys.paying import audit
from qudao.journeys.reactions import paid_orders
from qudao.kernel.money import Money
from qudao.kernel.period import Period
from qudao.kernel.personal import Personal, Secret
from qudao.kernel.scope import Scope
from qudao.platform.commands.context import Context
from qudao.platform.commands.models import JournalEntry
from qudao.platform.events.relay import Entry
from qudao.platform.identity.roles import grants_of
from qudao.platform.messaging.models import OutgoingMessage
from tests.province import NOON, Province, assert_sound

MSISDN = "13837100001"
_keys = itertools.count()


@dataclass
class PaidHall:
    """The SMS hall, open, with an empty wallet."""

    province: Province
    outlet: OrganizationId
    path: str
    at: datetime = NOON

    def context(self, key: str = "") -> Context:
        return Context(
            actor=halls.ACTOR,
            channel="sms",
            at=self.at,
            request_key=key or f"hall-{next(_keys)}",
            grants=grants_of(halls.ROLE),
            scope=Scope.of([self.path]),
        )

    def sale(self, amount: int = 50_00, offering: str = "TOPUP") -> Sale:
        return Sale(self.outlet, offering, MSISDN, Money(amount))

    def opened(self) -> CheckoutId:
        """A payment that a hall has begun, and nothing more."""
        pay = Pay(self.outlet, "bound", Money(50_00), "TOPUP", Personal(MSISDN), language="en")
        return checkout.open(self.context(), pay=pay, token=Secret(""))

    def begin_page(self) -> paying.Page:
        """The customer of a web page confirms; always the same one."""
        return paying.begin_page(
            replace(self.context("dialogue:9:9"), channel="web"),
            sale=self.sale(),
            payer=MSISDN,
            what="Top-up",
            language="en",
        )

    def boss_refuses(self) -> None:
        """The BOSS refuses whatever was sold and is not decided; the journal brings it."""
        self.province.refuse(self.province.dispatch(at=self.at), at=self.at)
        rows = JournalEntry.objects.filter(command="ordering.settle").order_by("id")
        events = [(row, [tuple(one) for one in row.events or []]) for row in rows]
        paid_orders.follow_orders(
            [
                Entry(row.id, row.at, row.actor, row.channel, row.command, None, None, None, facts)
                for row, facts in events
            ]
        )

    def leave(self, t: Talk) -> None:
        """What is over is over: the next message begins anew."""
        talking.step(replace(t, ctx=t.ctx.with_key(f"left-{next(_keys)}")), Message("cancel"))

    def payments(self) -> list[PaymentRecord]:
        """All there are, oldest first."""
        rows = CustomerPayment.objects.unscoped("all that there are").order_by("opened_at", "id")
        return [payments.payment(payment=one) for one in rows.values_list("id", flat=True)]

    def payment(self) -> PaymentRecord:
        (one,) = self.payments()
        return one

    def balance(self) -> Money:
        return wallets.wallet(self.province.system(), outlet=self.outlet).balance

    def later(self, by: timedelta = timedelta(minutes=2)) -> None:
        self.at += by

    def settle(self) -> int:
        """The job, a while later."""
        self.later()
        return paying.settle(self.province.system(self.at))

    def texts(self) -> list[str]:
        return [str(one.text) for one in OutgoingMessage.objects.order_by("created_at", "id")]


def open_hall(province: Province, kind: str = "sms_hall") -> PaidHall:
    then = NOON - timedelta(days=60)
    outlet = saleschannel.open_outlet(
        province.system(then),
        place=province.organizations["4101"],
        draft=OutletDraft(
            name_zh="短信营业厅",
            name_en="SMS hall",
            kind=kind,
            market=Market.CITY,
            address="1 High Street",
            contract=Contract(f"C-{kind}", Period(NOON - timedelta(days=90))),
        ),
    )
    wallet.open(province.system(then), outlet=outlet)
    saleschannel.activate(province.system(then), outlet=outlet)
    row = organizations.organization(province.system(then), outlet)
    assert row is not None
    province.paths[outlet] = row.path
    return PaidHall(province, outlet, row.path)


def assert_all_sound() -> None:
    """The books balance, and agree with the payments."""
    assert_sound()
    assert audit.unsound() == []
