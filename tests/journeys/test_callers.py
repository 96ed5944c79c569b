"""Who calls, by each way of proving it; passwords at the counter; what a new owner gets."""

from __future__ import annotations

from datetime import timedelta

import pytest

from qudao.domain.credential import operations as credential
from qudao.domain.credential.models import LineCredential
from qudao.domain.credential.types import (
    ANYBODY,
    CodePurpose,
    CodeWrong,
    DocumentDiffers,
    Level,
    LineLocked,
    Need,
    NotALine,
    PasswordWeak,
    PasswordWrong,
    Policy,
    StepUpNeeded,
    Way,
    may,
)
from qudao.journeys import callers
from qudao.journeys.callers import AnotherDocument, OwnerUnknown
from qudao.kernel.personal import Personal, Secret
from qudao.platform.commands.context import NotPermitted
from qudao.platform.commands.models import JournalEntry
from tests.domain.credential.line import BAD, BETTER, GOOD, HERE, another, code_in, told
from tests.fingerprint import nothing_changes
from tests.journeys.shop import LINE as UNKNOWN
from tests.journeys.shop import Shop
from tests.province import NOON
from tests.stocked import hold_number, person, resident_id

DOCUMENT, OTHER = resident_id(), resident_id()


@pytest.fixture
def line(shop: Shop) -> str:
    """A line that was opened with DOCUMENT."""
    return shop.opened(dossier=shop.file("account_opening", who=person(DOCUMENT)))


def by_password(shop: Shop, line: str, password: Secret = GOOD) -> object:
    return callers.identify_by_password(
        shop.province.system(), msisdn=line, password=password, address=HERE
    )


def at_counter(shop: Shop, line: str, document: str = DOCUMENT, password: Secret = GOOD) -> None:
    callers.reset_at_counter(
        shop.province.context("hall_clerk", shop.province.hall),
        msisdn=line,
        document_number=Personal(document),
        password=password,
        language="en",
    )


def by_document(shop: Shop, line: str, document: str = DOCUMENT) -> object:
    return callers.identify_by_document(
        shop.province.system(), msisdn=line, document_number=Personal(document), address=HERE
    )


def test_the_network_tells_the_number_and_writes_nothing(shop: Shop) -> None:
    with nothing_changes():
        caller = callers.identify_by_network(shop.province.system(), msisdn=UNKNOWN)
    assert (caller.msisdn, caller.way, caller.level(NOON)) == (UNKNOWN, Way.NETWORK, Level.NUMBER)
    with pytest.raises(NotALine):
        callers.identify_by_network(shop.province.system(), msisdn="10086")


def test_a_front_may_keep_the_rules(shop: Shop, django_assert_num_queries: object) -> None:
    ctx = shop.province.system()
    with django_assert_num_queries(0):  # type: ignore[operator]
        caller = callers.identify_by_network(ctx, msisdn=UNKNOWN, policy=Policy(known_min=5))
    assert caller.known_until == NOON + timedelta(minutes=5)


def test_a_caller_steps_up_by_a_code_and_then_a_password(shop: Shop, line: str) -> None:
    ctx = shop.province.system
    known = callers.identify_by_network(ctx(), msisdn=line)
    callers.send_code(ctx(), msisdn=line, purpose=CodePurpose.DATA, address=HERE, language="en")
    code = code_in(told()[-1])
    asked = {"msisdn": line, "purpose": CodePurpose.DATA, "address": HERE}
    with pytest.raises(CodeWrong):
        callers.identify_by_code(ctx(), code=another(code), known=known, **asked)
    seen = callers.identify_by_code(ctx(), code=code, known=known, **asked)
    assert may(seen, Need.DATA, NOON) and not may(seen, Need.MONEY, NOON)
    at_counter(shop, line)
    later = NOON + timedelta(minutes=4)
    paying = callers.identify_by_password(
        ctx(later), msisdn=line, password=GOOD, address=HERE, known=seen
    )
    assert may(paying, Need.MONEY, NOON + timedelta(minutes=13))
    assert (paying.level(later), paying.way) == (Level.PROVED, Way.PASSWORD)


def test_a_look_up_is_journalled_before_and_only_after_a_proof(shop: Shop, line: str) -> None:
    at_counter(shop, line)
    known = callers.identify_by_network(shop.province.system(), msisdn=line)
    for nobody in (ANYBODY, known):
        with nothing_changes(), pytest.raises(StepUpNeeded):
            callers.look_up(shop.province.system(), caller=nobody, what="bill")
    proved = callers.identify_by_password(
        shop.province.system(), msisdn=line, password=GOOD, address=HERE
    )
    callers.look_up(shop.province.system(), caller=proved, what="bill")
    (entry,) = JournalEntry.objects.filter(command="credential.note_look_up")
    assert (entry.arguments["what"], entry.arguments["caller"]["msisdn"]) == ("bill", line)
    assert entry.events[0][1] == {"msisdn": line, "what": "bill", "way": "password"}
    old = shop.province.system(NOON + timedelta(minutes=10))
    with pytest.raises(StepUpNeeded):
        callers.look_up(old, caller=proved, what="bill")


