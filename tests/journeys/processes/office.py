"""People of the province who work on their lists."""

import io
from datetime import timedelta
from typing import Any
from uuid import UUID

from PIL import Image

from qudao.domain.party import operations as party
from qudao.domain.party.types import Admitted, OrganizationId
from qudao.domain.saleschannel import queries as outlets
from qudao.domain.saleschannel.types import OutletRecord
from qudao.kernel.page import PageRequest
from qudao.kernel.personal import Personal
from qudao.platform.commands.context import Context
from qudao.platform.identity.types import UserId
from qudao.platform.processes import operations as processes
from qudao.platform.processes import queries as worklist
from qudao.platform.processes.types import InstanceId, TaskFilter, TaskRow, Upload
from tests.province import NOON, PASSWORD, Province

HERE = "34.746600,113.625400"
FAR = "34.846600,113.625400"
"""Eleven kilometres to the north."""


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (160, 120), "teal").save(out, "JPEG")
    return out.getvalue()


PICTURE = picture()
SEEN = {"passed": True, "site_position": HERE}
FILES = (Upload("site_photos", "front.jpg", PICTURE), Upload("site_photos", "inside.jpg", PICTURE))

PLACES = {
    "manager": ("channel_manager", "410102"),
    "supervisor": ("branch_supervisor", "4101"),
    "province": ("province_administrator", "41"),
    "marketing": ("marketing", "41"),
    "finance": ("finance", "41"),
    "keeper": ("stock_keeper", "4101"),
    "support": ("support_centre", "4101"),
}


class Office:
    """The people of the province at work on their lists."""

    def __init__(self, province: Province, support: Admitted | None = None) -> None:
        self.province = province
        self.at = NOON
        self.support = support or party.admit_member(
            province.system(NOON - timedelta(days=30)),
            organization=province.organizations["4101"],
            role="support_centre",
            username="support",
            name=Personal("测试支撑"),
            password=PASSWORD,
        )

    def as_(self, who: str) -> Context:
        role, place = PLACES[who]
        actor = self.support.user if who == "support" else None
        where = self.province.organizations[place]
        return self.province.context(role, where, at=self.at, actor=actor)

    @property
    def far(self) -> OrganizationId:
        """Another branch."""
        return self.province.organizations["4103"]

    def member(self, role: str, place: str, user: UUID | None = None) -> Context:
        """Somebody who holds a role at a place besides the people of the list."""
        where = self.province.organizations[place]
        ctx = self.province.system(NOON - timedelta(days=30))
        if user is None:
            user = party.admit_member(
                ctx,
                organization=where,
                role=role,
                username=f"{role}_{place}",
                name=Personal("测试人员"),
                password=PASSWORD,
            ).user
        else:
            party.add_membership(ctx, user=UserId(user), organization=where, role=role)
        return self.province.context(role, where, at=self.at, actor=user)

    def tasks(self, who: str) -> list[TaskRow]:
        return list(worklist.tasks(self.as_(who), filter=TaskFilter(), page=PageRequest(50)).items)

    def do(self, who: str, element: str, files: tuple[Upload, ...] = (), **data: Any) -> None:
        (task,) = (one for one in self.tasks(who) if one.element == element)
        processes.complete(self.as_(who), task=task.id, data=data, files=files)

    def look(self, **data: Any) -> None:
        self.do("manager", "survey", FILES, **{**SEEN, **data})

    def waiting(self, instance: InstanceId) -> set[str]:
        found = worklist.tasks_of(self.province.system(self.at), instance=instance)
        return {one.element for one in found if one.state == "open"}

    def state(self, instance: InstanceId) -> str:
        return worklist.instance(self.province.system(self.at), instance=instance).state

    def outlet(self, outlet: UUID) -> OutletRecord:
        found = OrganizationId(outlet)
        return outlets.outlet(self.province.system(self.at), outlet=found)
