"""A dossier from its opening to its end, and what is refused on the way."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from qudao.domain.customer import operations, queries, rules
from qudao.domain.customer.models import Agreement, Customer, Dossier, Line, Picture
from qudao.domain.customer.types import (
    Blacklisted,
    DossierClosed,
    DossierSearch,
    DossierUnknown,
    LineLimitReached,
    NotTheOwner,
    PersonDraft,
    Role,
)
from qudao.domain.saleschannel.queries import OutletUnknown
from qudao.kernel.page import PageRequest
from qudao.kernel.personal import Personal
from qudao.kernel.refusals import Refusal
from qudao.platform.commands.command import KeyReused
from qudao.platform.commands.models import JournalEntry
from qudao.platform.jobs import schedule
from qudao.platform.vault.models import VaultFile
from qudao.platform.vault.pictures import PictureTooLarge, PictureUnreadable
from tests.domain.customer import counter
from tests.province import NOON, Province

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def vault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "VAULT_DIR", tmp_path / "vault")


def refusal(done: Callable[[], object]) -> str:
    """The code of what is refused; and that nothing was written for it."""
    before = JournalEntry.objects.count()
    with pytest.raises(Refusal) as caught:
        done()
    assert JournalEntry.objects.count() == before
    return caught.value.code


def test_an_opening_from_first_to_last(province: Province) -> None:
    dossier = counter.opened(province)
    assert queries.dossier(province.clerk(), dossier=dossier).missing == ("customer", "signature")
    found = counter.identify(province, dossier, counter.person(phone="138 0013 8000"))
    assert (found.lines_used, found.lines_left, found.known_before) == (0, 5, False)
    assert not found.minor
    assert queries.missing(province.clerk(), dossier=dossier) == (
        "front",
        "back",
        "portrait",
        "signature",
    )
    counter.photograph(province, dossier)
    counter.sign(province, dossier)
    order = uuid4()
    operations.submit(province.system(), dossier=dossier, number="13800001234", order=order)
    assert queries.unsound() == []
    assert operations.complete(province.system(), orders=[order, uuid4()]) == 1
    assert operations.complete(province.system(), orders=[order]) == 0
    assert operations.fail(province.system(), orders=[order]) == 0
    seen = queries.dossier(province.clerk(), dossier=dossier)
    assert (seen.state, seen.number, seen.missing) == ("completed", "13800001234", ())
    assert rules.is_agreement_number(seen.agreement) and seen.order == order
    line = Line.objects.unscoped("test").get()
    assert (line.number, line.state, line.customer_id) == ("13800001234", "active", found.customer)
    assert queries.dossier_of_order(province.clerk(), order=order) == dossier
    assert queries.unsound() == []


def test_what_the_boss_refuses_gives_the_line_back(province: Province) -> None:
    who = counter.person()
    _, order, number = counter.submitted(province, who)
    assert operations.fail(province.system(), orders=[order]) == 1
    assert Line.objects.unscoped("test").get().state == "ended"
    dossier = counter.opened(province)
    assert counter.identify(province, dossier, who).lines_used == 0
    counter.submitted(province, who, number)  # the number is free again
    assert queries.unsound() == []


def test_at_most_five_lines_for_one_document(province: Province) -> None:
    who = counter.person()
    spare = counter.ready(province, who)
    orders = [counter.submitted(province, who)[1] for _ in range(5)]
    dossier = counter.opened(province)
    with pytest.raises(LineLimitReached) as caught:
        counter.identify(province, dossier, who)
    assert caught.value.most == 5
    with pytest.raises(LineLimitReached):  # identified before the fifth was there
        operations.submit(province.system(), dossier=spare, number="13911112222", order=uuid4())
    assert Line.objects.unscoped("test").count() == 5
    operations.complete(province.system(), orders=orders[:3])
    operations.fail(province.system(), orders=orders[3:4])
    operations.submit(province.system(), dossier=spare, number="13911112222", order=uuid4())
    assert counter.identify(province, counter.opened(province, "sim_swap"), who).lines_left == 0
    assert queries.unsound() == []


def test_cards_of_one_person_share_the_five(province: Province) -> None:
    number = counter.resident()
    counter.submitted(province, counter.person(number))
    temporary = counter.person(number, kind="temporary_id", valid_until=date(2027, 1, 1))
    found = counter.identify(province, counter.opened(province), temporary)
    assert (found.lines_used, found.known_before) == (1, True)


@pytest.mark.parametrize(
    ("who", "code"),
    [
        (counter.person(kind="library_card"), "customer.document_kind_unknown"),
        (counter.person("110105194912310021"), "customer.document_number_invalid"),
        (counter.person(name="王1"), "customer.name_invalid"),
        (counter.person(name=" "), "customer.name_invalid"),
        (counter.person(phone="no"), "customer.phone_invalid"),
        (counter.person(valid_until=date(2026, 11, 19)), "customer.document_expired"),
        (counter.person(valid_until=date(2060, 1, 1)), "customer.expiry_invalid"),
        (counter.person(valid_until=None), "customer.expiry_invalid"),
        (counter.person(birth_date="1990-01-02"), "customer.birth_date_invalid"),
        (counter.person(birth_date="yesterday"), "customer.birth_date_invalid"),
        (counter.person(counter.resident(date(2027, 1, 1))), "customer.birth_date_invalid"),
        (counter.person(counter.resident(date(1900, 1, 1))), "customer.birth_date_invalid"),
        (counter.person("E12345678", kind="passport"), "customer.country_missing"),
        (
            counter.person("E12345678", kind="passport", country="USA"),
            "customer.birth_date_missing",
        ),
    ],
)
def test_who_cannot_be_identified(province: Province, who: PersonDraft, code: str) -> None:
    dossier = counter.opened(province)
    assert refusal(lambda: counter.identify(province, dossier, who)) == code
    assert Customer.objects.unscoped("test").count() == 0


def test_a_document_is_valid_through_its_last_day(province: Province) -> None:
    who = counter.person(valid_until=date(2026, 11, 20))
    assert counter.identify(province, counter.opened(province), who)


def test_who_comes_again_is_found(province: Province) -> None:
    number = counter.resident()
    first = counter.identify(
        province, counter.opened(province), counter.person(number, phone="13700000001")
    )
    moved = counter.person(number, name="王 小明".replace(" ", ""), address="洛阳市涧西区")
    again = counter.identify(province, counter.opened(province), moved)
    assert again.customer == first.customer and again.known_before
    facts = queries.parties_of(province.system(), customers=[first.customer])[first.customer]
    assert facts.address == "洛阳市涧西区"
    assert facts.phone == "13700000001", "what is not said stays"


def test_another_name_on_a_known_document_is_not_told(province: Province) -> None:
    number = counter.resident()
    known = counter.identify(province, counter.opened(province), counter.person(number, "王小明"))
    dossier = counter.opened(province)
    with pytest.raises(operations.NameDiffers) as caught:
        counter.identify(province, dossier, counter.person(number, "王大明"))
    assert vars(caught.value) == {}, "the known name is not given away"
    supervisor = province.context("branch_supervisor", province.organizations["4101"])
    operations.correct_name(
        supervisor, customer=known.customer, name=Personal("王大明"), reason="register shown"
    )
    again = counter.identify(province, dossier, counter.person(number, "王大明"))
    assert again.customer == known.customer
    far = province.context("branch_supervisor", province.organizations["4103"])
    for done in (
        lambda: operations.correct_name(
            far, customer=known.customer, name=Personal("王三"), reason="register shown"
        ),
        lambda: operations.correct_name(
            supervisor, customer=known.customer, name=Personal("王三"), reason=" "
        ),
    ):
        with pytest.raises(Refusal):
            done()


def test_doubles_are_told_of(province: Province) -> None:
    born = date(1990, 5, 5)
    counter.identify(
        province,
        counter.opened(province),
        counter.person(counter.resident(born), "王小明", phone="13700000001"),
    )
    passport = counter.person(
        "E12345678",
        "王小明",
        kind="passport",
        country="CHN",
        birth_date="1990-05-05",
        valid_until=date(2030, 1, 1),
        phone="137 0000 0001",
    )
    found = counter.identify(province, counter.opened(province), passport)
    assert (found.similar, found.same_phone, found.known_before) == (1, 1, False)


def test_a_minor_needs_a_guardian(province: Province) -> None:
    dossier = counter.opened(province)
    child = counter.person(counter.resident(date(2012, 3, 4)), "王小小")
    assert counter.identify(province, dossier, child).minor
    counter.photograph(province, dossier)
    assert queries.missing(province.clerk(), dossier=dossier) == ("guardian", "signature")
    with pytest.raises(operations.DossierIncomplete) as caught:
        counter.sign(province, dossier)
    assert caught.value.missing == ("guardian",)
    brother = counter.person(counter.resident(date(2010, 3, 4)), "王大小")
    with pytest.raises(operations.NotAnAdult):
        counter.identify(province, dossier, brother, Role.GUARDIAN)
    with pytest.raises(operations.NotAnAdult):
        counter.identify(province, dossier, child, Role.GUARDIAN)
    counter.identify(province, dossier, counter.person(name="王父"), Role.GUARDIAN)
    assert queries.missing(province.clerk(), dossier=dossier) == (
        "guardian_front",
        "guardian_back",
        "kinship",
        "signature",
    )
    counter.photograph(province, dossier, "guardian_front", "guardian_back", "kinship")
    counter.sign(province, dossier)
    operations.submit(province.system(), dossier=dossier, number="13911112222", order=uuid4())


def test_an_agent_needs_an_authorization(province: Province) -> None:
    dossier = counter.opened(province)
    owner = counter.person(name="王小明")
    counter.identify(province, dossier, owner)
    with pytest.raises(operations.SamePerson):
        counter.identify(province, dossier, owner, Role.AGENT)
    counter.identify(province, dossier, counter.person(name="李四"), Role.AGENT)
    counter.photograph(province, dossier)
    assert queries.missing(province.clerk(), dossier=dossier) == (
        "agent_front",
        "agent_back",
        "authorization",
        "signature",
    )
    operations.dismiss(province.clerk(), dossier=dossier, role=Role.AGENT)
    assert queries.missing(province.clerk(), dossier=dossier) == ("signature",)


def test_what_is_signed_and_then_changed_is_void(province: Province) -> None:
    dossier = counter.ready(province)
    operations.choose(province.clerk(), dossier=dossier, choices={"plan": "P99"})
    assert queries.missing(province.clerk(), dossier=dossier) == ("signature",)
    counter.sign(province, dossier)
    operations.choose(province.clerk(), dossier=dossier, choices={"plan": "P99"})
    assert queries.missing(province.clerk(), dossier=dossier) == (), "nothing was changed"
    counter.identify(province, dossier, counter.person(name="李四"))
    assert set(queries.missing(province.clerk(), dossier=dossier)) == {
        "front",
        "back",
        "portrait",
        "signature",
    }, "nor are another person's pictures kept"
    assert Agreement.objects.count() == VaultFile.objects.count() == 0
    assert queries.dossier(province.clerk(), dossier=dossier).choices == {"plan": "P99"}


def test_a_picture_takes_the_place_of_the_one_before(province: Province) -> None:
    dossier = counter.opened(province)
    counter.photograph(province, dossier, "front", "front")
    assert Picture.objects.count() == VaultFile.objects.count() == 1
    shown = queries.own_file(province.clerk(), dossier=dossier, kind="front")
    assert shown.startswith(b"\xff\xd8")
    other = province.context("outlet_owner", province.agent)
    with pytest.raises(DossierUnknown):
        queries.own_file(other, dossier=dossier, kind="front")
    with pytest.raises(DossierUnknown):
        late = province.clerk(at=NOON + 25 * HOUR)
        queries.own_file(late, dossier=dossier, kind="front")


def test_what_is_no_picture_or_signature(province: Province) -> None:
    clerk, dossier = province.clerk, counter.ready(province)
    add = operations.add_picture
    with pytest.raises(operations.PictureKindUnknown):
        add(clerk(), dossier=dossier, kind="holiday", content=counter.jpeg())
    with pytest.raises(PictureUnreadable):
        add(clerk(), dossier=dossier, kind="front", content=counter.CONTRACT)
    with pytest.raises(PictureTooLarge):
        add(clerk(), dossier=dossier, kind="front", content=b"\xff\xd8" + bytes(2 << 20))
    sign = operations.sign
    with pytest.raises(operations.SignatureBlank):
        blank = counter.png(ink=False)
        sign(clerk(), dossier=dossier, signature=blank, contract=counter.CONTRACT)
    with pytest.raises(PictureUnreadable):
        sign(clerk(), dossier=dossier, signature=counter.jpeg(), contract=counter.CONTRACT)
    with pytest.raises(operations.ContractUnreadable):
        sign(clerk(), dossier=dossier, signature=counter.png(), contract=b"%PDF-1.7 cut")
    assert queries.missing(clerk(), dossier=dossier) == (), "all is as it was"


def test_a_draft_that_was_left_is_given_up(
    province: Province, django_capture_on_commit_callbacks: Callable[..., object]
) -> None:
    dossier = counter.ready(province, counter.person(name="王小明"))
    with pytest.raises(DossierClosed) as caught:
        late = province.clerk(at=NOON + 2 * HOUR)
        operations.choose(late, dossier=dossier, choices={"plan": "P99"})
    assert caught.value.state == "abandoned"
    seen = queries.dossier(province.clerk(at=NOON + 2 * HOUR), dossier=dossier)
    assert seen.state == "abandoned"
    assert operations.expire(province.system(NOON + 2 * HOUR - HOUR / 60)) == 0
    stored = list(Path(settings.VAULT_DIR).rglob("*" * 1))
    assert sum(path.is_file() for path in stored) == 5
    with django_capture_on_commit_callbacks(execute=True):
        assert schedule.run("customer.expire_dossiers", NOON + 2 * HOUR) == 1
    assert not any(path.is_file() for path in Path(settings.VAULT_DIR).rglob("*"))
    assert VaultFile.objects.count() == Picture.objects.count() == Agreement.objects.count() == 0
    assert Customer.objects.unscoped("test").count() == 0, "nobody is remembered for a draft"
    assert queries.unsound() == []
    with pytest.raises(DossierClosed):
        operations.submit(province.system(), dossier=dossier, number="13911112222", order=uuid4())


def test_work_on_a_draft_keeps_it(province: Province) -> None:
    dossier = counter.opened(province)
    for hours in (1, 2, 3):
        ctx = province.clerk(at=NOON + hours * HOUR)
        operations.choose(ctx, dossier=dossier, choices={"step": hours})
    assert operations.expire(province.system(NOON + 4 * HOUR)) == 0
    assert operations.expire(province.system(NOON + 5 * HOUR)) == 1


def test_giving_up_forgets_only_who_has_nothing_else(province: Province) -> None:
    known, stranger = counter.person(name="王小明"), counter.person(name="李四")
    counter.submitted(province, known)
    dossier = counter.opened(province)
    counter.identify(province, dossier, known)
    counter.identify(province, dossier, stranger, Role.AGENT)
    operations.abandon(province.clerk(), dossier=dossier)
    names = {row.name for row in Customer.objects.unscoped("test")}
    assert names == {"王小明"}
    assert refusal(lambda: operations.abandon(province.clerk(), dossier=dossier)) == (
        "customer.dossier_closed"
    )


def test_dossiers_of_others_are_not_seen(province: Province) -> None:
    dossier = counter.opened(province)
    far = province.context("outlet_clerk", province.far)
    for done in (
        lambda: queries.dossier(far, dossier=dossier),
        lambda: queries.missing(far, dossier=dossier),
        lambda: queries.parties_to(far, dossier=dossier),
        lambda: counter.identify(province, dossier, ctx=far),
        lambda: operations.choose(far, dossier=dossier, choices={}),
        lambda: operations.dismiss(far, dossier=dossier, role=Role.AGENT),
        lambda: operations.add_picture(far, dossier=dossier, kind="front", content=counter.jpeg()),
        lambda: operations.abandon(far, dossier=dossier),
    ):
        with pytest.raises(DossierUnknown):
            done()
    with pytest.raises(OutletUnknown):
        operations.open_dossier(far, outlet=province.agent, purpose="account_opening")
    page = PageRequest()
    assert queries.dossiers(far, search=DossierSearch(), page=page).total == 0
    assert queries.dossiers(province.clerk(), search=DossierSearch(), page=page).total == 1
    number = queries.dossier(province.clerk(), dossier=dossier).agreement
    search = DossierSearch(
        outlet=province.agent,
        purpose="account_opening",
        states=frozenset({"draft"}),
        agreement=number,
        first=date(2026, 11, 20),
        last=date(2026, 11, 20),
    )
    assert queries.dossiers(province.clerk(), search=search, page=page).items[0].id == dossier


def test_purposes_and_numbers_are_checked(province: Province) -> None:
    assert refusal(lambda: counter.opened(province, "top_up")) == "customer.purpose_unknown"
    assert refusal(lambda: counter.opened(province, "sim_swap", "123")) == "customer.number_invalid"
    dossier = counter.ready(province)
    with pytest.raises(operations.NumberInvalid):
        operations.submit(province.system(), dossier=dossier, number="123", order=uuid4())
    taken = counter.submitted(province)[2]
    with pytest.raises(operations.LineExists):
        operations.submit(province.system(), dossier=dossier, number=taken, order=uuid4())
    assert Dossier.objects.unscoped("test").get(id=dossier).state == "draft"


def swapper(
    province: Province, number: str, who: PersonDraft, purpose: str = "sim_swap"
) -> Callable[[], tuple[object, object]]:
    def done() -> tuple[object, object]:
        dossier, order = counter.opened(province, purpose, number), uuid4()
        counter.identify(province, dossier, who)
        counter.photograph(province, dossier)
        operations.submit(province.system(), dossier=dossier, number=number, order=order)
        return dossier, order

    return done


@pytest.mark.parametrize("purpose", ["sim_swap", "number_change", "cancellation"])
def test_only_the_owner_of_a_line_acts_on_it(province: Province, purpose: str) -> None:
    owner, other = counter.person(name="王小明"), counter.person(name="李四")
    _, order, number = counter.submitted(province, owner)
    operations.complete(province.system(), orders=[order])
    with pytest.raises(NotTheOwner):
        swapper(province, number, other, purpose)()
    dossier = counter.opened(province, purpose)  # the line is named at the end only
    counter.identify(province, dossier, other)
    counter.photograph(province, dossier)
    with pytest.raises(NotTheOwner):
        operations.submit(province.system(), dossier=dossier, number=number, order=uuid4())
    _, order = swapper(province, number, owner, purpose)()
    assert operations.complete(province.system(), orders=[order]) == 1
    assert Line.objects.unscoped("test").count() == 1
    about = counter.opened(province, purpose, number)
    counter.identify(province, about, owner)
    counter.photograph(province, about)
    with pytest.raises(operations.AnotherNumber):
        operations.submit(province.system(), dossier=about, number="13911112222", order=uuid4())


def test_a_line_from_before_us_is_adopted_when_the_boss_has_agreed(province: Province) -> None:
    who = counter.person()
    _, order = swapper(province, "13577778888", who)()
    assert Line.objects.unscoped("test").count() == 0
    operations.complete(province.system(), orders=[order])  # type: ignore[list-item]
    line = Line.objects.unscoped("test").get()
    assert (line.number, line.state, line.order) == ("13577778888", "active", None)
    assert counter.identify(province, counter.opened(province), who).lines_used == 1
    with pytest.raises(NotTheOwner):
        swapper(province, "13577778888", counter.person(name="李四"))()
    _, order = swapper(province, "13577778888", who, "cancellation")()
    operations.complete(province.system(), orders=[order])  # type: ignore[list-item]
    assert operations.end_line(province.system(), numbers=["13577778888", "13500000000"]) == 1
    assert counter.identify(province, counter.opened(province), who).lines_used == 0
    assert queries.unsound() == []


def test_a_sixth_line_from_before_us_stays_unknown(province: Province) -> None:
    who = counter.person()
    for _ in range(5):
        counter.submitted(province, who)
    customer = counter.identify(province, counter.opened(province, "sim_swap"), who).customer
    assert not operations.adopt_line(province.system(), customer=customer, number="13577778888")
    assert Line.objects.unscoped("test").count() == 5
    assert queries.unsound() == []


def test_a_line_gets_another_number(province: Province) -> None:
    _, order, number = counter.submitted(province)
    operations.complete(province.system(), orders=[order])
    _, other_order, other = counter.submitted(province)
    with pytest.raises(operations.LineExists):
        operations.renumber(province.system(), old=number, new=other)
    operations.complete(province.system(), orders=[other_order])
    # The BOSS knows better: the line that we knew by this number is no more.
    assert operations.renumber(province.system(), old=number, new=other)
    assert queries.unsound() == []
    assert operations.renumber(province.system(), old=other, new="13577778888")
    assert not operations.renumber(province.system(), old=number, new="13577779999")
    assert queries.customer_of_line(province.clerk(), number="13577778888") is not None
    assert queries.customer_of_line(province.clerk(), number=number) is None
    assert queries.unsound() == []


def test_blacklisted_since_the_identification(province: Province) -> None:
    number = counter.resident()
    dossier = counter.ready(province, counter.person(number))
    service = province.context("customer_service", province.organizations["41"])
    operations.blacklist(
        service, kind="resident_id", number=Personal(number), reason="false activations"
    )
    with pytest.raises(Blacklisted) as caught:
        operations.submit(province.system(), dossier=dossier, number="13911112222", order=uuid4())
    assert caught.value.reason == "false activations"


def test_identification_costs_few_statements(province: Province) -> None:
    who, dossier = counter.person(), counter.opened(province)
    counter.identify(province, counter.opened(province), who)
    with CaptureQueriesContext(
        connection,
    ) as captured:
        counter.identify(province, dossier, who)
    ours = [
        one["sql"]
        for one in captured.captured_queries
        if "commands_" not in one["sql"] and "SAVEPOINT" not in one["sql"]
    ]
    assert len(ours) <= 6, ours


def test_the_same_request_twice_is_done_once(province: Province) -> None:
    ctx, who, dossier = province.clerk(key="once"), counter.person(), counter.opened(province)
    first = counter.identify(province, dossier, who, ctx=ctx)
    assert counter.identify(province, dossier, who, ctx=ctx) == first
    with pytest.raises(KeyReused):
        counter.identify(province, dossier, counter.person(name="李四"), ctx=ctx)


def test_nothing_personal_is_journalled(province: Province) -> None:
    number = counter.resident(date(1977, 7, 7))
    who = counter.person(number, "王小明", phone="13700009999", birth_date="1977-07-07")
    counter.submitted(province, who)
    rows = JournalEntry.objects.filter(command__startswith="customer.")
    told = " ".join(f"{row.arguments} {row.answer} {row.events}" for row in rows)
    assert rows.count() > 5
    for secret in (number, "王小明", "13700009999", "1977-07-07", "建设西路"):
        assert secret not in told
