"""
Look up a customer in the BOSS: who it is, what is due.

Every look-up is journalled before the BOSS is asked: who looked, for which number, through
which front. The call itself is outside any transaction.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from django.conf import settings
from django.utils.module_loading import import_string

from qudao.domain.ordering.ports import Boss, Due, Subscriber
from qudao.domain.ordering.types import NotAMobileNumber
from qudao.kernel.ids import new_id
from qudao.kernel.numbers import valid_msisdn
from qudao.platform.commands.command import command
from qudao.platform.commands.context import Context


@dataclass(frozen=True, slots=True)
class Customer:
    """A subscriber and, if it was asked for, what is due."""

    subscriber: Subscriber
    due: Due | None


@cache
def boss() -> Boss:
    """Return the gateway to the BOSS that the settings name."""
    gateway: Boss = import_string(settings.BOSS_GATEWAY)()
    return gateway


def look_up(ctx: Context, *, msisdn: str, due: bool = False) -> Customer:
    """
    Return the customer behind a number, with the bills that are due if asked for.

    :raises NotPermitted: without `customers.look_up`.
    :raises NotAMobileNumber: if the number cannot be one.
    :raises SubscriberNotFound: if no line has it.
    :raises BossUnavailable: if the BOSS gives no answer in time.
    """
    if not valid_msisdn(msisdn):
        ctx.require("customers.look_up")
        raise NotAMobileNumber(msisdn)
    record_look_up(ctx.with_key(f"look-up:{new_id(ctx.at)}"), msisdn=msisdn)
    gateway = boss()
    return Customer(gateway.subscriber(msisdn), gateway.due(msisdn) if due else None)


@command("customers.look_up")
def record_look_up(ctx: Context, *, msisdn: str) -> None:
    """Write into the journal that somebody looks a customer up."""
