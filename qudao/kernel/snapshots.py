"""What was read, kept until somebody says that it has changed."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock
from typing import Generic, TypeVar

S = TypeVar("S", bound=Hashable)
K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


@dataclass(slots=True, eq=False)
class Reading(Generic[S]):
    """A read that is under way, and what has been forgotten since it began."""

    changed: set[S] = field(default_factory=set)
    all: bool = False

    def outdated(self, subject: S) -> bool:
        return self.all or subject in self.changed


class Snapshots(Generic[S, K, V]):
    """
    Values by key, each of a subject whose change ends all values of it; for threads.

    At most `limit` are kept: the ones kept longest go first. What is forgotten while it is being
    read is not kept: the read may have seen it as it was before.
    """

    def __init__(self, limit: int) -> None:
        assert limit > 0
        self.limit = limit
        self._values: dict[K, tuple[S, V]] = {}
        self._keys: dict[S, set[K]] = {}
        self._readings: set[Reading[S]] = set()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._values)

    def get(self, key: K) -> V | None:
        """Return what is kept under a key."""
        found = self._values.get(key)
        return None if found is None else found[1]

    @contextmanager
    def reading(self) -> Iterator[Reading[S]]:
        """Go round a read whose values are to be kept, from before it begins."""
        reading = Reading[S]()
        with self._lock:
            self._readings.add(reading)
        try:
            yield reading
        finally:
            with self._lock:
                self._readings.discard(reading)

    def keep(self, reading: Reading[S], values: Iterable[tuple[S, K, V]]) -> None:
        """Keep what a read found, as (subject, key, value)."""
        with self._lock:
            for subject, key, value in values:
                if reading.outdated(subject):
                    continue
                self._drop(key)
                self._values[key] = (subject, value)
                self._keys.setdefault(subject, set()).add(key)
            while len(self._values) > self.limit:
                self._drop(next(iter(self._values)))

    def forget(self, subjects: Iterable[S]) -> None:
        """Drop what is kept of the subjects, and what is just being read of them."""
        with self._lock:
            for subject in subjects:
                for reading in self._readings:
                    reading.changed.add(subject)
                for key in self._keys.pop(subject, ()):
                    del self._values[key]

    def drop(self, key: K) -> None:
        """Drop what is kept under one key."""
        with self._lock:
            self._drop(key)

    def clear(self) -> None:
        """Drop everything, and what is just being read."""
        with self._lock:
            for reading in self._readings:
                reading.all = True
            self._values.clear()
            self._keys.clear()

    def _drop(self, key: K) -> None:
        found = self._values.pop(key, None)
        if found is None:
            return
        keys = self._keys[found[0]]
        keys.discard(key)
        if not keys:
            del self._keys[found[0]]