def test_the_owner_s_document_proves_the_line(shop: Shop, line: str) -> None:
    caller = callers.identify_by_document(
        shop.province.system(),
        msisdn=line,
        document_number=Personal(f" {DOCUMENT.lower()[:6]} {DOCUMENT.lower()[6:]}"),
        address=HERE,
    )
    assert (caller.msisdn, caller.way) == (line, Way.DOCUMENT)
    assert may(caller, Need.MONEY, NOON) and may(caller, Need.DATA, NOON)
    (entry,) = JournalEntry.objects.filter(command="callers.compare_document")
    assert entry.arguments["document_number"] == "•••"
    assert DOCUMENT not in str((entry.arguments, entry.answer, entry.events))


def test_other_documents_count_and_lock_together_with_passwords(shop: Shop, line: str) -> None:
    at_counter(shop, line)
    for left, wrong in zip((4, 3), (OTHER, "no document"), strict=True):
        with pytest.raises(DocumentDiffers) as differs:
            by_document(shop, line, wrong)
        assert differs.value.tries_left == left
    for left in (2, 1):
        with pytest.raises(PasswordWrong) as wrong_one:
            by_password(shop, line, BAD)
        assert wrong_one.value.tries_left == left
    with pytest.raises(LineLocked) as locked:
        by_document(shop, line, OTHER)
    assert locked.value.until == NOON + timedelta(hours=24)
    with pytest.raises(LineLocked):
        by_document(shop, line)
    at_counter(shop, line)
    by_document(shop, line)


def test_nobody_is_compared_with_an_owner_who_is_not_known(shop: Shop) -> None:
    with pytest.raises(OwnerUnknown):
        by_document(shop, UNKNOWN)
    with pytest.raises(OwnerUnknown):
        at_counter(shop, UNKNOWN)
    with pytest.raises(NotALine):
        by_document(shop, "10086")
    assert not LineCredential.objects.exists()


def test_at_the_counter_with_the_document_only(shop: Shop, line: str) -> None:
    with nothing_changes(), pytest.raises(AnotherDocument):
        at_counter(shop, line, OTHER)
    with nothing_changes(), pytest.raises(PasswordWeak) as weak:
        at_counter(shop, line, password=Secret(DOCUMENT[8:14]))
    assert weak.value.weakness == "personal"
    with pytest.raises(NotPermitted):
        callers.reset_at_counter(
            shop.ctx(), msisdn=line, document_number=Personal(DOCUMENT), password=GOOD
        )
    at_counter(shop, line)
    by_password(shop, line)
    (entry,) = JournalEntry.objects.filter(command="callers.reset_at_counter")
    assert entry.arguments["document_number"] == entry.arguments["password"] == "•••"
    assert entry.subject == LineCredential.objects.get().id
    assert len(told("service_password_set")) == 1


def test_it_is_changed_and_reset_by_the_caller(shop: Shop, line: str) -> None:
    at_counter(shop, line)
    ctx, asked = shop.province.system, {"msisdn": line, "address": HERE, "language": "en"}
    with pytest.raises(PasswordWrong):
        callers.change_password(ctx(), old=BAD, new=BETTER, **asked)
    changed = callers.change_password(ctx(), old=GOOD, new=BETTER, **asked)
    assert may(changed, Need.MONEY, NOON)
    by_password(shop, line, BETTER)
    callers.send_code(ctx(), purpose=CodePurpose.RESET, **asked)
    reset = callers.reset_password(ctx(), code=code_in(told()[-1]), password=GOOD, **asked)
    assert (reset.way, may(reset, Need.DATA, NOON)) == (Way.CODE, True)
    by_password(shop, line)


def test_a_line_that_is_opened_begins_without_a_password(shop: Shop) -> None:
    held = hold_number(shop.ctx(), shop.outlet)
    credential.set_password(shop.province.system(), msisdn=held.number, password=GOOD)
    shop.open(held=held)
    assert LineCredential.objects.filter(msisdn=held.number).exists(), "not before the BOSS's yes"
    shop.settle("completed")
    assert not LineCredential.objects.exists()


def test_a_password_does_not_outlive_the_line(shop: Shop, line: str) -> None:
    at_counter(shop, line)
    shop.cancel(line, dossier=shop.file("cancellation", line, who=person(DOCUMENT)))
    shop.settle("refused")
    by_password(shop, line)
    shop.cancel(line, dossier=shop.file("cancellation", line, who=person(DOCUMENT)))
    shop.settle("completed")
    with pytest.raises(PasswordWrong):
        by_password(shop, line)


def test_neither_the_old_nor_the_new_number_keeps_one(shop: Shop, line: str) -> None:
    at_counter(shop, line)
    held = hold_number(shop.ctx(), shop.outlet)
    credential.set_password(shop.province.system(), msisdn=held.number, password=GOOD)
    shop.renumber(line, held, dossier=shop.file("number_change", line, who=person(DOCUMENT)))
    shop.settle("completed")
    assert not LineCredential.objects.exists()


def test_a_swap_keeps_it(shop: Shop, line: str) -> None:
    at_counter(shop, line)
    shop.swap(line, dossier=shop.file("sim_swap", line, who=person(DOCUMENT)))
    shop.settle("completed")
    by_password(shop, line)
