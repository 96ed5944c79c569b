"""The catalogue over a real database: what ships, versions, shelves, discounts, the matrix."""

import json
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from django.db import IntegrityError, connection, transaction

from qudao.domain.catalog import operations, queries
from qudao.domain.catalog.models import (
    Fit,
    Offering,
    OfferingVersion,
    ShelfEntry,
    WholesaleDiscount,
)
from qudao.domain.catalog.types import (
    AmountOutOfRange,
    Backdated,
    BeyondOwnBranch,
    BranchExpected,
    BusinessUnknown,
    FitCell,
    FitLevel,
    NotOnShelf,
    OfferingCodeTaken,
    OfferingFieldInvalid,
    OfferingUnknown,
    PeriodEmpty,
    RateOutOfRange,
    UnfitForChannel,
    VersionDraft,
    VersionExpired,
    VersionPlanned,
)
from qudao.domain.party import queries as party
from qudao.domain.party.operations import OrganizationNotFound
from qudao.domain.party.types import OrganizationId
from qudao.domain.saleschannel import operations as saleschannel
from qudao.domain.saleschannel.queries import ChannelKindUnknown
from qudao.kernel.ids import new_id
from qudao.kernel.money import Money
from qudao.kernel.page import PageRequest
from qudao.kernel.refusals import Refusal
from qudao.kernel.scope import Scope
from qudao.platform.commands.context import Context
from qudao.platform.identity.roles import system_context

pytestmark = pytest.mark.django_db

AT = datetime(2026, 3, 2, 4, tzinfo=UTC)
DAY = timedelta(days=1)
KIND, ZHENGZHOU = "agency_point", "000.41.4101"
PACK = VersionDraft(
    name_zh="新流量包", name_en="New pack", price=Money(990), boss_product_code="DATA1GB"
)
_keys = iter(range(10**9))


def system(at: datetime = AT) -> Context:
    return system_context(at, f"key-{next(_keys)}")


def in_branch(at: datetime = AT) -> Context:
    return replace(system(at), scope=Scope.of([ZHENGZHOU]))


@pytest.fixture(autouse=True)
def reference() -> None:
    saleschannel.load_reference(system())
    operations.load_reference(system())


def branch(code: str) -> OrganizationId:
    found = party.organization_by_code(system(), code)
    assert found is not None
    return found.id


def sells(code: str, at: datetime = AT, path: str = ZHENGZHOU) -> bool:
    try:
        queries.snapshot().offer(code, KIND, "city", path, at)
    except NotOnShelf:
        return False
    return True


def everything() -> list[object]:
    tables = (Offering, OfferingVersion, ShelfEntry, WholesaleDiscount, Fit)
    return [queries.revision(), *(list(table.objects.order_by("pk").values()) for table in tables)]


def test_what_ships_is_what_the_boss_knows() -> None:
    catalogue = json.loads(Path("simulators/boss/catalogue.json").read_text())
    snapshot = queries.snapshot()
    for business, products in (("plan_change", "plans"), ("add_on", "add_ons")):
        shipped = {
            offer.boss_product_code: offer.price
            for market in ("city", "rural")
            for offer in snapshot.offers("sales_hall", market, ZHENGZHOU, AT, business=business)
        }
        sold = [item for item in catalogue[products] if item.get("family") != "contract"]
        assert shipped == {item["code"]: Money(item["price"]) for item in sold}
    contracts = snapshot.offers("sales_hall", "city", ZHENGZHOU, AT, business="contract_handset")
    assert {offer.attributes["boss_product_code"] for offer in contracts} == {
        item["code"] for item in catalogue["add_ons"] if item["family"] == "contract"
    }
    for code, business in (("BILLPAY", "bill_payment"), ("TOPUP", "top_up")):
        offer = snapshot.offer(code, KIND, "city", ZHENGZHOU, AT)
        limits = catalogue["payments"][business]
        assert offer.minimum == Money(limits["minimum"])
        assert offer.maximum == Money(limits["maximum"])


