"""Policies are submitted to their process, and its tasks lead to the pages where they are done."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from qudao.domain.commission.types import PolicyId, PolicyState
from qudao.journeys import policies
from qudao.platform.backoffice.acts import Act
from qudao.platform.backoffice.screen import add_to
from qudao.platform.backoffice.values import Link
from qudao.platform.commands.context import Context
from qudao.platform.processes import queries
from qudao.platform.processes.types import OPEN, TaskId

PAGES: Final = {
    "revise": ("admin:policy_edit", _("Change the draft")),
    "configure": ("admin:policy_configure", _("Configure by hand")),
    "verify": ("admin:policy_verify", _("Verify on test cases")),
}
"""Where a task of a policy is worked on, by its element."""


def _pages(ctx: Context, key: Any) -> Iterator[Link]:
    task = queries.task(ctx, task=TaskId(key))
    if task.process != policies.POLICY or task.state != OPEN or task.element not in PAGES:
        return
    if queries.offered(ctx, task=task.id):
        page, text = PAGES[task.element]
        yield Link(reverse(page, args=[task.subject]), text)


add_to("processes.task", links=_pages)
add_to(
    "commission.policy",
    acts=[
        Act(
            "submit",
            _("Submit for decision"),
            "policies.submit",
            lambda ctx, row, data: policies.submit(ctx, policy=PolicyId(row.pk)),
            when=lambda row: row.state == PolicyState.DRAFT and row.branch_id is not None,
            lead=_(
                "The province's marketing decides, then its finance; the support centre "
                "configures, and you verify. Each finds it in the worklist."
            ),
            icon="route",
            done=_("The process has begun: its tasks are in the worklist."),
        )
    ],
)
