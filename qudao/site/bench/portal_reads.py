"""What people at screens ask meanwhile, of the web server: wallets, orders, statements."""

from __future__ import annotations

import http.client
import threading
import time
from random import Random
from typing import Any, Final

from qudao.site.bench import load
from qudao.site.bench.figures import quantile

PER_S: Final = 5
ADDRESSES: Final = ("/wallet", "/orders?limit=20", "/wallet/statement?limit=20", "/reports/daily")


class PortalReads(threading.Thread):
    """Reads at a steady rate until told to stop."""

    def __init__(self, port: int, outlets: int) -> None:
        super().__init__(name="portal reads")
        self.port, self.outlets = port, outlets
        self.error: Exception | None = None
        self._latencies: list[float] = []
        self._refused = 0
        self._ended = threading.Event()

    def stop(self) -> None:
        self._ended.set()
        self.join()

    def run(self) -> None:
        random = Random(self.outlets)
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            while not self._ended.wait(1 / PER_S):
                token = load.token(load.an_outlet(random, self.outlets))
                began = time.perf_counter()
                link.request(
                    "GET",
                    f"/api/v1{random.choice(ADDRESSES)}",
                    headers={"Authorization": f"Bearer {token}"},
                )
                answer = link.getresponse()
                answer.read()
                self._latencies.append(time.perf_counter() - began)
                self._refused += answer.status != 200
        except Exception as error:  # told by whoever looks at the result: a thread has no caller
            self.error = error
        finally:
            link.close()

    def figures(self) -> dict[str, Any]:
        """Return how many were read, how many of them refused, and how long they took."""
        ordered = sorted(self._latencies)
        return {
            "count": len(ordered),
            "refused": self._refused,
            "p50_ms": round(quantile(ordered, 50) * 1000, 2),
            "p99_ms": round(quantile(ordered, 99) * 1000, 2),
        }