def test_the_fit_matrix_is_whole_and_as_documented() -> None:
    cells = {(c.business, c.channel_kind, c.market): c.level for c in queries.fit_matrix(system())}
    assert len(cells) == 17 * 14 * 2
    assert cells["plan_change", "recharge_point", "rural"] is FitLevel.UNFIT
    assert cells["bill_payment", "kiosk", "city"] is FitLevel.BEST
    with pytest.raises(UnfitForChannel):
        queries.snapshot().offer("GT58", "recharge_point", "city", ZHENGZHOU, AT)
    homestead = queries.snapshot().offers("sales_hall", "rural", ZHENGZHOU, AT)
    assert "SZXJY" in {offer.code for offer in homestead}
    assert "SZXJY" not in {
        offer.code for offer in queries.snapshot().offers("sales_hall", "city", ZHENGZHOU, AT)
    }


def test_loading_again_adds_nothing_and_keeps_what_people_changed() -> None:
    operations.set_fit(system(), cells=[FitCell("top_up", KIND, "city", FitLevel.UNFIT)])
    operations.set_discount(system(), business="top_up", channel_kind=KIND, rate_ppm=1)
    before = everything()
    assert operations.load_reference(system()) == 0
    assert everything() == before


def test_a_new_version_follows_the_old_one() -> None:
    old = queries.snapshot().offer("DATA1GB", KIND, "city", ZHENGZHOU, AT)
    later = AT + 3 * DAY
    operations.publish_version(system(), code="DATA1GB", version=PACK, valid_from=later)
    snapshot = queries.snapshot()
    assert snapshot.offer("DATA1GB", KIND, "city", ZHENGZHOU, later - DAY) == old
    new = snapshot.offer("DATA1GB", KIND, "city", ZHENGZHOU, later)
    assert (new.number, new.price) == (2, Money(990))
    history = queries.versions(system(), code="DATA1GB")
    assert [(v.number, v.valid_until) for v in history] == [(2, None), (1, later)]
    with pytest.raises(VersionPlanned):
        operations.publish_version(system(), code="DATA1GB", version=PACK, valid_from=AT + DAY)
    operations.publish_version(system(later + DAY), code="DATA1GB", version=PACK)
    assert [v.number for v in queries.versions(system(), code="DATA1GB")] == [3, 2, 1]


def test_the_end_of_a_version_is_the_end_of_its_sale() -> None:
    operations.end_version(system(), code="CRBT", valid_until=AT + DAY)
    snapshot = queries.snapshot()
    assert snapshot.offer("CRBT", KIND, "city", ZHENGZHOU, AT)
    with pytest.raises(VersionExpired):
        snapshot.offer("CRBT", KIND, "city", ZHENGZHOU, AT + DAY)


def test_a_new_offering_is_on_no_shelf_until_it_is_put_there() -> None:
    operations.create_offering(system(), code="NEW", business="add_on", version=PACK)
    assert not sells("NEW")
    operations.shelve(in_branch(), code="NEW", branch=branch("4101"))
    assert sells("NEW") and not sells("NEW", path="000.41.4102")
    operations.shelve(system(), code="NEW")
    assert sells("NEW", path="000.41.4102")
    with pytest.raises(OfferingCodeTaken):
        operations.create_offering(system(), code="NEW", business="add_on", version=PACK)


def test_a_branch_takes_off_the_shelf_for_a_time_and_for_itself() -> None:
    operations.unshelve(
        in_branch(),
        code="TOPUP",
        branch=branch("4101"),
        valid_from=AT + DAY,
        valid_until=AT + 5 * DAY,
    )
    on = [sells("TOPUP", AT + n * DAY) for n in range(7)]
    assert on == [True, False, False, False, False, True, True]
    assert all(sells("TOPUP", AT + n * DAY, "000.41.4102") for n in range(7))
    # another word for the middle of that time splits it
    operations.shelve(
        in_branch(),
        code="TOPUP",
        branch=branch("4101"),
        valid_from=AT + 2 * DAY,
        valid_until=AT + 3 * DAY,
    )
    on = [sells("TOPUP", AT + n * DAY) for n in range(7)]
    assert on == [True, False, True, False, False, True, True]
    # and one for all of it replaces it
    operations.shelve(in_branch(), code="TOPUP", branch=branch("4101"))
    assert all(sells("TOPUP", AT + n * DAY) for n in range(7))


