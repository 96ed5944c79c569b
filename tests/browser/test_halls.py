"""A hall's menu is arranged by keyboard alone, looked at, published; its pages are accessible."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from qudao.domain.echannel.models import Configuration, Version
from qudao.domain.echannel.rules import content_of
from qudao.platform.commands.models import ParkedCommand
from tests.browser.conftest import Day
from tests.browser.test_office import enter

pytestmark = pytest.mark.browser


def test_a_menu_is_arranged_by_keyboard(day: Day) -> None:
    desk = enter(day, "marketing", language="en")
    page = desk.page
    page.goto(reverse("admin:hall_menu") + "?front=ussd")
    desk.accessible()
    # The first row is a folder; its first two items change places.
    first = page.locator("select[name=item-1]").input_value()
    second = page.locator("select[name=item-2]").input_value()
    assert first and second
    page.locator("button[value='down:1']").focus()
    page.keyboard.press("Enter")
    expect(page.locator("select[name=item-1]")).to_have_value(second)
    expect(page.locator("select[name=item-2]")).to_have_value(first)
    expect(page.locator("button[value='down:2']")).to_be_focused()
    assert Configuration.objects.count() == 0, "nothing is stored by moving"
    page.locator("#greeting_zh").fill("您好，请选择")
    page.locator("#greeting_en").fill("Welcome")
    page.keyboard.press("Enter")
    expect(page.locator(".o-screen pre").first).to_contain_text("您好，请选择")
    desk.accessible()
    desk.shot("hall-menu", whole=True)
    page.locator("button[value=save]").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/echannel/configuration/"))
    desk.accessible()
    folder = content_of(Version.objects.get().content).entries[0]
    assert [one.item for one in folder.entries[:2]] == [second, first]
    row = Configuration.objects.get()
    page.goto(reverse("admin:echannel_configuration_act", args=[row.pk, "publish"]))
    desk.accessible()
    page.click("form.o-form button.q-btn-primary")
    expect(page.locator("main")).to_contain_text("second person")
    assert ParkedCommand.objects.get().command == "echannel.publish"
    for name, more in (("preview", [1]), ("differences", [])):
        page.goto(reverse(f"admin:hall_menu_{name}", args=[row.pk, *more]))
        desk.accessible()
    page.goto(reverse("admin:echannel_configuration_changelist"))
    desk.accessible()
    desk.calm()


@pytest.mark.parametrize("dark", [False, True])
def test_the_form_on_a_telephone_and_in_chinese(day: Day, dark: bool) -> None:
    desk = enter(day, "marketing", phone=True, dark=dark)
    desk.page.goto(reverse("admin:hall_menu"))
    desk.accessible()
    desk.page.goto(reverse("admin:hall_menu") + "?front=sms&branch=4101")
    expect(desk.page.locator("h1")).to_contain_text("短信营业厅")
    desk.accessible()
    desk.shot(f"hall-menu-phone-{'dark' if dark else 'light'}")
    desk.calm()
