"""Read the rules in force, what the network tells, whether a line has a service password."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import cast

from qudao.domain.credential import rules
from qudao.domain.credential.models import LineCredential, OneTimeCode, PolicyVersion
from qudao.domain.credential.types import Caller, Need, NotALine, Policy, Way, demand
from qudao.kernel.numbers import valid_msisdn
from qudao.platform.commands.codec import decode
from qudao.platform.commands.context import Context


def policy() -> Policy:
    """Return the rules in force; those of the code where nobody has set others."""
    rows = PolicyVersion.objects.order_by("-set_at", "-id")
    found = rows.values_list("rules", flat=True).first()
    return Policy() if found is None else cast(Policy, decode(found, Policy))


def has_password(ctx: Context, *, caller: Caller) -> bool:
    """
    Say whether the caller's line has a service password, so that a front asks for it or offers to
    set one.

    :raises StepUpNeeded: if it is not known who calls.
    """
    demand(caller, Need.NUMBER, ctx.at)
    return LineCredential.objects.filter(msisdn=caller.msisdn).exclude(password="").exists()


def known(*, numbers: Iterable[str]) -> list[str]:
    """Return the numbers among these of which a password, a code or a wrong try is stored."""
    wanted = list(numbers)
    lines = LineCredential.objects.filter(msisdn__in=wanted).values_list("msisdn", flat=True)
    codes = OneTimeCode.objects.filter(msisdn__in=wanted).values_list("msisdn", flat=True)
    return sorted(lines.union(codes))


def network_caller(*, msisdn: str, at: datetime, rules_kept: Policy | None = None) -> Caller:
    """
    Return the caller whose number the network told: an SMS, a USSD dialogue, a call.

    A front that asks often may keep the rules for a while and pass them: then no table is read.

    :raises NotALine: if the number is no mobile number.
    """
    if not valid_msisdn(msisdn):
        raise NotALine(msisdn)
    return rules.proof(msisdn, Way.NETWORK, at, rules_kept or policy(), ())
