"""The day of a branch's stock keeper, in a browser; and every page about numbers and goods."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from qudao.domain.resource import operations as resource
from qudao.domain.resource.models import Pattern, Segment
from qudao.domain.stock import operations as stock
from qudao.domain.stock import queries as goods
from qudao.domain.stock.models import Bulk, Item, Movement, Requisition, Unit
from qudao.domain.stock.types import BulkId, Goods, NewUnit
from qudao.journeys import bulk
from qudao.kernel.money import Money
from qudao.kernel.personal import Secret
from tests.browser.conftest import SHOTS, Day, Desk, by_turns
from tests.browser.test_office import enter
from tests.province import assert_sound
from tests.stocked import PREFIX, dossier, iccid, load_numbers, shelve

pytestmark = pytest.mark.browser


@pytest.fixture
def stocked(day: Day) -> Day:
    """Goods in the stores of both branches and at the outlet, some of them sent."""
    now, places = datetime.now(UTC), day.province.organizations
    load_numbers(day.province)
    resource.count(day.province.system(now))
    shelve(day.province, places["4101"], each=12, at=now - timedelta(days=100))
    shelve(day.province, places["4103"], each=7, at=now - timedelta(days=3))
    shelve(day.province, day.province.agent, each=4, at=now - timedelta(days=40))
    soon = (now + timedelta(days=12)).date()
    stock.load_units(
        day.province.system(now),
        place=places["4101"],
        item="RC50",
        units=tuple(
            NewUnit(f"2788{n:012d}", pin=Secret(f"8{n:017d}"), expires_on=soon) for n in range(6)
        ),
        cost=Money(20),
        batch="2025-11",
    )
    for place in ("4101", "4103"):
        stock.set_threshold(day.province.system(now), place=places[place], item="SIM3IN1", low=10)
    stock.transfer(
        day.province.system(now),
        source=places["4101"],
        target=places["410102"],
        goods=[Goods("SIM3IN1", 2), Goods("GIFT-UMBRELLA", 5)],
    )
    return day


def examined(day: Day) -> None:
    """What the worker does with the file that was sent last."""
    row = Bulk.objects.unscoped("test").latest("at", "id")
    bulk.examine(day.province.system(datetime.now(UTC)), bulk=BulkId(row.pk))


def taken_in(day: Day) -> None:
    row = Bulk.objects.unscoped("test").latest("at", "id")
    bulk.take_in(day.province.system(datetime.now(UTC)), bulk=BulkId(row.pk))


def send(desk: Desk, name: str, rows: list[str]) -> None:
    page = desk.page
    page.goto(reverse("admin:bulk"))
    page.select_option("select[name=kind]", "sim")
    page.fill("input[name=place]", "4101")
    page.select_option("select[name=item]", "SIM3IN1")
    page.fill("input[name=cost]", "2.50")
    page.fill("input[name=batch]", "2026-11")
    file = {"name": name, "mimeType": "text/csv", "buffer": "\n".join(["ICCID", *rows]).encode()}
    page.set_input_files("input[name=file]", files=[file])
    page.get_by_role("button", name="上传并检查").click()


def test_the_day_of_a_stock_keeper(stocked: Day) -> None:
    day, province = stocked, stocked.province
    desk = enter(day, "keeper")
    page = desk.page

    # a file with two bad rows: refused, each named; mended, it is loaded
    rows = [iccid() for _ in range(40)]
    broken = [f"{one[:-1]}{(int(one[-1]) + 1) % 10}" for one in rows[:1]]
    send(desk, "11月SIM卡.csv", [*broken, *rows[1:], rows[-1]])
    expect(page.get_by_text("检查中").first).to_be_visible()
    desk.shot("keeper-bulk-waiting")
    examined(day)
    expect(page.get_by_text("有 2 行错误，未导入任何数据。")).to_be_visible()
    expect(page.get_by_text(broken[0]).first).to_be_visible()
    desk.shot("keeper-bulk-refused")
    desk.accessible()
    send(desk, "11月SIM卡-改.csv", rows)
    examined(day)
    load = page.get_by_role("button", name="导入全部 40 行")
    expect(load).to_be_visible()
    desk.shot("keeper-bulk-checked")
    desk.accessible()
    load.click()
    expect(page.get_by_text("导入中").first).to_be_visible()
    taken_in(day)
    expect(page.get_by_text("已导入 40 行。")).to_be_visible()
    desk.shot("keeper-bulk-loaded")

    # an outlet asks; it gets part of it, the oldest first, with a note
    asked = stock.ask(
        province.clerk(at=datetime.now(UTC)),
        place=province.agent,
        goods={"SIM3IN1": 20, "GIFT-UMBRELLA": 10},
        note="周末促销",
    )
    page.goto(reverse("admin:stock_requisition_changelist"))
    desk.shot("keeper-deliveries")
    desk.accessible()
    page.goto(reverse("admin:stock_requisition_change", args=[asked]))
    page.get_by_role("link", name="受理", exact=True).click()
    page.get_by_label("SIM", exact=False).first.fill("6")
    page.get_by_role("button", name="受理").click()
    expect(page.get_by_text("未获准，没有任何改变。")).to_be_visible()
    page.fill("textarea[name=reason]", "库存不足，先发 6 张")
    desk.shot("keeper-accept")
    desk.accessible()
    page.get_by_role("button", name="受理").click()
    page.get_by_role("link", name="发货").click()
    desk.shot("keeper-dispatch")
    desk.accessible()
    page.get_by_role("button", name="发货").click()
    expect(page.get_by_text("已发货。可在下方打印送货单。")).to_be_visible()
    desk.shot("keeper-dispatched")
    desk.accessible()
    page.get_by_role("link", name="查看并打印").click()
    expect(page.get_by_role("heading", name="送货单")).to_be_visible()
    desk.shot("keeper-note")
    desk.accessible()

    # one card was not in the parcel: it had stayed
    sent = [one.serial for one in Unit.objects.unscoped("test").filter(document=asked)]
    assert len(sent) == 6
    stock.receive(
        province.clerk(at=datetime.now(UTC)),
        requisition=asked,
        serials=sent[1:],
        quantities={"GIFT-UMBRELLA": 10},
    )
    page.goto(reverse("admin:stock_requisition_change", args=[asked]))
    page.get_by_role("link", name="处理差异").click()
    page.get_by_label("货未发出：退回本库").check()
    page.fill("textarea[name=reason]", "清点时发现留在货架")
    desk.shot("keeper-settle")
    desk.accessible()
    page.get_by_role("button", name="处理差异").click()
    expect(page.get_by_text("已完成。").first).to_be_visible()
    assert Unit.objects.unscoped("test").get(serial=sent[0]).state == "in_stock"

    # a write-off takes a second person
    page.goto(reverse("admin:stock_unit_do", args=["write-off"]))
    page.fill("textarea[name=goods]", sent[0])
    page.select_option("select[name=state]", "in_stock")
    page.fill("textarea[name=reason]", "运输压坏")
    desk.shot("keeper-write-off")
    desk.accessible()
    page.get_by_role("button", name="报损").click()
    expect(page.get_by_text("报损一律须第二人审批。")).to_be_visible()
    desk.shot("keeper-parked")
    checker = enter(day, "supervisor")
    checker.page.get_by_role("link", name="审批").first.click()
    checker.page.get_by_role("link", name="报损").click()
    checker.shot("keeper-approval")
    checker.page.get_by_role("link", name="通过").first.click()
    checker.page.get_by_role("button", name="通过").click()
    expect(checker.page.get_by_text("已通过").first).to_be_visible()
    assert Unit.objects.unscoped("test").get(serial=sent[0]).state == "written_off"

    # where everything lies
    page.goto(reverse("admin:stock_map"))
    expect(page.locator(".q-map-canvas canvas")).to_be_visible()
    page.wait_for_load_state("networkidle")
    desk.shot("keeper-map")
    desk.accessible()
    page.get_by_role("link", name="中原区").first.click()
    expect(page.get_by_role("heading", name="中原区")).to_be_visible()
    desk.shot("keeper-stock")
    desk.accessible()
    for one in (desk, checker):
        one.calm()
    assert list(goods.unsound()) == []
    assert_sound()


def addresses(day: Day) -> Iterator[tuple[str, str]]:
    """Every list and page about numbers, goods and customers, and the longer forms."""
    for name in (
        "stock_levels",
        "stock_map",
        "stock_ageing",
        "stock_turnover",
        "stock_margins",
        "stock_batches",
        "expiring",
        "packs",
        "bulk",
    ):
        yield name, reverse(f"admin:{name}")
    yield "stock_branch", reverse("admin:stock_levels") + "?place=000.41.4101"
    yield "map_branch", reverse("admin:stock_map") + "?place=000.41.4101"
    for name in (
        "stock_requisition",
        "stock_unit",
        "stock_movement",
        "stock_quantity",
        "stock_count",
        "stock_threshold",
        "stock_item",
        "resource_number",
        "resource_pool",
        "resource_segment",
        "resource_pattern",
        "resource_grade",
        "customer_dossier",
        "customer_customer",
        "customer_blacklistentry",
    ):
        yield name, reverse(f"admin:{name}_changelist")
    unit = Unit.objects.unscoped("test").filter(state="in_stock").order_by("id").first()
    movement = Movement.objects.unscoped("test").filter(kind="transfer").latest("at")
    sent = Requisition.objects.unscoped("test").latest("asked_at")
    assert unit is not None
    made = dossier(day.province, day.province.clerk(at=datetime.now(UTC)), day.province.agent)
    rows = {
        "stock_unit": unit.pk,
        "stock_movement": movement.pk,
        "stock_requisition": sent.pk,
        "stock_item": Item.objects.get(code="SIM3IN1").pk,
        "resource_number": f"{PREFIX}8888",
        "resource_segment": PREFIX,
        "resource_pool": Segment.objects.unscoped("test").get(prefix=int(PREFIX)).pool_id,
        "resource_pattern": Pattern.objects.get(code="aaaa").pk,
        "resource_grade": "ordinary",
        "customer_dossier": made,
    }
    for name, key in rows.items():
        yield f"{name}-page", reverse(f"admin:{name}_change", args=[key])
    yield "delivery_note", reverse("admin:delivery_note", args=[sent.pk])
    yield "transfer-form", reverse("admin:stock_requisition_do", args=["transfer"])
    yield "write-off-form", reverse("admin:stock_unit_do", args=["write-off"])
    yield "segments-form", reverse("admin:resource_pool_do", args=["load"])
    yield (
        "pattern-form",
        reverse("admin:resource_pattern_act", args=[rows["resource_pattern"], "decide"]),
    )
    yield "price-form", reverse("admin:resource_grade_act", args=["ordinary", "price"])
    yield "dossier-files", reverse("admin:dossier_file", args=[made])


LOOKS = [
    ("zh-hans", False, False, ("keeper", "marketing", "auditor")),
    ("en", True, True, ("keeper", "marketing", "auditor")),
    ("zh-hans", True, False, ("keeper",)),
    ("en", False, False, ("keeper",)),
]
"""Language, phone, dark, and who looks: the first who may see a page. The last two for pictures."""


def test_every_page_about_numbers_and_goods(stocked: Day) -> None:
    faults: list[str] = []
    pages = list(addresses(stocked))
    for look, (language, phone, dark, people) in enumerate(LOOKS if SHOTS else LOOKS[:2]):
        kind, tone = "phone" if phone else "desk", "dark" if dark else "light"
        where = f"goods-{kind}-{language[:2]}-{tone}"
        left = [one for nth, one in enumerate(pages) if by_turns(look, nth)]
        for who in people:
            desk = enter(stocked, who, language=language, phone=phone, dark=dark)
            seen = []
            for name, path in left:
                answer = desk.page.goto(path)
                assert answer is not None
                if answer.status == 403:
                    continue
                seen.append((name, path))
                assert answer.status == 200, f"{path}: {answer.status}"
                desk.settle()
                desk.shot(f"{where}-{name}")
                try:
                    desk.accessible()
                except AssertionError as fault:
                    faults.append(f"{where}: {fault}")
                wide = desk.page.evaluate("document.documentElement.scrollWidth - innerWidth")
                if wide > 0:
                    faults.append(f"{where}: {path} is {wide} px too wide")
            left = [one for one in left if one not in seen]
            faults += [f"{where}: {complaint}" for complaint in desk.complaints]
            desk.context.close()
    assert not faults, "\n".join(faults)


def test_a_rule_is_changed_by_keyboard(stocked: Day) -> None:
    desk = enter(stocked, "marketing", language="en")
    page = desk.page
    row = Pattern.objects.get(code="aaaa")
    page.goto(reverse("admin:resource_pattern_act", args=[row.pk, "decide"]))
    box = page.get_by_label("The rule counts")
    box.focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Show what would change").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Free numbers that change")).to_be_visible()
    desk.shot("office-rule-effects")
    desk.accessible()
    page.get_by_role("button", name="Change grade or switch").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Done.").first).to_be_visible()
    assert not Pattern.objects.get(code="aaaa").enabled
    desk.calm()
