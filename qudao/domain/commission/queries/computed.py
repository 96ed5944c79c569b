"""
Compute a month's lines by the rules that hold in it, and what it takes back of closed months and
adds to them; keep both in the lake.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

from qudao.domain.commission.models.settlements import Settlement
from qudao.domain.commission.queries.effective import codes_by_number, rules_of
from qudao.domain.commission.types.settlements import SETTLED, ComputedMonth
from qudao.platform.lake.manifests import Inputs, inputs_from, to_json


def compute_month(month: date, at: datetime, progress: Callable[[int, int], None]) -> ComputedMonth:
    """
    Compute a month by the rules that hold in it; nothing but files of the lake is written.

    What was paid for sales that were taken back since comes back, and closed months whose facts
    came late are corrected, as lines of this month.

    `progress` is told how many branches are done, and of how many.

    :raises Refusal: those of the computing, when rules or facts are not sound.
    """
    # not every process that knows settlements loads the engine
    from qudao.domain.commission.computing import Closed, adjust
    from qudao.domain.commission.computing.month import compute, lake_branches, pin
    from qudao.platform.lake.open import lake as opened

    rules, past = rules_of(month), codes_by_number()
    closed = [
        Closed(one, rules_of(one), inputs_from(inputs), inputs_from(versions), past)
        for one, versions, inputs in _settled_before(month)
    ]
    with opened() as lake:
        read = pin(lake, month, rules)
        branches = lake_branches(read, month)
        done = 0

        def tell(branch: str) -> None:
            nonlocal done
            done += 1
            progress(done, len(branches))

        progress(0, len(branches))
        made = compute(lake, month, rules, at=at, inputs=read, past=past, progress=tell)
        written, count = made.outputs, made.lines
        if closed:
            corrected = adjust(lake, month, closed, at=at)
            written, count = written | corrected.outputs, count + corrected.lines
        return ComputedMonth(versions=to_json(written), inputs=to_json(read), lines=count)


def pinned() -> list[Inputs]:
    """Return which versions of the lake's files settlements have read and written."""
    rows = Settlement.objects.unscoped("files are the whole installation's")
    found = rows.values_list("versions", "inputs", "making_versions", "making_inputs")
    return [inputs_from(text) for both in found for text in both if text]


def _settled_before(month: date) -> list[tuple[date, str, str]]:
    """Months before that nobody computes anew: when, and their pinned lines and inputs."""
    rows = Settlement.objects.unscoped("a month is computed as a whole")
    done = rows.filter(month__lt=month, state__in=SETTLED).order_by("month")
    return list(done.values_list("month", "versions", "inputs"))
