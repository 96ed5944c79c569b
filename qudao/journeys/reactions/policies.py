"""A policy that is withdrawn in an emergency needs no decision any more: its process ends."""

from __future__ import annotations

from collections.abc import Sequence

from qudao.domain.commission.events import PolicyWithdrawn
from qudao.journeys.policies import POLICY
from qudao.platform.events.relay import Entry, consumer
from qudao.platform.identity.roles import system_context
from qudao.platform.processes import operations as processes
from qudao.platform.processes import queries as instances
from qudao.platform.processes.types import RUNNING

WITHDRAWN = "政策已撤回 The policy was withdrawn"


@consumer("policies.follow", commands=["commission.withdraw_policy"])
def follow(entries: Sequence[Entry]) -> None:
    """End the processes of withdrawn policies; taken in again, nothing more happens."""
    for entry in entries:
        if entry.subject is None or not list(entry.facts(PolicyWithdrawn)):
            continue
        ctx = system_context(entry.at, f"policies.follow:{entry.id}")
        for one in instances.instances_of(ctx, subject=entry.subject):
            if one.process == POLICY and one.state == RUNNING:
                processes.cancel(ctx, instance=one.id, reason=WITHDRAWN)
