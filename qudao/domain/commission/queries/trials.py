"""Read trials of drafts."""

from __future__ import annotations

import zlib
from typing import Any

import msgspec
from django.db.models import QuerySet

from qudao.domain.commission.models import Trial
from qudao.domain.commission.queries.policies import within_scope
from qudao.domain.commission.types import PolicyId, TrialId, TrialRecord, TrialUnknown
from qudao.platform.commands.context import Context
from qudao.platform.tables.project import project


def trial(ctx: Context, trial: TrialId) -> TrialRecord:
    """
    Return a trial.

    :raises NotPermitted: without `commission.read`.
    :raises TrialUnknown: if there is none of a policy in the actor's area.
    """
    found = _records(_trials(ctx).filter(id=trial))
    if not found:
        raise TrialUnknown(str(trial))
    return found[0]


def trials(ctx: Context, policy: PolicyId) -> tuple[TrialRecord, ...]:
    """Return the trials of a policy, the latest first."""
    return _records(_trials(ctx).filter(version__policy=policy)[:50])


def trial_outlets(ctx: Context, trial: TrialId) -> list[Any]:
    """Return the figures of every outlet that a trial kept; see `Trial.outlets`."""
    packed = _trials(ctx).filter(id=trial).values_list("outlets", flat=True).first()
    return msgspec.json.decode(zlib.decompress(packed)) if packed else []


def packed(rows: list[Any]) -> bytes:
    """Return the figures of outlets as a trial keeps them."""
    return zlib.compress(msgspec.json.encode(rows))


def _trials(ctx: Context) -> QuerySet[Trial]:
    ctx.require("commission.read")
    return Trial.objects.filter(version__policy__in=within_scope(ctx)).order_by("-asked_at")


def _records(rows: QuerySet[Trial]) -> tuple[TrialRecord, ...]:
    return project(
        rows,
        TrialRecord,
        trial="id",
        policy="version__policy_id",
        number="version__number",
    )
