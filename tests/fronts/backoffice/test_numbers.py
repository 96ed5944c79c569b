"""Numbers at the back office: pools, segments, search, rules, grades and prices."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from qudao.domain.resource import operations as resource
from qudao.domain.resource.models import GradePrice, Number, Pattern, Segment
from qudao.domain.resource.types import Reserve
from qudao.platform.commands.models import JournalEntry
from tests.fronts.backoffice.conftest import Enter, do, now, page, text
from tests.province import Province
from tests.stocked import FAR_PREFIX, PREFIX, TAILS, load_numbers

pytestmark = pytest.mark.django_db


@pytest.fixture
def numbers(province: Province) -> Province:
    load_numbers(province)
    resource.count(province.system(now()))
    return province


@pytest.fixture
def marketing(numbers: Province, enter: Enter) -> Client:
    return enter("marketing")


def test_pools_and_segments_with_counts_by_state(numbers: Province, enter: Enter) -> None:
    client = enter("province")
    pools = text(client.get(reverse("admin:resource_pool_changelist")))
    assert "Zhengzhou" in pools and f"{len(TAILS):,}" in pools
    segment = text(page(client, "resource_segment", PREFIX))
    assert f"Free {len(TAILS):,}" in segment
    pool = Segment.objects.unscoped("test").get(prefix=int(PREFIX)).pool_id
    shown = text(page(client, "resource_pool", pool))
    assert PREFIX in shown and "Free numbers by pattern" in shown
    far = enter("luoyang")
    assert page(far, "resource_pool", pool).status_code == 404
    assert page(far, "resource_segment", PREFIX).status_code == 404
    assert PREFIX not in text(far.get(reverse("admin:resource_segment_changelist")))


def test_loading_a_segment(numbers: Province, enter: Enter) -> None:
    keeper = enter("keeper")
    for wrong in ("123", "abcdefg", "13403710001"):
        assert do(keeper, "resource_pool", "load", branch="4101", prefixes=wrong).status_code == 422
    elsewhere = do(keeper, "resource_pool", "load", branch="4103", prefixes="1346020")
    assert elsewhere.status_code == 422, "another branch is none of theirs"
    filled = do(keeper, "resource_pool", "load", key="k1", branch="4101", prefixes=PREFIX)
    assert filled.status_code == 302, text(filled)
    twice = do(keeper, "resource_pool", "load", key="k2", branch="4101", prefixes=PREFIX)
    assert twice.status_code == 409 and "Refused" in text(twice)
    far = do(keeper, "resource_pool", "load", key="k3", branch="4101", prefixes="1340379")
    assert far.status_code == 409
    done = do(keeper, "resource_pool", "load", key="k4", branch="4101", prefixes="1346020")
    assert done.status_code == 302, text(done)
    assert Number.objects.unscoped("test").filter(number__gte=13460200000).count() >= 10_000
    assert do(keeper, "resource_segment", "regrade", "1346020", key="k5").status_code == 302


def test_numbers_are_found_by_their_digits(numbers: Province, enter: Enter) -> None:
    client = enter("province")
    address = reverse("admin:resource_number_changelist")
    whole = client.get(address, {"q": f"{PREFIX}8888"})
    assert "134 0371 8888" in text(whole)
    ends = text(client.get(address, {"q": "*8888"}))
    assert "134 0371 8888" in ends and "134 0379 8888" in ends and "134 0371 8887" not in ends
    assert "134 0371 0001" in text(client.get(address, {"q": PREFIX}))
    last = text(client.get(address, {"q": "0001", "place": "000.41.4103"}))
    assert "134 0379 0001" in last and "134 0371 0001" not in last
    free = text(client.get(address, {"state": "active"}))
    assert "Nothing found" in free
    assert "134 0371 8888" in text(client.get(address, {"pattern": "aaaa", "q": PREFIX}))
    second = client.get(address, {"p": "2"})
    assert second.status_code == 200 and "51–100 of" in text(second)
    near = enter("supervisor")
    assert "Nothing found" in text(near.get(address, {"q": f"{FAR_PREFIX}0001"}))
    assert page(near, "resource_number", f"{FAR_PREFIX}0001").status_code == 404


def test_the_life_of_a_number(numbers: Province, enter: Enter) -> None:
    held = resource.reserve.one(numbers.clerk(at=now()), Reserve(numbers.agent, f"{PREFIX}0123"))
    client = enter("supervisor")
    shown = text(page(client, "resource_number", held.number))
    assert "Reserved" in shown and "Outlet AGENT" in shown and "Prepayment" in shown
    resource.release(numbers.clerk(at=now()), hold=held.hold)
    shown = text(page(client, "resource_number", held.number))
    assert shown.count("Reserved") >= 2, "its life tells both steps"
    found = client.get(reverse("admin:resource_number_changelist"), {"state": "reserved"})
    assert "Nothing found" in text(found)


def test_a_rule_is_changed_after_its_effects_were_seen(
    numbers: Province, marketing: Client
) -> None:
    row = Pattern.objects.select_related("grade").get(code="aaaa")
    free = Number.objects.unscoped("test").filter(pattern=row, pool__branch__code="4101").count()
    data = {"grade": row.grade_id}
    seen = do(marketing, "resource_pattern", "decide", row.pk, **data)
    assert seen.status_code == 200 and "Free numbers that change" in text(seen)
    assert re.search(rf"Zhengzhou\D*{free} ", text(seen))
    assert Pattern.objects.get(code="aaaa").enabled, "nothing was kept"
    mark = seen.context["seen"]
    other = do(
        marketing, "resource_pattern", "decide", row.pk, grade="ordinary", on="on", seen=mark
    )
    assert other.status_code == 200, "what was not seen has to be looked at first"
    done = do(marketing, "resource_pattern", "decide", row.pk, seen=mark, **data)
    assert done.status_code == 302, text(done)
    assert not Pattern.objects.get(code="aaaa").enabled
    assert JournalEntry.objects.filter(command="resource.set_pattern").count() == 1
    listed = text(marketing.get(reverse("admin:resource_pattern_changelist")))
    assert "Off" in listed


def test_the_plain_rule_stays_on(numbers: Province, marketing: Client) -> None:
    row = Pattern.objects.get(code="plain")
    refused = do(marketing, "resource_pattern", "decide", row.pk, grade=row.grade_id)
    assert refused.status_code == 422 and "Refused" in text(refused)


def test_a_price_per_branch_with_its_time(numbers: Province, marketing: Client) -> None:
    data = {
        "branch": "4101",
        "price": "888",
        "monthly_floor": "99",
        "valid_from": "",
        "valid_until": "",
    }
    grade = "ordinary"
    seen = do(marketing, "resource_grade", "price", grade, **data)
    assert seen.status_code == 200 and "¥888.00" in text(seen) and "Zhengzhou" in text(seen)
    assert "Luoyang" not in text(seen).split("Free numbers that change")[1]
    mark = seen.context["seen"]
    done = do(marketing, "resource_grade", "price", grade, seen=mark, **data)
    assert done.status_code == 302, text(done)
    assert GradePrice.objects.get(branch__code="4101", grade=grade).price == 888_00
    shown = text(page(marketing, "resource_grade", grade))
    assert "Zhengzhou" in shown and "All branches without a price of their own" in shown
    past = {**data, "valid_from": f"{now() - timedelta(days=3):%Y-%m-%dT%H:%M}"}
    refused = do(marketing, "resource_grade", "price", grade, key="k2", **past)
    assert refused.status_code == 422 and "Refused" in text(refused)
    ended = do(marketing, "resource_grade", "end-price", grade, key="k3", branch="4101")
    assert ended.status_code == 302, text(ended)


def test_a_grade_of_ones_own(numbers: Province, marketing: Client) -> None:
    data = {
        "code": "jubilee",
        "name_zh": "纪念号",
        "name_en": "Jubilee",
        "position": "3",
        "price": "66",
        "monthly_floor": "18",
    }
    assert do(marketing, "resource_grade", "create", **data).status_code == 302
    assert "Jubilee" in text(marketing.get(reverse("admin:resource_grade_changelist")))
    names = {"name_zh": "纪念号", "name_en": "Anniversary", "position": "4"}
    changed = do(marketing, "resource_grade", "change", "jubilee", key="k2", **names)
    assert changed.status_code == 302, text(changed)


def test_a_branch_does_not_decide_for_the_province(numbers: Province, enter: Enter) -> None:
    for name in ("supervisor", "keeper", "auditor"):
        client = enter(name)
        row = Pattern.objects.get(code="aaaa")
        assert do(client, "resource_pattern", "decide", row.pk, grade="first").status_code == 403
        assert client.get(reverse("admin:resource_grade_do", args=["create"])).status_code == 403
