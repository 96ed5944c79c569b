"""Drafts, what is published when, the switch: over a real database."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from qudao.domain.echannel import operations, queries
from qudao.domain.echannel.models import Configuration, Publication, Version
from qudao.domain.echannel.types import (
    BeyondOwnBranch,
    BranchExpected,
    ConfigurationUnknown,
    Content,
    DraftChanged,
    EndsBeforeStart,
    Entry,
    FrontUnknown,
    GroupInvalid,
    ItemUnknown,
    NoDraft,
    NothingPublished,
    NotOff,
    Pair,
    Saved,
    Standing,
    StartsInThePast,
    TextMissing,
    TextTooLong,
    VersionUnknown,
)
from qudao.domain.party.operations import OrganizationNotFound
from qudao.platform.commands import operations as approvals
from qudao.platform.commands.command import AwaitingApproval
from qudao.platform.commands.context import NotPermitted
from qudao.platform.commands.models import JournalEntry
from tests.province import NOON, Province

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
ZHENGZHOU, LUOYANG = "000.41.4101", "000.41.4103"


def menu(*items: str, **more: Any) -> Content:
    entries = tuple(Entry(item=code, digit=str(n)) for n, code in enumerate(items, 1))
    return Content(entries=entries, **more)


def shown(path: str = "", group: str = "", at: datetime = NOON) -> list[str]:
    return [one.item for one in queries.menu_of("ussd", path, group, at).entries]


def save(province: Province, content: Content, **more: Any) -> Saved:
    return operations.save_draft(province.system(), front="ussd", content=content, **more)


def put(
    province: Province,
    content: Content,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    **place: Any,
) -> Saved:
    saved = save(province, content, **place)
    operations.publish(
        province.system(),
        front="ussd",
        number=saved.number,
        edition=saved.edition,
        valid_from=since,
        valid_until=until,
        **place,
    )
    return saved


def test_without_any_arrangement_a_front_shows_every_item(province: Province) -> None:
    found = queries.menu_of("ussd", ZHENGZHOU, "", NOON)
    assert found.version == 0 and found.standing is Standing.OPEN
    assert [one.item for one in found.entries] == list(queries.items())
    assert [one.digit for one in found.entries] == list("12345678")
    assert found.entries[0].label == Pair("话费余额", "Balance")
    with pytest.raises(FrontUnknown):
        queries.menu_of("fax", "", "", NOON)


def test_a_draft_is_seen_by_nobody_until_it_is_published(province: Province) -> None:
    everything = shown()
    saved = save(province, menu("top_up", "balance"))
    assert (saved.number, saved.edition) == (1, 1)
    assert shown() == everything
    operations.publish(province.system(), front="ussd", number=1, edition=1)
    assert shown() == shown(ZHENGZHOU) == shown(LUOYANG, "vip") == ["top_up", "balance"]


def test_two_people_do_not_overwrite_each_other_s_draft(province: Province) -> None:
    save(province, menu("top_up"))
    with pytest.raises(DraftChanged):
        save(province, menu("bill"))
    assert save(province, menu("bill"), edition=1).edition == 2
    with pytest.raises(DraftChanged):
        save(province, menu("balance"), edition=1)
    with pytest.raises(DraftChanged):
        operations.publish(province.system(), front="ussd", number=1, edition=1)
    draft = queries.draft(province.system(), front="ussd")
    assert (draft.content, draft.number, draft.edition) == (menu("bill"), 1, 2)
    with pytest.raises(DraftChanged):
        operations.discard_draft(province.system(), front="ussd", edition=1)
    operations.discard_draft(province.system(), front="ussd", edition=2)
    with pytest.raises(NoDraft):
        operations.discard_draft(province.system(), front="ussd", edition=2)
    assert queries.draft(province.system(), front="ussd").edition == 0


def test_a_new_draft_begins_with_what_customers_see(province: Province) -> None:
    ctx = province.system()
    first = queries.draft(ctx, front="ussd", branch_code="4101")
    assert [one.item for one in first.content.entries] == list(queries.items())
    put(province, menu("top_up"))
    assert queries.draft(ctx, front="ussd", branch_code="4101").content == menu("top_up")
    assert queries.draft(ctx, front="sms").number == 0


def test_a_branch_and_a_group_have_their_own(province: Province) -> None:
    here = province.organizations["4101"]
    put(province, menu("bill"))
    put(province, menu("top_up"), branch=here)
    put(province, menu("balance"), branch=here, group="vip")
    assert shown(ZHENGZHOU) == shown(f"{ZHENGZHOU}.410102.X", "young") == ["top_up"]
    assert shown(ZHENGZHOU, "vip") == ["balance"]
    assert shown(LUOYANG, "vip") == shown() == ["bill"]


def test_a_menu_with_an_end_gives_way_to_the_one_before(province: Province) -> None:
    put(province, menu("balance"))
    festival = put(province, menu("top_up"), since=NOON + DAY, until=NOON + 3 * DAY)
    assert [shown(at=NOON + n * DAY) for n in range(5)] == [
        ["balance"],
        ["top_up"],
        ["top_up"],
        ["balance"],
        ["balance"],
    ]
    put(province, menu("bill"), since=NOON + 2 * DAY)
    assert [shown(at=NOON + n * DAY)[0] for n in range(5)] == [
        "balance",
        "top_up",
        "bill",
        "bill",
        "bill",
    ]
    ctx = province.system()
    spans = queries.publications(ctx, festival.configuration)
    assert [(one.number, one.valid_from, one.valid_until) for one in spans] == [
        (3, NOON + 2 * DAY, None),
        (2, NOON + DAY, NOON + 2 * DAY),
        (1, NOON, NOON + DAY),
    ]


def test_going_back_is_publishing_an_older_version_again(province: Province) -> None:
    saved = put(province, menu("balance"))
    put(province, menu("top_up"))
    later = province.system(NOON + DAY)
    operations.publish(later, front="ussd", number=1, edition=1)
    assert shown(at=NOON + DAY) == ["balance"]
    assert shown(at=NOON + DAY - timedelta(seconds=5)) == ["top_up"]
    history = queries.versions(later, saved.configuration)
    assert [(one.number, one.frozen_at is not None) for one in history] == [(2, True), (1, True)]
    with pytest.raises(VersionUnknown):
        operations.publish(later.with_key("k9"), front="ussd", number=9, edition=1)


def test_withdrawn_shows_what_is_above(province: Province) -> None:
    here = province.organizations["4101"]
    put(province, menu("bill"))
    put(province, menu("top_up"), branch=here)
    put(province, menu("balance"), branch=here, since=NOON + DAY)
    operations.withdraw(province.system(), front="ussd", branch=here)
    assert shown(ZHENGZHOU) == shown(ZHENGZHOU, at=NOON + 2 * DAY) == ["bill"]
    with pytest.raises(NothingPublished):
        operations.withdraw(province.system(), front="ussd", branch=here)
    operations.withdraw(province.system(), front="ussd", valid_from=NOON + DAY)
    assert shown(LUOYANG) == ["bill"]
    assert shown(LUOYANG, at=NOON + DAY) == list(queries.items())


def test_times_that_make_no_sense_are_refused(province: Province) -> None:
    save(province, menu("bill"))
    for since, until, kind in (
        (NOON - DAY, None, StartsInThePast),
        (NOON + DAY, NOON + DAY, EndsBeforeStart),
        (None, NOON, EndsBeforeStart),
    ):
        with pytest.raises(kind):
            operations.publish(
                province.system(),
                front="ussd",
                number=1,
                edition=1,
                valid_from=since,
                valid_until=until,
            )
    assert Publication.objects.count() == 0


def test_publishing_needs_a_second_person(province: Province) -> None:
    marketing = province.organizations["41"]
    everything = shown()

    def maker() -> Any:
        return province.context("marketing", marketing)

    def checker(at: datetime) -> Any:
        return province.context("province_administrator", marketing, at=at)

    operations.save_draft(maker(), front="ussd", content=menu("top_up"))
    with pytest.raises(AwaitingApproval) as parked:
        operations.publish(
            maker(), front="ussd", number=1, edition=1, valid_from=NOON + DAY, remark="autumn"
        )
    assert parked.value.reason == "echannel.seen_by_customers"
    assert shown(at=NOON + 2 * DAY) == everything
    late = NOON + 2 * DAY
    approvals.approve(checker(late), parked=parked.value.parked)
    assert shown(at=late) == ["top_up"], "approved late, it begins at once"
    entry = JournalEntry.objects.get(command="echannel.publish")
    assert entry.actor == province.people["marketing"].user
    assert entry.approved_by == province.people["province"].user
    assert entry.subject == Configuration.objects.get().id
    assert entry.events[0][0] == "echannel.MenuPublished"


def test_what_was_changed_since_is_not_approved(province: Province) -> None:
    place = province.organizations["41"]
    operations.save_draft(province.context("marketing", place), front="ussd", content=menu("bill"))
    with pytest.raises(AwaitingApproval) as parked:
        operations.publish(province.context("marketing", place), front="ussd", number=1, edition=1)
    save(province, menu("top_up"), edition=1)
    with pytest.raises(DraftChanged):
        approvals.approve(
            province.context("province_administrator", place), parked=parked.value.parked
        )
    assert Publication.objects.count() == 0


def test_a_switch_is_immediate_and_needs_one_person(province: Province) -> None:
    here = province.organizations["4101"]
    put(province, menu("bill"), branch=here)
    notice = Pair("系统维护", "Under repair")
    ctx = province.context("support_centre", province.organizations["41"])
    operations.switch_off(ctx, front="ussd", message=notice, until=NOON + DAY)
    for path in ("", ZHENGZHOU):
        found = queries.menu_of("ussd", path, "", NOON)
        assert (found.standing, found.notice) == (Standing.OFF, notice)
        assert queries.menu_of("ussd", path, "", NOON + DAY).standing is Standing.OPEN
    assert queries.menu_of("sms", "", "", NOON).standing is Standing.OPEN
    operations.switch_on(province.system(), front="ussd")
    assert queries.menu_of("ussd", "", "", NOON).standing is Standing.OPEN
    with pytest.raises(NotOff):
        operations.switch_on(province.system(), front="ussd")
    with pytest.raises(ConfigurationUnknown):
        operations.switch_on(province.system(), front="kiosk")


def test_a_switch_says_something_that_fits(province: Province) -> None:
    for message, kind in (
        (Pair(), TextMissing),
        (Pair("维护", ""), TextMissing),
        (Pair("维" * 41, "Repair"), TextTooLong),
    ):
        with pytest.raises(kind):
            operations.switch_off(province.system(), front="ussd", message=message)
    with pytest.raises(EndsBeforeStart):
        operations.switch_off(
            province.system(), front="ussd", message=Pair("维护", "Repair"), until=NOON
        )
    assert Configuration.objects.count() == 0, "what is refused leaves nothing"


def test_a_branch_arranges_its_own_only(province: Province) -> None:
    here, far = province.organizations["4101"], province.organizations["4103"]

    def supervisor() -> Any:
        return province.context("branch_supervisor", here)

    def do(**place: Any) -> None:
        operations.save_draft(supervisor(), front="ussd", content=menu("bill"), **place)

    do(branch=here)
    with pytest.raises(BeyondOwnBranch):
        do()
    with pytest.raises(OrganizationNotFound):
        do(branch=far)
    with pytest.raises(BranchExpected):
        do(branch=province.organizations["410102"])
    with pytest.raises(GroupInvalid):
        do(branch=here, group="VIP!")
    with pytest.raises(NotPermitted):
        operations.save_draft(
            province.context("auditor", province.organizations["41"]),
            front="ussd",
            content=menu("bill"),
        )
    with pytest.raises(ConfigurationUnknown):
        operations.publish(province.system(), front="ussd", branch=far, number=1, edition=1)
    save(province, menu("top_up"), branch=far)
    assert [one.branch for one in queries.configurations(supervisor())] == [here]
    assert len(queries.configurations(province.system())) == 2
    theirs = Configuration.objects.get(branch=far).id
    assert queries.versions(supervisor(), theirs) == ()  # type: ignore[arg-type]
    with pytest.raises(ConfigurationUnknown):
        queries.configuration(supervisor(), theirs)  # type: ignore[arg-type]


def test_a_version_is_looked_at_again_when_it_is_published(
    province: Province, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A release may have taken an item away since it was written."""
    save(province, menu("bill"))
    fewer = {code: name for code, name in queries.items().items() if code != "bill"}

    class Fewer:
        def items(self) -> Any:
            return fewer

    monkeypatch.setattr("qudao.domain.echannel.ports._known", [Fewer()])
    with pytest.raises(ItemUnknown):
        operations.publish(province.system(), front="ussd", number=1, edition=1)


