"""What is measured at the counter; counted in memory, and handed to Prometheus once a second."""

from __future__ import annotations

from bisect import bisect_left
from typing import Final

from prometheus_client import Counter, Gauge, Histogram

from qudao.fronts.counter.tickets import Answer
from qudao.kernel.refusals import Refusal

SECONDS: Final = (0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
SIZES: Final = (1, 2, 4, 8, 16, 32, 64, 128, 256)

ANSWERS: Final = Counter("qudao_counter_sales_total", "Sales asked for, by answer.", ["answer"])
SALE_SECONDS: Final = Histogram(
    "qudao_counter_sale_seconds", "From a sale's arrival to its answer.", buckets=SECONDS
)
BATCH_SIZE: Final = Histogram(
    "qudao_counter_batch_size", "Sales that left together.", ["lane"], buckets=SIZES
)
QUEUE: Final = Gauge(
    "qudao_counter_queue", "Sales that wait.", ["lane"], multiprocess_mode="livesum"
)
OTHERS: Final = Counter(
    "qudao_counter_refused_total", "Requests refused at the door, by reason.", ["reason"]
)


class _Pile:
    """The measurements of one histogram since they were last handed over."""

    def __init__(self, bounds: tuple[float, ...]) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.total = 0.0

    def add(self, value: float) -> None:
        self.counts[bisect_left(self.bounds, value)] += 1
        self.total += value

    def hand_over(self, histogram: Histogram) -> None:
        # `observe` once for each would cost a tenth of a sale.
        for bucket, count in zip(histogram._buckets, self.counts, strict=True):
            if count:
                bucket.inc(count)
        histogram._sum.inc(self.total)
        self.counts = [0] * len(self.counts)
        self.total = 0.0


class Measures:
    """Counts; only the event loop does."""

    def __init__(self) -> None:
        self._answers: dict[str, int] = {}
        self._refused: dict[str, int] = {}
        self._seconds = _Pile(SECONDS)
        self._sizes: dict[str, _Pile] = {}

    def left(self, lane: str, size: int) -> None:
        """A batch has left."""
        pile = self._sizes.get(lane)
        if pile is None:
            pile = self._sizes[lane] = _Pile(SIZES)
        pile.add(size)

    def answered(self, answer: Answer, took_s: float) -> None:
        """A sale has been answered."""
        name = answer.code if isinstance(answer, Refusal) else type(answer).__name__.lower()
        self._answers[name] = self._answers.get(name, 0) + 1
        self._seconds.add(took_s)

    def refused(self, reason: str) -> None:
        """A request was refused before it was a sale."""
        self._refused[reason] = self._refused.get(reason, 0) + 1

    def hand_over(self, waiting: dict[str, int]) -> None:
        """Give what was counted to Prometheus, with how many wait in each lane."""
        for name, count in self._answers.items():
            ANSWERS.labels(name).inc(count)
        for name, count in self._refused.items():
            OTHERS.labels(name).inc(count)
        self._answers, self._refused = {}, {}
        self._seconds.hand_over(SALE_SECONDS)
        for lane, pile in self._sizes.items():
            pile.hand_over(BATCH_SIZE.labels(lane))
        for lane, count in waiting.items():
            QUEUE.labels(lane).set(count)
