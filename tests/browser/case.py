"""A case that people of several roles carry on, each at a desk of their own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import F
from django.urls import reverse
from playwright.sync_api import expect

from qudao.domain.party import operations as party
from qudao.journeys.jobs.processes import advance
from qudao.kernel.personal import Personal
from qudao.platform.processes import queries
from qudao.platform.processes.models import Instance, Task
from qudao.platform.processes.types import InstanceId, InstanceRow
from tests.browser.conftest import Day, Desk
from tests.browser.test_office import enter
from tests.journeys.processes.office import PICTURE, Office
from tests.province import PASSWORD

LANGUAGES = {"finance": "en", "support": "en"}
"""Who reads English; everybody else reads Chinese."""
SENT = {"zh-hans": "已办理，流程继续。", "en": "Done: the process goes on."}
SEND = {"zh-hans": "提交", "en": "Send"}


class Case:
    """What is carried on, and the desks: everybody signs in once."""

    def __init__(self, day: Day) -> None:
        self.day = day
        self.desks: dict[str, Desk] = {}
        system = day.province.system(datetime.now(UTC) - timedelta(days=30))
        self.support = party.admit_member(
            system,
            organization=day.province.organizations["4101"],
            role="support_centre",
            username="support",
            name=Personal("测试支撑"),
            password=PASSWORD,
        )

    def desk(self, who: str) -> Desk:
        if who not in self.desks:
            self.desks[who] = enter(self.day, who, language=LANGUAGES.get(who, "zh-hans"))
        return self.desks[who]

    def task(self, element: str) -> Task:
        return Task.objects.unscoped("test").get(element=element, state="open")

    def open(self, who: str, element: str) -> Desk:
        """The form of the open task, at somebody's desk."""
        desk = self.desk(who)
        task = self.task(element)
        desk.page.goto(reverse("admin:processes_task_act", args=[task.id, "complete"]))
        return desk

    def fill(self, desk: Desk, **given: Any) -> None:
        """Fill a task's form: choices are checked, all else is typed."""
        for name, value in given.items():
            desk.page.locator(f"[name={name}]").first.wait_for(state="attached")
            choice = desk.page.locator(f'input[type=radio][name={name}][value="{value}"]')
            if choice.count():
                choice.check()
            else:
                desk.page.fill(f"[name={name}]", str(value))

    def press(self, desk: Desk) -> None:
        desk.page.get_by_role("button", name=SEND[desk.language], exact=True).click()

    def send(self, desk: Desk) -> None:
        self.press(desk)
        expect(desk.page.get_by_text(SENT[desk.language])).to_be_visible()
        desk.calm()

    def do(self, who: str, element: str, **given: Any) -> Desk:
        """Do a task from its form."""
        desk = self.open(who, element)
        self.fill(desk, **given)
        self.send(desk)
        return desk

    def look_on_site(self) -> None:
        desk = self.open("manager", "survey")
        self.fill(desk, passed="yes", site_position="34.746600,113.625400")
        photographs = [
            {"name": name, "mimeType": "image/jpeg", "buffer": PICTURE}
            for name in ("a.jpg", "b.jpg")
        ]
        desk.page.set_input_files("input[name=site_photos]", photographs)  # type: ignore[arg-type]
        self.send(desk)

    @property
    def office(self) -> Office:
        """The same people without a browser: for what was seen in one already."""
        office = Office(self.day.province, self.support)
        office.at = datetime.now(UTC)
        return office

    def wait_too_long(self, element: str, days: int) -> set[str]:
        """The open task has lain for so many days more; return what has then happened."""
        task, by = self.task(element), timedelta(days=days)
        moments = ("created_at", "due_at", "remind_at", "escalate_at")
        Task.objects.unscoped("test").filter(id=task.id).update(
            **{moment: F(moment) - by for moment in moments}
        )
        rows = Instance.objects.unscoped("test").filter(id=task.instance_id)
        rows.update(next_at=F("next_at") - by)
        system = self.day.province.system(datetime.now(UTC))
        assert advance(system) == 1
        found = queries.steps(system, instance=InstanceId(task.instance_id))
        return {one.kind for one in found}

    def carry_over(self, instance: InstanceId, version: int) -> None:
        """The support centre has a running instance go on by the newest version of its process."""
        page = self.desk("support").page
        page.goto(reverse("admin:processes_instance_act", args=[instance, "migrate"]))
        page.locator("main form button[type=submit].q-btn-primary").click()
        page.wait_for_url(f"**{reverse('admin:processes_instance_change', args=[instance])}")
        system = self.day.province.system()
        assert queries.instance(system, instance=instance).version == version
        assert "migrated" in {one.kind for one in queries.steps(system, instance=instance)}

    def instance(self, subject: UUID) -> InstanceRow:
        """The newest process about something."""
        return queries.instances_of(self.day.province.system(), subject=subject)[0]

    def calm(self) -> None:
        for desk in self.desks.values():
            desk.calm()