def test_a_discount_replaces_the_one_before_from_its_day_on() -> None:
    def rate(code: str, at: datetime) -> int:
        return queries.snapshot().offer(code, KIND, "city", ZHENGZHOU, at).discount_ppm

    assert rate("TOPUP", AT) == 8_000
    operations.set_discount(
        system(),
        business="top_up",
        channel_kind=KIND,
        rate_ppm=9_000,
        valid_from=AT + DAY,
        valid_until=AT + 2 * DAY,
    )
    assert [rate("TOPUP", AT + n * DAY) for n in range(3)] == [8_000, 9_000, 8_000]
    operations.set_discount(
        system(), business="add_on", channel_kind=KIND, rate_ppm=50_000, offering="DATA1GB"
    )
    assert rate("DATA1GB", AT) == 50_000 and rate("DATA5GB", AT) == 0
    found = queries.discounts(system(), business="add_on")
    assert [(d.offering_code, d.channel_kind, d.rate_ppm) for d in found] == [
        ("DATA1GB", KIND, 50_000)
    ]


def test_the_matrix_is_edited_all_or_none() -> None:
    cell = FitCell("top_up", KIND, "city", FitLevel.UNFIT)
    assert operations.set_fit(system(), cells=[cell]) == 1
    assert operations.set_fit(system(), cells=[cell]) == 0
    with pytest.raises(UnfitForChannel):
        queries.snapshot().offer("TOPUP", KIND, "city", ZHENGZHOU, AT)
    before = everything()
    wrong = FitCell("top_up", "moon_base", "city", FitLevel.FIT)
    good = FitCell("top_up", KIND, "rural", FitLevel.UNFIT)
    with pytest.raises(ChannelKindUnknown):
        operations.set_fit(system(), cells=[good, wrong])
    assert everything() == before


REFUSED = [
    (OfferingUnknown, lambda: operations.publish_version(system(), code="NONE", version=PACK)),
    (
        Backdated,
        lambda: operations.publish_version(
            system(), code="DATA1GB", version=PACK, valid_from=AT - DAY
        ),
    ),
    (
        PeriodEmpty,
        lambda: operations.publish_version(
            system(), code="DATA1GB", version=PACK, valid_from=AT + DAY, valid_until=AT + DAY
        ),
    ),
    (
        OfferingFieldInvalid,
        lambda: operations.publish_version(
            system(), code="TOPUP", version=replace(PACK, price=Money(100))
        ),
    ),
    (
        OfferingFieldInvalid,
        lambda: operations.publish_version(
            system(), code="DATA1GB", version=replace(PACK, price=Money(-1))
        ),
    ),
    (
        OfferingFieldInvalid,
        lambda: operations.publish_version(
            system(), code="DATA1GB", version=replace(PACK, price=None)
        ),
    ),
    (
        OfferingFieldInvalid,
        lambda: operations.publish_version(
            system(), code="DATA1GB", version=replace(PACK, name_zh="")
        ),
    ),
    (
        BusinessUnknown,
        lambda: operations.create_offering(system(), code="X", business="teleport", version=PACK),
    ),
    (
        RateOutOfRange,
        lambda: operations.set_discount(
            system(), business="top_up", channel_kind=KIND, rate_ppm=1_000_001
        ),
    ),
    (
        RateOutOfRange,
        lambda: operations.set_discount(
            system(), business="top_up", channel_kind=KIND, rate_ppm=-1
        ),
    ),
    (
        OfferingUnknown,
        lambda: operations.set_discount(
            system(), business="top_up", channel_kind=KIND, rate_ppm=1, offering="DATA1GB"
        ),
    ),
    (BeyondOwnBranch, lambda: operations.shelve(in_branch(), code="TOPUP")),
    (BeyondOwnBranch, lambda: operations.set_fit(in_branch(), cells=[])),
    (
        BeyondOwnBranch,
        lambda: operations.publish_version(in_branch(), code="DATA1GB", version=PACK),
    ),
    (
        OrganizationNotFound,
        lambda: operations.unshelve(in_branch(), code="TOPUP", branch=branch("4102")),
    ),
    (
        BranchExpected,
        lambda: operations.unshelve(system(), code="TOPUP", branch=branch("410102")),
    ),
]


@pytest.mark.parametrize(("refusal", "act"), REFUSED)
def test_what_makes_no_sense_is_refused_and_changes_nothing(
    refusal: type[Refusal], act: object
) -> None:
    before = everything()
    with pytest.raises(refusal):
        act()  # type: ignore[operator]
    assert everything() == before


