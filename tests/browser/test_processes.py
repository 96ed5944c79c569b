"""A process in a real browser: the worklist, a form with a photograph, the diagram, both looks."""

from __future__ import annotations

import io
import random
import re
from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse
from PIL import Image
from playwright.sync_api import expect

from qudao.journeys.jobs.processes import advance
from qudao.platform.processes import queries
from qudao.platform.processes.models import Task
from tests.browser.conftest import Day, Desk
from tests.browser.test_office import enter
from tests.platform.processes.acting import as_, begin, worklist

pytestmark = pytest.mark.browser


def photograph() -> bytes:
    """A picture larger than is sent: the browser scales it down."""
    dice = random.Random(1)
    image = Image.new("RGB", (2400, 1800), "#7a8f87")
    for _patch in range(40):
        x, y = dice.randrange(2200), dice.randrange(1600)
        image.paste(tuple(dice.randrange(256) for _ in range(3)), (x, y, x + 200, y + 200))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=95)
    return out.getvalue()


def look(desk: Desk, name: str) -> None:
    """The page as it stands: seen, accessible, within its policy."""
    desk.settle()
    desk.shot(name, whole=True)
    desk.accessible()
    desk.calm()


def drawn(desk: Desk, *, passed: int, waiting: int) -> None:
    """The diagram is there, marked, and the maker's mark is seen."""
    page = desk.page
    expect(page.locator(".o-diagram .djs-shape.o-passed")).to_have_count(passed)
    expect(page.locator(".o-diagram .djs-shape.o-waiting")).to_have_count(waiting)
    mark = page.locator(".o-diagram a.bjs-powered-by")
    expect(mark).to_be_visible()
    box = mark.bounding_box()
    assert box is not None and box["width"] > 20 and box["height"] > 10


def test_from_the_worklist_to_the_end(day: Day) -> None:
    now = datetime.now(UTC)
    instance = begin(day.province, at=now)
    where = reverse("admin:processes_instance_change", args=[instance])

    manager = enter(day, "manager", language="en")
    page = manager.page
    page.get_by_role("link", name="Worklist").first.click()
    manager.shot("worklist")
    page.get_by_role("link", name="Fill in the request").click()
    drawn(manager, passed=1, waiting=1)
    look(manager, "task")
    page.get_by_role("link", name="Do it").click()
    page.fill("input[name=what]", "New counter")
    page.fill("input[name=amount]", "2000")
    page.set_input_files(
        "input[name=photos]",
        [{"name": "front.png", "mimeType": "image/png", "buffer": photograph()}],
    )
    manager.context.set_geolocation({"latitude": 34.7466, "longitude": 113.6253})
    manager.context.grant_permissions(["geolocation"])
    page.get_by_role("button", name="Where I am").click()
    expect(page.locator("input[name=place]")).to_have_value("34.746600,113.625300")
    page.wait_for_function(
        "() => document.querySelector('[name=photos]').files[0].name === 'front.jpg'"
    )
    look(manager, "task-form")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("Done: the process goes on.")).to_be_visible()
    manager.calm()
    (note,) = queries.notes(day.province.system(), instance=instance)
    _row, content = queries.attachment(day.province.system(), note=note.id)
    assert Image.open(io.BytesIO(content)).size == (1600, 1200)

    # it waits too long: its people are reminded, then it goes to the province
    task = Task.objects.unscoped("test").get(element="approve")
    Task.objects.unscoped("test").filter(id=task.id).update(
        created_at=now - timedelta(days=6), due_at=now - timedelta(days=3)
    )
    assert advance(day.province.system(now + timedelta(days=6))) == 1
    assert worklist(as_(day.province, "province_administrator", now)) == ["approve"]

    supervisor = enter(day, "supervisor")
    page = supervisor.page
    page.goto(reverse("admin:processes_task_changelist") + "?which=late")
    page.locator("main").get_by_role("link", name="审批").click()
    expect(page.get_by_role("link", name="front.jpg")).to_be_visible()
    page.get_by_role("link", name="办理", exact=True).click()
    page.get_by_label("退回").check()
    page.get_by_role("button", name="提交").click()
    expect(page.get_by_text("原因：不能为空")).to_be_visible()
    page.fill("textarea[name=reason]", "请附报价单")
    page.get_by_role("button", name="提交").click()
    expect(page.locator(".q-badge", has_text="已办理").first).to_be_visible()
    supervisor.calm()
    page.goto(where)
    drawn(supervisor, passed=5, waiting=1)
    expect(page.locator(".o-doer")).to_have_count(2)
    look(supervisor, "process-zh")

    phone = enter(day, "manager", phone=True, dark=True)
    phone.page.goto(where)
    drawn(phone, passed=5, waiting=1)
    look(phone, "process-phone-dark")
    phone.page.get_by_role("link", name="取消", exact=True).click()
    phone.page.fill("textarea[name=reason]", "不做了")
    phone.page.get_by_role("button", name="取消", exact=True).click()
    phone.page.wait_for_url(re.compile(re.escape(where)))
    assert queries.instance(day.province.system(), instance=instance).state == "cancelled"
    phone.calm()
