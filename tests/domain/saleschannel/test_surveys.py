"""On-site checks: position, photographs, who may look; and node codes to choose from."""

import io
from dataclasses import replace
from decimal import Decimal

import pytest
from PIL import Image

from qudao.domain.saleschannel import operations, queries, rules
from qudao.domain.saleschannel.models import Photograph, Survey
from qudao.domain.saleschannel.types import (
    Market,
    OutletChange,
    OutletDraft,
    SurveyDraft,
    SurveyPurpose,
)
from qudao.kernel.money import Money
from qudao.kernel.numbers import luhn_ok
from qudao.platform.vault.pictures import PictureUnreadable
from tests.province import Province

EAST, NORTH = Decimal("113.6254"), Decimal("34.7466")
FOUND = SurveyDraft(SurveyPurpose.ENTRY, True, EAST, NORTH, 12)


def picture(kind: str = "JPEG") -> bytes:
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x010F] = "A maker"
    Image.new("RGB", (160, 120), "teal").save(out, kind, exif=exif)
    return out.getvalue()


def test_a_check_is_kept_with_its_photographs_and_its_distance(province: Province) -> None:
    place = OutletChange(longitude=Decimal("113.6254"), latitude=Decimal("34.7486"))
    operations.change(province.system(), outlet=province.agent, changes=place)
    manager = province.context("channel_manager", province.organizations["410102"])
    made = operations.survey(
        manager, outlet=province.agent, draft=FOUND, photographs=(picture(), picture("PNG"))
    )
    (kept,) = queries.surveys(manager, outlet=province.agent)
    assert kept.id == made and kept.surveyed_by == manager.actor
    assert (kept.photographs, kept.passed, kept.distance_m) == (2, True, 222)
    assert queries.last_survey(manager, outlet=province.agent, purpose=SurveyPurpose.EXIT) is None
    content, media = queries.photograph(manager, survey=made, position=0)
    assert media == "image/jpeg" and b"A maker" not in content
    assert queries.photograph(manager, survey=made, position=1)[1] == "image/png"
    with pytest.raises(queries.SurveyUnknown):
        queries.photograph(manager, survey=made, position=2)
    assert queries.unsound() == []
    Photograph.objects.filter(survey=made, position=1).delete()
    (lost,) = queries.unsound()
    assert "saleschannel.photograph" in lost


def test_another_branch_neither_checks_nor_looks(province: Province) -> None:
    made = operations.survey(
        province.system(), outlet=province.agent, draft=FOUND, photographs=(picture(),)
    )
    luoyang = province.context("branch_supervisor", province.organizations["4103"])
    assert queries.surveys(luoyang, outlet=province.agent) == ()
    with pytest.raises(queries.SurveyUnknown):
        queries.photograph(luoyang, survey=made, position=0)
    with pytest.raises(queries.OutletUnknown):
        operations.survey(luoyang, outlet=province.agent, draft=FOUND, photographs=(picture(),))


def test_what_shows_nothing_is_refused(province: Province) -> None:
    def survey(draft: SurveyDraft, *photographs: bytes) -> None:
        operations.survey(
            province.system(), outlet=province.agent, draft=draft, photographs=photographs
        )

    with pytest.raises(operations.PhotographsUneven):
        survey(FOUND)
    with pytest.raises(operations.PhotographsUneven):
        survey(FOUND, *[picture()] * 7)
    with pytest.raises(PictureUnreadable):
        survey(FOUND, picture(), b"GIF89a")
    with pytest.raises(operations.ReasonMissing):
        survey(replace(FOUND, passed=False, remarks="  "), picture())
    with pytest.raises(operations.OutletFieldInvalid):
        survey(replace(FOUND, longitude=Decimal(181)), picture())
    with pytest.raises(operations.OutletFieldInvalid):
        survey(replace(FOUND, accuracy_m=-1), picture())
    assert not Survey.objects.unscoped("test").exists()
    assert queries.unsound() == []


def test_a_closed_outlet_is_not_checked_any_more(province: Province) -> None:
    operations.close(province.system(), outlet=province.agent, reason="Gone")
    with pytest.raises(operations.OutletStateConflict):
        operations.survey(
            province.system(), outlet=province.agent, draft=FOUND, photographs=(picture(),)
        )


def test_one_chooses_among_free_node_codes(province: Province) -> None:
    county = province.organizations["410102"]
    ctx = province.context("channel_manager", county)
    offered = queries.free_node_codes(ctx, place=county, channel_kind="agency_point", most=4)
    assert len(set(offered)) == 4
    assert all(luhn_ok(code) and code.startswith("4101022") for code in offered)
    draft = OutletDraft(
        name_zh="新网点",
        name_en="New point",
        kind="agency_point",
        market=Market.CITY,
        address="",
        node_code=offered[2],
    )
    operations.open_outlet(province.system(), place=county, draft=draft)
    after = queries.free_node_codes(ctx, place=county, channel_kind="agency_point", most=4)
    # Numbers after the last one first; there is no end of them here, so none that was skipped.
    assert offered[2] not in after and min(after) > offered[2]
    luoyang = province.context("branch_supervisor", province.organizations["4103"])
    assert queries.free_node_codes(luoyang, place=county, channel_kind="agency_point") == ()


def test_skipped_numbers_are_offered_once_the_others_are_given() -> None:
    used = set(range(1, 10_000)) - {17, 300}
    codes = rules.free_node_codes("4101022", used, 5)
    assert [code[7:11] for code in codes] == ["0017", "0300"]
    assert rules.free_node_codes("4101022", set(), 2) == (
        rules.node_code("4101022", 1),
        rules.node_code("4101022", 2),
    )


@pytest.mark.parametrize(
    ("place", "other", "metres"),
    [
        (("113.6254", "34.7466"), ("113.6254", "34.7466"), 0),
        (("113.6254", "34.7466"), ("113.6254", "34.7476"), 111),
        (("113.6254", "34.7466"), ("113.6354", "34.7466"), 914),
        (("113.6254", "34.7466"), ("112.4345", "34.6587"), 109_314),
    ],
)
def test_distances(place: tuple[str, str], other: tuple[str, str], metres: int) -> None:
    found = rules.distance_m(
        (Decimal(place[0]), Decimal(place[1])), (Decimal(other[0]), Decimal(other[1]))
    )
    assert abs(found - metres) <= metres // 200


def test_no_deposit_was_agreed_by_looking(province: Province) -> None:
    """A check changes nothing of the outlet itself."""
    before = queries.outlet(province.system(), outlet=province.agent)
    operations.survey(
        province.system(), outlet=province.agent, draft=FOUND, photographs=(picture(),)
    )
    after = queries.outlet(province.system(), outlet=province.agent)
    assert after == before and after.deposit == Money(0)