def test_every_write_raises_the_revision() -> None:
    seen = [queries.revision()]
    for write in (
        lambda: operations.publish_version(system(), code="DATA1GB", version=PACK),
        lambda: operations.end_version(system(), code="DATA5GB"),
        lambda: operations.create_offering(system(), code="N", business="add_on", version=PACK),
        lambda: operations.shelve(system(), code="N"),
        lambda: operations.unshelve(system(), code="N"),
        lambda: operations.set_discount(system(), business="top_up", channel_kind=KIND, rate_ppm=5),
        lambda: operations.set_fit(
            system(), cells=[FitCell("top_up", KIND, "city", FitLevel.CAPABLE)]
        ),
    ):
        write()
        seen.append(queries.revision())
    assert seen == sorted(set(seen))


@pytest.mark.parametrize("table", [OfferingVersion, ShelfEntry, WholesaleDiscount])
def test_the_database_itself_refuses_an_overlap(table: type) -> None:
    row = table.objects.first()
    row.pk = new_id(AT)
    row.valid_from = AT
    if table is OfferingVersion:
        row.number = 99
    with pytest.raises(IntegrityError, match="no_overlap"), transaction.atomic():
        row.save(force_insert=True)


def test_lists_for_screens() -> None:
    page = queries.offerings(system(), page=PageRequest(5), business="add_on")
    assert page.total == 14 and len(page.items) == 5
    assert all(row.number == 1 and row.price is not None for row in page.items)
    found = queries.offerings(system(), page=PageRequest(5), text="彩铃")
    assert [row.code for row in found.items] == ["CRBT"]
    assert [entry.branch for entry in queries.shelf(system(), code="TOPUP")] == [None]
    before = queries.offerings(system(datetime(2019, 1, 1, tzinfo=UTC)), page=PageRequest(1))
    assert before.items[0].version is None
    with pytest.raises(OfferingUnknown):
        queries.versions(system(), code="NONE")


def test_a_current_snapshot_costs_one_small_statement_or_none(
    django_assert_num_queries: object,
) -> None:
    snapshot = queries.snapshot()
    with django_assert_num_queries(1):  # type: ignore[operator]
        assert queries.snapshot() is snapshot
    with django_assert_num_queries(0):  # type: ignore[operator]
        assert queries.snapshot(snapshot.revision) is snapshot
        assert snapshot.offer("TOPUP", KIND, "city", ZHENGZHOU, AT, amount=Money(5_000))
        with pytest.raises(AmountOutOfRange):
            snapshot.offer("TOPUP", KIND, "city", ZHENGZHOU, AT, amount=Money(1))


@pytest.mark.django_db(transaction=True)
def test_a_snapshot_is_never_stale_after_another_connection_wrote() -> None:
    assert queries.snapshot().fit("top_up", KIND, "city") is FitLevel.BEST
    with closing(connection.copy()) as other:
        with other.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute(
                "UPDATE catalog_fit SET level = 'unfit' WHERE business = 'top_up'"
                " AND channel_kind_id = %s AND market = 'city'",
                [KIND],
            )
            cursor.execute("UPDATE catalog_revision SET value = nextval('catalog_revision_number')")
            assert queries.snapshot().fit("top_up", KIND, "city") is FitLevel.BEST
            cursor.execute("COMMIT")
        assert queries.snapshot().fit("top_up", KIND, "city") is FitLevel.UNFIT


@pytest.mark.django_db(transaction=True)
def test_a_snapshot_taken_inside_a_change_that_fails_is_forgotten() -> None:
    before = queries.snapshot()
    cell = FitCell("top_up", KIND, "city", FitLevel.UNFIT)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        operations.set_fit(system(), cells=[cell])
        assert queries.snapshot().fit("top_up", KIND, "city") is FitLevel.UNFIT
        raise ZeroDivisionError
    assert queries.snapshot().revision == before.revision
    assert queries.snapshot().fit("top_up", KIND, "city") is FitLevel.BEST
    other = FitCell("bill_payment", KIND, "city", FitLevel.UNFIT)
    operations.set_fit(system(), cells=[other])
    assert queries.snapshot().fit("top_up", KIND, "city") is FitLevel.BEST
    assert queries.snapshot().fit("bill_payment", KIND, "city") is FitLevel.UNFIT


def test_a_dry_run_shows_and_changes_nothing() -> None:
    before = everything()
    dry = replace(system(), dry_run=True)
    assert isinstance(operations.publish_version(dry, code="DATA1GB", version=PACK), UUID)
    assert everything() == before