def test_the_database_keeps_what_was_published(province: Province) -> None:
    put(province, menu("bill"))
    version = Version.objects.get()
    for statement in (
        "UPDATE echannel_version SET content = '{}'",
        "DELETE FROM echannel_version",
    ):
        with (
            pytest.raises(IntegrityError),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)
    published = Publication.objects.get()
    published.pk = version.pk
    with pytest.raises(IntegrityError), transaction.atomic():
        published.save(force_insert=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        Configuration.objects.create(
            id=version.pk, front="ussd", branch=None, group="", created_at=NOON
        )


def test_versions_travel_as_files(province: Province) -> None:
    content = menu(
        "bill",
        "top_up",
        greeting=Pair("您好", "Hello"),
        hours={"mon": [["08:00", "09:00"]]},
        closed=Pair("请于工作时间再来", "Come back in our hours"),
    )
    saved = put(province, content)
    text = queries.document(province.system(), saved.configuration, 1)
    read = queries.read_document(text.encode(), "ussd")
    assert read == content
    again = save(province, read, branch=province.organizations["4101"])
    assert queries.content(province.system(), again.configuration, 1) == content


def test_differences_and_preview_of_versions(province: Province) -> None:
    saved = put(province, menu("bill", "top_up"))
    put(province, menu("top_up", "bill"))
    found = queries.differences(province.system(), saved.configuration, before=1, after=2)
    assert {(one.where, one.what) for one in found} == {
        ("bill", "place"),
        ("bill", "digit"),
        ("top_up", "place"),
        ("top_up", "digit"),
    }
    (screen,) = queries.preview("ussd", menu("bill", "top_up"), "en")
    assert screen.lines == ("1.Bill", "2.Top-up")
    with pytest.raises(VersionUnknown):
        queries.differences(province.system(), saved.configuration, before=1, after=7)


class TestMemory:
    def test_a_menu_costs_no_statement(
        self, province: Province, django_assert_num_queries: Any
    ) -> None:
        queries.menu_of("ussd", "", "", NOON)
        with django_assert_num_queries(0):
            for n in range(900):
                queries.menu_of("ussd", ZHENGZHOU, "vip", NOON + timedelta(milliseconds=n))
        with django_assert_num_queries(1):
            queries.menu_of("ussd", ZHENGZHOU, "", NOON + timedelta(seconds=1))
        with django_assert_num_queries(0):
            queries.menu_of("ussd", ZHENGZHOU, "", NOON + timedelta(seconds=1.5))

    def test_what_is_rolled_back_was_never_shown(self, province: Province) -> None:
        everything = shown()
        with transaction.atomic():
            put(province, menu("bill"))
            assert shown() == ["bill"], "one's own changes are seen"
            transaction.set_rollback(True)
        assert shown() == everything
        assert shown(at=NOON + DAY) == everything

    def test_a_dry_run_shows_nothing(self, province: Province) -> None:
        everything = shown()
        save(province, menu("bill"))
        operations.publish(
            replace(province.system(), dry_run=True), front="ussd", number=1, edition=1
        )
        assert shown() == shown(at=NOON + DAY) == everything
        assert Version.objects.get().frozen_at is None
