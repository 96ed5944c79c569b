"""Identifiers that sort by time: UUID version 7 (RFC 9562, section 5.7)."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from uuid import UUID

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_VERSION = 0x7 << 76
_VARIANT = 0b10 << 62

_source: ContextVar[Callable[[int], bytes]] = ContextVar("id_source", default=os.urandom)


def new_id(at: datetime) -> UUID:
    """Return a fresh identifier whose first 48 bits are the milliseconds of `at`."""
    milliseconds = (at - _EPOCH) // _MILLISECOND
    noise = int.from_bytes(_source.get()(10), "big")
    high, low = noise >> 68, noise & ((1 << 62) - 1)
    return UUID(int=milliseconds << 80 | _VERSION | high << 64 | _VARIANT | low)


def moment_of(id: UUID) -> datetime:
    """
    Return the time at which an identifier of `new_id` was made, to the millisecond.

    Of others it is any time, the last one that there is if theirs would lie after it.
    """
    try:
        return _EPOCH + (id.int >> 80) * _MILLISECOND
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC)


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Make identifiers repeatable inside the block: for the demo province and for tests."""
    token = _source.set(random.Random(seed).randbytes)
    try:
        yield
    finally:
        _source.reset(token)
