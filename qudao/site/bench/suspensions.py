"""Outlets that are suspended and resumed under load: none may sell in between."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from qudao.site.bench.stand import FIRST_OUTLET

SUSPENDED_S: Final = 0.6
BETWEEN_S: Final = 1.4


@dataclass(frozen=True, slots=True)
class Window:
    """A time in which an outlet may not sell, in microseconds since the epoch."""

    outlet: int
    suspended_us: int
    """When the suspension had been answered."""
    resumed_us: int
    """When its end was asked for."""


class Suspensions(threading.Thread):
    """Suspends one busy outlet after the other, until told to stop."""

    def __init__(self, outlets: int) -> None:
        super().__init__(name="suspensions")
        self.outlets = outlets
        """How many of the first outlets, which are the busiest, take their turn."""
        self.windows: list[Window] = []
        self.error: Exception | None = None
        self._ended = threading.Event()

    def stop(self) -> None:
        """Return when the outlet whose turn it is sells again."""
        self._ended.set()
        self.join()

    def run(self) -> None:
        from django.db import connection

        number = 0
        try:
            while not self._ended.wait(BETWEEN_S):
                number += 1
                self._turn(1 + number % self.outlets)
        except Exception as error:  # told by whoever looks at the result: a thread has no caller
            self.error = error
        finally:
            connection.close()

    def _turn(self, outlet: int) -> None:
        from qudao.domain.party.types import OrganizationId
        from qudao.domain.saleschannel import operations
        from qudao.platform.identity.roles import system_context

        organization = OrganizationId(UUID(f"00000000-0000-7000-8000-{FIRST_OUTLET + outlet - 1}"))

        at = datetime.now(UTC)
        operations.suspend(
            system_context(at, f"bench-suspend:{at.isoformat()}"),
            outlet=organization,
            reason="bench",
        )
        suspended_us = time.time_ns() // 1000
        self._ended.wait(SUSPENDED_S)
        resumed_us = time.time_ns() // 1000
        at = datetime.now(UTC)
        operations.resume(system_context(at, f"bench-resume:{at.isoformat()}"), outlet=organization)
        self.windows.append(Window(outlet, suspended_us, resumed_us))
