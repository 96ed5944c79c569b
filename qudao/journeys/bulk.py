"""
Files of goods and numbers: looked through by a worker, and loaded whole or not at all.

A person sends a file (`check_file`), sees its preview, and decides (`load_file`). What takes long
is done by jobs in the person's name; how far they are shows in the file's record meanwhile.
Numbers are handed to whoever keeps numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import connection
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from qudao.domain.party.types import OrganizationId
from qudao.domain.resource import operations as resource
from qudao.domain.resource import queries as numbers
from qudao.domain.stock import operations as stock
from qudao.domain.stock import queries as goods
from qudao.domain.stock.types import BulkId, BulkTerms
from qudao.platform.commands.command import command
from qudao.platform.commands.context import Context
from qudao.platform.identity.roles import system_context

_RETRY: Final = RetryStrategy(max_attempts=3, wait=5)


@command("bulk.check_file")
def check_file(
    ctx: Context,
    *,
    kind: str,
    place: OrganizationId,
    file_name: str,
    content: bytes,
    terms: BulkTerms | None = None,
) -> BulkId:
    """
    Take a file and have it looked through; nothing is loaded by it.

    :raises BranchNeeded: for numbers, if the place is no branch.
    :raises Refusal: those of `stock.keep_file`.
    """
    if kind == "numbers":
        resource.load_numbers(ctx, branch=place, numbers=())  # is it a branch with a pool?
    made = stock.keep_file(
        ctx, kind=kind, place=place, file_name=file_name, content=content, terms=terms
    )
    examine_job.defer(bulk=str(made))
    return made


@command("bulk.load_file", subject="bulk")
def load_file(ctx: Context, *, bulk: BulkId) -> None:
    """
    Have a file loaded that was found good.

    :raises Refusal: those of `stock.start_loading`.
    """
    stock.start_loading(ctx, bulk=bulk)
    load_job.defer(bulk=str(bulk))


@command("bulk.examine", subject="bulk")
def examine(ctx: Context, *, bulk: BulkId) -> str:
    """
    Look through a file; return its state. Repeating it is harmless.

    :raises BulkUnknown: if there is none.
    """
    return stock.check_file(ctx, bulk=bulk, foreign=_problems(ctx, bulk))


@command("bulk.take_in", subject="bulk")
def take_in(ctx: Context, *, bulk: BulkId) -> int:
    """
    Load a file that was decided on; return how many rows. Repeating it is harmless.

    :raises BulkUnknown: if there is none.
    """

    def hand_on(branch: OrganizationId, found: Sequence[str]) -> int:
        return resource.load_numbers(ctx, branch=branch, numbers=found)

    return stock.load_file(ctx, bulk=bulk, foreign=_problems(ctx, bulk), hand_on=hand_on)


def _problems(ctx: Context, bulk: BulkId) -> stock.Foreign:
    """Tell which numbers of a file cannot be loaded into the branch's pool, and why."""
    place = goods.bulk(ctx, bulk=bulk).place

    def problems(found: Sequence[str]) -> Mapping[str, str]:
        return numbers.number_problems(ctx, branch=place, numbers=found)

    return problems


@app.task(name="bulk.examine", queue="bulk", retry=_RETRY)
def examine_job(bulk: str) -> None:
    """Look through a file, in the name of who sent it."""
    examine(_in_name_of(bulk, "examine"), bulk=BulkId(UUID(bulk)))


@app.task(name="bulk.take_in", queue="bulk", retry=_RETRY)
def load_job(bulk: str) -> None:
    """Load a file, in the name of who sent it."""
    take_in(_in_name_of(bulk, "take_in"), bulk=BulkId(UUID(bulk)))


def _in_name_of(bulk: str, step: str) -> Context:
    system = system_context(_clock(), f"bulk.{step}:{bulk}")
    return replace(system, actor=goods.bulk(system, bulk=UUID(bulk)).by)


def _clock() -> datetime:
    """The database's time: a job has no context that would bring its own."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        at: datetime = cursor.fetchone()[0]
    return at
