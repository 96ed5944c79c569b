"""What becomes of numbers with their orders, and numbers that lie in packs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import connection

from qudao.domain.party.types import OrganizationId
from qudao.domain.resource.operations.shift import _digits, _shift, _Step
from qudao.domain.resource.operations.stock import _pool_of
from qudao.domain.resource.types import (
    NumberElsewhere,
    NumberState,
    NumberStateWrong,
    NumberTaken,
    NumberUnknown,
)
from qudao.kernel.refusals import Refusal
from qudao.platform.commands.command import command
from qudao.platform.commands.context import Context


@command("resource.bind_packed")
def bind_packed(ctx: Context, *, number: str, order: UUID) -> None:
    """
    Bind the number of a pack to the order that sells it.

    That the pack lies at the outlet is for whoever knows its SIM to check.

    :raises NumberUnknown: if there is no such number.
    :raises NumberElsewhere: if it belongs to a branch other than the actor's.
    :raises NumberStateWrong: if it is in no pack, or the pack is being sold.
    """
    branch, values = _branch_around(ctx)
    moved = _shift(
        ctx,
        "resource.bind_packed",
        _Step(NumberState.BOUND, cause=order, packed=True),
        "n.number = ANY(%(numbers)s) AND n.state = 'bound' AND n.packed AND n.cause IS NULL"
        f" AND {branch}",
        {**values, "numbers": _digits([number])},
    )
    if not moved:
        raise _why_not(ctx, number)


@command("resource.activate")
def activate(ctx: Context, *, orders: Sequence[UUID]) -> int:
    """The BOSS has confirmed these orders: their numbers are in use. Returns how many."""
    return len(
        _shift(
            ctx,
            "resource.activate",
            _Step(NumberState.ACTIVE, keep_cause=True),
            "n.cause = ANY(%(orders)s) AND n.state = 'bound'",
            {"orders": list(orders)},
        )
    )


@command("resource.give_back")
def give_back(ctx: Context, *, orders: Sequence[UUID]) -> int:
    """
    These orders came to nothing: their numbers are free again, those in packs wait to be sold
    with them. Returns how many.
    """
    values = {"orders": list(orders)}
    own = "n.cause = ANY(%(orders)s) AND n.state IN ('bound', 'paid')"
    command = "resource.give_back"
    packed = _Step(NumberState.BOUND, packed=True)
    return len(
        _shift(ctx, command, _Step(NumberState.FREE), f"{own} AND NOT n.packed", values)
    ) + len(_shift(ctx, command, packed, f"{own} AND n.packed", values))


@command("resource.pack")
def pack(ctx: Context, *, numbers: Sequence[str], branch: OrganizationId) -> int:
    """
    Bind free numbers to SIM cards of packs that will be sold as they are; all or none.

    :raises OrganizationNotFound: if the branch is not in the actor's scope.
    :raises BranchNeeded: if the organization is no branch.
    :raises NumberUnknown: if one is not there.
    :raises NumberElsewhere: if one belongs to another branch.
    :raises NumberTaken: if one is not free.
    """
    pool = _pool_of(ctx, branch)
    wanted = _digits(numbers)
    moved = _shift(
        ctx,
        "resource.pack",
        _Step(NumberState.BOUND, packed=True),
        "n.number = ANY(%(numbers)s) AND n.state = 'free' AND n.pool_id = %(pool)s",
        {"numbers": wanted, "pool": pool.id},
    )
    if len(moved) < len(set(numbers)):
        done = {row[0] for row in moved}
        first = next(n for n in numbers if not n.isdigit() or int(n) not in done)
        refusal = _why_not(ctx, first, pool=pool.id)
        raise NumberTaken(first) if isinstance(refusal, NumberStateWrong) else refusal
    return len(moved)


@command("resource.unpack")
def unpack(ctx: Context, *, numbers: Sequence[str]) -> int:
    """
    Take numbers out of packs that nobody has bought: they are free again; all or none.

    :raises NumberUnknown: if one is not there.
    :raises NumberElsewhere: if one belongs to a branch other than the actor's.
    :raises NumberStateWrong: if one is in no pack, or its pack is being sold.
    """
    branch, values = _branch_around(ctx)
    moved = _shift(
        ctx,
        "resource.unpack",
        _Step(NumberState.FREE),
        "n.number = ANY(%(numbers)s) AND n.state = 'bound' AND n.packed AND n.cause IS NULL"
        f" AND {branch}",
        {**values, "numbers": _digits(numbers)},
    )
    if len(moved) < len(set(numbers)):
        done = {row[0] for row in moved}
        raise _why_not(ctx, next(n for n in numbers if not n.isdigit() or int(n) not in done))
    return len(moved)


def _branch_around(ctx: Context) -> tuple[str, dict[str, Any]]:
    """Return the condition that the branch of `n` lies in the actor's scope, or around it."""
    paths = sorted(ctx.scope.paths)
    return (
        "EXISTS (SELECT 1 FROM resource_pool p JOIN party_organization b ON b.id = p.branch_id"
        " WHERE p.id = n.pool_id AND (b.path = ANY(%(around)s) OR b.path LIKE ANY(%(below)s)))",
        {
            "around": sorted({above for path in paths for above in _upwards(path)}),
            "below": [f"{path}.%" for path in paths],
        },
    )


def _upwards(path: str) -> list[str]:
    codes = path.split(".")
    return [".".join(codes[: n + 1]) for n in range(len(codes))]


def _why_not(ctx: Context, number: str, pool: int | None = None) -> Refusal:
    """Say why nothing could be done with a number."""
    branch, values = _branch_around(ctx)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT n.state, n.pool_id, {branch} FROM resource_number n"
            " WHERE n.number = ANY(%(numbers)s)",
            {**values, "numbers": _digits([number])},
        )
        row = cursor.fetchone()
    if row is None:
        return NumberUnknown(number)
    if not row[2] or pool not in (None, row[1]):
        return NumberElsewhere(number)
    return NumberStateWrong(number, row[0])
