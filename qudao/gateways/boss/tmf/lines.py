"""What the BOSS's answers to questions about a line mean."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec

from qudao.domain.ordering.ports import (
    Allowance,
    Bill,
    Charge,
    Due,
    Points,
    Subscriber,
    Unlocking,
    Usage,
)
from qudao.gateways.boss.tmf.answers import Amount, Resource, Unreadable, read
from qudao.kernel.money import Money
from qudao.kernel.period import business_date
from qudao.kernel.personal import Secret


class _Characteristic(msgspec.Struct):
    name: str
    value: Any = None


class _Offering(msgspec.Struct):
    id: str


class _Product(msgspec.Struct, rename="camel"):
    product_offering: _Offering
    status: str
    name: str = ""
    product_characteristic: list[_Characteristic] = []
    realizing_resource: list[Resource] = []

    def characteristic(self, name: str) -> str:
        return _said(self.product_characteristic, name)

    def resource(self, name: str) -> str:
        carriers = (each for each in self.realizing_resource if each.name == name)
        return next((each.value or each.id or "" for each in carriers), "")


class _Customer(msgspec.Struct):
    name: str = ""
    characteristic: list[_Characteristic] = []


class _Quantity(msgspec.Struct):
    amount: Decimal
    units: str


class _Bucket(msgspec.Struct, rename="camel"):
    remaining_value: _Quantity | None = None


class _TimePeriod(msgspec.Struct, rename="camel"):
    start_date_time: datetime | None = None
    end_date_time: datetime | None = None


class _Bill(msgspec.Struct, rename="camel"):
    billing_period: _TimePeriod
    remaining_amount: Amount
    id: str = ""
    amount_due: Amount | None = None
    tax_included_amount: Amount | None = None
    payment_due_date: datetime | None = None

    @property
    def month(self) -> str:
        if self.billing_period.start_date_time is None:
            raise Unreadable(f"the bill {self.id} has no month")
        return f"{business_date(self.billing_period.start_date_time):%Y-%m}"


class _Charge(msgspec.Struct, rename="camel"):
    name: str = ""
    tax_included_amount: Amount | None = None
    characteristic: list[_Characteristic] = []


class _Counter(msgspec.Struct, rename="camel"):
    counter_type: str = ""
    value: _Quantity | None = None


class _Balance(msgspec.Struct, rename="camel"):
    remaining_value: _Quantity | None = None


class _Used(msgspec.Struct, rename="camel"):
    name: str = ""
    usage_type: str = ""
    bucket_counter: list[_Counter] = []
    bucket_balance: list[_Balance] = []


class _Consumption(msgspec.Struct):
    bucket: list[_Used] = []


class _LoyaltyBalance(msgspec.Struct, rename="camel"):
    quantity: _Quantity
    valid_for: _TimePeriod | None = None


class _LoyaltyAccount(msgspec.Struct, rename="camel"):
    loyalty_balance: list[_LoyaltyBalance] = []


class _Card(msgspec.Struct, rename="camel"):
    resource_characteristic: list[_Characteristic] = []


def read_subscriber(
    msisdn: str, products: bytes, customers: bytes, buckets: bytes
) -> Subscriber | None:
    """
    Put a subscriber together from 637, 629 and 654; nothing if no line has the number.

    :raises Unreadable:
    """
    owned = read(products, list[_Product])
    plan = next((each for each in owned if each.characteristic("kind") == "plan"), None)
    if plan is None:
        return None
    customer = next(iter(read(customers, list[_Customer])), _Customer())
    balance = Money.zero()
    for bucket in read(buckets, list[_Bucket]):
        if bucket.remaining_value is not None and bucket.remaining_value.units == "CNY":
            balance += _fen(bucket.remaining_value.amount)
    return Subscriber(
        msisdn=msisdn,
        name_masked=_masked(customer.name),
        state=plan.status if plan.status in ("active", "terminated") else "suspended",
        plan_code=plan.product_offering.id,
        plan_name_zh=plan.name,
        plan_name_en=plan.characteristic("nameEn") or plan.name,
        balance=balance,
        add_ons=tuple(
            sorted(
                each.product_offering.id
                for each in owned
                if each is not plan and each.status == "active"
            )
        ),
        iccid=plan.resource("ICCID"),
        branch=_said(customer.characteristic, "branch"),
    )


def read_due(msisdn: str, products: bytes, bills: bytes) -> Due | None:
    """
    What is open on the bills of 678; nothing if, by 637, no line has the number.

    :raises Unreadable:
    """
    known = read_bills(products, bills)
    if known is None:
        return None
    open_bills: dict[str, Money] = {}
    for bill in known:
        if bill.open:
            open_bills[bill.month] = open_bills.get(bill.month, Money.zero()) + bill.open
    return Due(
        msisdn=msisdn,
        amount=sum(open_bills.values(), Money.zero()),
        bills=tuple(sorted(open_bills.items())),
    )


def read_bills(products: bytes, bills: bytes) -> tuple[Bill, ...] | None:
    """
    The bills of 678, the newest first; nothing if, by 637, no line has the number.

    :raises Unreadable:
    """
    if not read(products, list[_Product]):
        return None
    found = [
        Bill(
            id=bill.id,
            month=bill.month,
            amount=_money(bill.tax_included_amount or bill.amount_due or bill.remaining_amount),
            open=_money(bill.remaining_amount),
            due_date=bill.payment_due_date and business_date(bill.payment_due_date),
        )
        for bill in read(bills, list[_Bill])
    ]
    return tuple(sorted(found, key=lambda bill: (bill.month, bill.id), reverse=True))


def read_charges(data: bytes) -> tuple[Charge, ...]:
    """
    The lines of a bill, from 678.

    :raises Unreadable:
    """
    return tuple(
        Charge(one.name, _said(one.characteristic, "nameEn") or one.name, _money(amount))
        for one in read(data, list[_Charge])
        if (amount := one.tax_included_amount) is not None
    )


def read_usage(msisdn: str, products: bytes, consumption: bytes) -> Usage | None:
    """
    What was used of each bucket of 677; nothing if, by 637, no line has the number.

    :raises Unreadable:
    """
    if not read(products, list[_Product]):
        return None
    found = read(consumption, list[_Consumption])
    buckets = (bucket for one in found for bucket in one.bucket)
    return Usage(msisdn, tuple(one for bucket in buckets for one in _allowance(bucket)))


def _allowance(bucket: _Used) -> Iterator[Allowance]:
    used = [c.value for c in bucket.bucket_counter if c.counter_type == "used" and c.value]
    left = [b.remaining_value for b in bucket.bucket_balance if b.remaining_value]
    if used or left:
        yield Allowance(
            sort=bucket.usage_type,
            unit=(used or left)[0].units,
            name=bucket.name,
            used=int(sum(one.amount for one in used)),
            left=int(sum(one.amount for one in left)),
        )


def read_points(msisdn: str, products: bytes, accounts: bytes) -> Points | None:
    """
    The points of 658, and when they end; nothing if, by 637, no line has the number.

    :raises Unreadable:
    """
    if not read(products, list[_Product]):
        return None
    total, ends = 0, dict[date, int]()
    for account in read(accounts, list[_LoyaltyAccount]):
        for one in account.loyalty_balance:
            amount = int(one.quantity.amount)
            total += amount
            if one.valid_for is not None and one.valid_for.end_date_time is not None:
                last = business_date(one.valid_for.end_date_time - timedelta(microseconds=1))
                ends[last] = ends.get(last, 0) + amount
    return Points(msisdn, total, tuple(sorted(ends.items())))


def read_iccid(products: bytes) -> str | None:
    """
    The ICCID of the card that a line is on, by 637; empty if it is not told, nothing if no line
    has the number.

    :raises Unreadable:
    """
    owned = read(products, list[_Product])
    return next(filter(None, (one.resource("ICCID") for one in owned)), "") if owned else None


def read_unlocking(cards: bytes) -> Unlocking | None:
    """
    The keys of a SIM card, from 639; nothing if none are told.

    :raises Unreadable:
    """
    for card in read(cards, list[_Card]):
        told = card.resource_characteristic
        if puk := _said(told, "puk1") or _said(told, "puk"):
            return Unlocking(Secret(puk), Secret(_said(told, "puk2")))
    return None


def _said(told: list[_Characteristic], name: str) -> str:
    """What a characteristic says; empty if there is none of the name."""
    return next((str(one.value) for one in told if one.name == name), "")


def _money(amount: Amount) -> Money:
    return _fen(amount.value or Decimal(0))


def _masked(name: str) -> str:
    return name[:1] + "*" * (len(name) - 1)


def _fen(amount: Decimal) -> Money:
    minor = amount.scaleb(2)
    if minor != int(minor):
        raise Unreadable(f"an amount of {amount} is no whole number of fen")
    return Money(int(minor))
