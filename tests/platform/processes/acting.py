"""Who acts in these tests, and what they see."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from qudao.kernel.page import PageRequest
from qudao.platform.commands.context import Context
from qudao.platform.messaging.models import OutgoingMessage
from qudao.platform.processes import operations, queries
from qudao.platform.processes.types import InstanceId, TaskFilter, TaskRow, Words
from tests.platform.processes.toy import TOY
from tests.province import NOON, Province

SUBJECT = UUID(int=77)
LOW: Mapping[str, Any] = {"what": "海报", "amount": 5_000}
HIGH: Mapping[str, Any] = {"what": "新柜台", "amount": 200_000}
PLACES = {
    "channel_manager": "410102",
    "branch_supervisor": "4101",
    "finance": "41",
    "province_administrator": "41",
}


def as_(province: Province, role: str, at: datetime = NOON, where: str = "") -> Context:
    """Somebody in a role, at the place where the province has somebody."""
    return province.context(role, province.organizations[where or PLACES[role]], at=at)


def begin(
    province: Province, *, subject: UUID = SUBJECT, at: datetime = NOON, version: int | None = None
) -> InstanceId:
    """Start the toy at the agent's; on its first version, if that is asked for."""
    instance = operations.start(
        as_(province, "channel_manager", at),
        process=TOY.code,
        subject=subject,
        path=province.paths[province.agent],
        title=Words("甲网点", "Outlet A"),
    )
    if version is not None:
        operations.migrate(province.system(at), instance=instance, version=version)
    return instance


def worklist(ctx: Context, **filter: Any) -> list[str]:
    """What is on somebody's worklist, by the elements' ids."""
    found = queries.tasks(ctx, filter=TaskFilter(**filter), page=PageRequest(50))
    return [row.element for row in found.items]


def open_task(province: Province, instance: InstanceId) -> TaskRow:
    """The one task at which an instance stands."""
    rows = queries.tasks_of(province.system(), instance=instance)
    (found,) = (row for row in rows if row.state == "open")
    return found


def do(ctx: Context, province: Province, instance: InstanceId, **data: Any) -> InstanceId:
    """Complete the one task at which an instance stands."""
    task = open_task(province, instance)
    return operations.complete(ctx, task=task.id, data=data)


def messages(kind: str = "toy") -> list[str | None]:
    """What was written to people."""
    rows = OutgoingMessage.objects.filter(kind=kind).order_by("id")
    return list(rows.values_list("text", flat=True))
