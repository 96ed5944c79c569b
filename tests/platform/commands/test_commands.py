"""A command is authorised, done once per key, journalled, and tried without leaving a trace."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest
from django.db import connection

from qudao.domain.ledger import operations as ledger
from qudao.domain.party import operations as party
from qudao.domain.party import queries as organizations
from qudao.domain.party.types import OrganizationKind, PersonalField
from qudao.domain.wallet import operations as wallet
from qudao.domain.wallet import queries as wallets
from qudao.kernel.money import Money
from qudao.kernel.page import PageRequest
from qudao.kernel.personal import Personal, Secret
from qudao.kernel.scope import Scope
from qudao.platform.commands import queries
from qudao.platform.commands.arguments import ValueNotUsable
from qudao.platform.commands.codec import MASK
from qudao.platform.commands.command import AuthorityChanged, AwaitingApproval, KeyReused
from qudao.platform.commands.context import Context, NotPermitted
from qudao.platform.commands.models import JournalEntry, ParkedCommand
from qudao.platform.commands.operations import (
    AlreadyDecided,
    OwnCommand,
    ParkedNotFound,
    approve,
    decline,
)
from qudao.platform.identity import operations as identity
from tests.province import NOON, Province, assert_sound

pytestmark = pytest.mark.django_db

MUCH = Money(8_000_00)
"""A credit limit that needs a second person."""


def rows() -> int:
    return JournalEntry.objects.count()


def low(province: Province) -> Money:
    return wallets.wallet(province.system(), outlet=province.agent).low_balance


def finance(province: Province, **changes: object) -> Context:
    ctx = province.context("finance", province.organizations["41"])
    return replace(ctx, **changes)  # type: ignore[arg-type]


# ---- once per key --------------------------------------------------------------------------------


def test_the_same_request_is_done_once(province: Province) -> None:
    ctx = province.context("outlet_owner", province.agent, key="k1")
    before = rows()
    party.rename_organization(
        province.system(), organization=province.agent, name_zh="甲", name_en="A"
    )
    assert rows() == before + 1
    for _ in range(3):
        wallet.set_low_balance(ctx, outlet=province.agent, amount=Money(5_00))
    assert rows() == before + 2
    assert low(province) == Money(5_00)
    entry = JournalEntry.objects.latest("id")
    assert (entry.command, entry.request_key, entry.actor) == (
        "wallet.set_low_balance",
        "k1",
        ctx.actor,
    )
    assert (entry.subject, entry.at, entry.channel) == (province.agent, NOON, "portal")


def test_an_answer_comes_back_with_its_type(province: Province) -> None:
    ctx = province.system()

    def make() -> object:
        return party.create_organization(
            ctx,
            kind=OrganizationKind.COUNTY,
            code="410199",
            name_zh="新县",
            name_en="New county",
            parent=province.organizations["4101"],
        )

    first = make()
    assert make() == first and type(make()) is type(first)


def test_another_request_under_the_key_is_refused(province: Province) -> None:
    ctx = province.context("outlet_owner", province.agent, key="k1")
    wallet.set_low_balance(ctx, outlet=province.agent, amount=Money(5_00))
    with pytest.raises(KeyReused):
        wallet.set_low_balance(ctx, outlet=province.agent, amount=Money(6_00))
    with pytest.raises(KeyReused):
        wallet.freeze(
            replace(ctx, grants=ctx.grants | {"wallet.freeze"}), outlet=province.agent, reason="x"
        )
    assert low(province) == Money(5_00)


def test_a_key_belongs_to_its_actor(province: Province) -> None:
    owner = province.context("outlet_owner", province.agent, key="k1")
    other = province.context("branch_supervisor", province.organizations["4101"], key="k1")
    wallet.set_low_balance(owner, outlet=province.agent, amount=Money(5_00))
    wallet.set_low_balance(other, outlet=province.agent, amount=Money(6_00))
    assert low(province) == Money(6_00)


def test_a_refused_request_may_come_again(province: Province) -> None:
    ctx = province.context("outlet_owner", province.agent, key="k1")
    before = rows()
    with pytest.raises(wallet.AmountNotPositive):
        wallet.set_low_balance(ctx, outlet=province.agent, amount=Money(-1))
    assert rows() == before
    wallet.set_low_balance(ctx, outlet=province.agent, amount=Money(1))


def test_who_was_not_granted_it_changes_nothing(province: Province) -> None:
    before = rows()
    with pytest.raises(NotPermitted) as refused:
        wallet.freeze(province.clerk(), outlet=province.agent, reason="x")
    assert refused.value.permission == "wallet.freeze"
    assert rows() == before


def test_an_authority_that_is_not_the_present_one_changes_nothing(province: Province) -> None:
    """A front that keeps what accounts may do says in the context with which stamp it read it."""
    owner = province.people["owner"]
    (standing,) = organizations.standings([(owner.user, None)], NOON)
    assert standing is not None
    held = province.context("outlet_owner", province.agent, key="k1")
    ctx = replace(held, stamp=standing.stamp)
    wallet.set_low_balance(ctx, outlet=province.agent, amount=Money(1_00))
    party.suspend_member(province.system(), membership=owner.membership, reason="left")
    before = rows()
    for again in (ctx, ctx.with_key("k2")):
        with pytest.raises(AuthorityChanged):
            wallet.set_low_balance(again, outlet=province.agent, amount=Money(1_00))
    assert (low(province), rows()) == (Money(1_00), before)
    with pytest.raises(AuthorityChanged):
        wallet.set_low_balance(replace(ctx, actor=UUID(int=1)), outlet=province.agent, amount=MUCH)


def test_a_dry_run_answers_and_leaves_nothing(province: Province) -> None:
    ctx = replace(province.system(), dry_run=True)
    before = rows()
    account = wallet.open(ctx, outlet=province.agent)
    assert account == wallets.wallet(province.system(), outlet=province.agent).account
    wallet.set_low_balance(ctx, outlet=province.agent, amount=Money(5_00))
    assert (rows(), low(province)) == (before, wallet.LOW_BALANCE)
    with pytest.raises(wallet.AmountNotPositive):
        wallet.set_low_balance(ctx, outlet=province.agent, amount=Money(-1))
    wallet.set_low_balance(replace(ctx, dry_run=False), outlet=province.agent, amount=Money(5_00))
    assert low(province) == Money(5_00)


def test_a_dry_run_is_not_parked(province: Province) -> None:
    ctx = province.context("branch_supervisor", province.organizations["4101"])
    wallet.set_credit_limit(replace(ctx, dry_run=True), outlet=province.agent, limit=MUCH)
    assert ParkedCommand.objects.count() == 0
    assert wallets.wallet(province.system(), outlet=province.agent).credit_limit == Money(0)


@pytest.mark.parametrize("text", ["a\x00b", "\u202eabc", "\ud800", "x" * 10_001])
def test_what_no_command_takes(province: Province, text: str) -> None:
    with pytest.raises(ValueNotUsable) as refused:
        wallet.freeze(province.system(), outlet=province.agent, reason=text)
    assert refused.value.argument == "reason"
    ctx = replace(province.system(), request_key=text[:200])
    if len(text) <= 200:
        with pytest.raises(ValueNotUsable) as refused:
            wallet.unfreeze(ctx, outlet=province.agent)
        assert refused.value.argument == "request_key"
    assert not wallets.wallet(province.system(), outlet=province.agent).frozen


# ---- maker and checker ---------------------------------------------------------------------------


def park(province: Province, limit: Money = MUCH, key: str = "p1") -> AwaitingApproval:
    maker = province.context("branch_supervisor", province.organizations["4101"], key=key)
    with pytest.raises(AwaitingApproval) as held:
        wallet.set_credit_limit(maker, outlet=province.agent, limit=limit)
    return held.value


def credit(province: Province) -> Money:
    return wallets.wallet(province.system(), outlet=province.agent).credit_limit


def checker(province: Province) -> Context:
    return finance(province)


def test_a_parked_command_waits_and_is_done_by_a_second_person(province: Province) -> None:
    held = park(province)
    assert park(province).parked == held.parked, "the same key, the same answer"
    assert (ParkedCommand.objects.count(), credit(province)) == (1, Money(0))
    ctx = checker(province)
    (waiting,) = queries.parked(ctx, page=PageRequest()).items
    assert (waiting.id, waiting.command, waiting.reason) == (
        held.parked,
        "wallet.set_credit_limit",
        "wallet.credit_limit_high",
    )
    approve(ctx, parked=held.parked, remark="known for years")
    assert credit(province) == MUCH
    assert queries.parked(ctx, page=PageRequest()).items == ()
    done = JournalEntry.objects.get(command="wallet.set_credit_limit")
    assert (done.actor, done.approved_by) == (waiting.maker, ctx.actor)
    with pytest.raises(AlreadyDecided):
        approve(checker(province), parked=held.parked)
    with pytest.raises(AlreadyDecided):
        decline(checker(province), parked=held.parked, remark="")
    assert_sound()


def test_a_declined_command_is_not_done(province: Province) -> None:
    held = park(province)
    decline(checker(province), parked=held.parked, remark="too much")
    assert credit(province) == Money(0)
    row = ParkedCommand.objects.get(id=held.parked)
    assert (row.state, row.remark) == ("declined", "too much")
    with pytest.raises(AlreadyDecided):
        approve(checker(province), parked=held.parked)


def test_nobody_decides_on_the_own_command(province: Province) -> None:
    held = park(province)
    maker = province.context("branch_supervisor", province.organizations["4101"])
    for decide in (
        lambda: approve(maker, parked=held.parked),
        lambda: decline(maker, parked=held.parked, remark=""),
    ):
        with pytest.raises(OwnCommand):
            decide()
    assert ParkedCommand.objects.get(id=held.parked).state == "waiting"


def test_a_command_of_another_branch_is_not_there(province: Province) -> None:
    held = park(province)
    foreign = province.context("branch_supervisor", province.organizations["4103"])
    assert queries.parked(foreign, page=PageRequest()).items == ()
    with pytest.raises(ParkedNotFound):
        approve(foreign, parked=held.parked)
    narrow = finance(province, scope=Scope.of([province.paths[province.agent]]))
    with pytest.raises(ParkedNotFound):
        approve(narrow, parked=held.parked)


def test_a_checker_needs_the_commands_own_grant(province: Province) -> None:
    held = park(province)
    ctx = checker(province)
    with pytest.raises(NotPermitted) as refused:
        approve(replace(ctx, grants=ctx.grants - {"wallet.set_credit_limit"}), parked=held.parked)
    assert refused.value.permission == "wallet.set_credit_limit"
    assert credit(province) == Money(0)


def test_what_would_be_refused_is_refused_at_once(province: Province) -> None:
    maker = province.context("branch_supervisor", province.organizations["4101"])
    with pytest.raises(wallets.WalletNotFound):
        wallet.set_credit_limit(maker, outlet=province.far, limit=MUCH)
    assert ParkedCommand.objects.count() == 0


def test_what_is_refused_at_the_approval_goes_on_waiting(province: Province) -> None:
    province.pay_in(province.agent, Money(100_00))
    before = finance(province)
    with pytest.raises(AwaitingApproval) as held:
        wallet.adjust(before, outlet=province.agent, amount=Money(-90_00), reason="counted anew")
    bank = wallets.wallet(province.system(), outlet=province.agent)
    with pytest.raises(AwaitingApproval) as first:
        wallet.adjust(finance(province), outlet=province.agent, amount=Money(-50_00), reason="x")
    supervisor = replace(finance(province), actor=province.people["province"].user)
    approve(supervisor, parked=first.value.parked)
    with pytest.raises(ledger.InsufficientFunds):
        approve(replace(supervisor, request_key="again"), parked=held.value.parked)
    assert ParkedCommand.objects.get(id=held.value.parked).state == "waiting"
    now = wallets.wallet(province.system(), outlet=province.agent)
    assert bank.balance - now.balance == Money(50_00)
    assert_sound()


def test_a_small_limit_is_set_at_once(province: Province) -> None:
    maker = province.context("branch_supervisor", province.organizations["4101"])
    wallet.set_credit_limit(maker, outlet=province.agent, limit=wallet.CREDIT_WITHOUT_CHECKER)
    assert credit(province) == wallet.CREDIT_WITHOUT_CHECKER


# ---- what the journal does not tell --------------------------------------------------------------


def journal_text() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(j::text, ' ') FROM commands_journal j")
        return str(cursor.fetchone()[0])


def test_nothing_personal_and_nothing_secret_is_journalled(province: Province) -> None:
    words = ["欧阳明日", "13912345678", "11010519491231002X", "乌鲁木齐路七号", "Tr0ub4dor-and-3"]
    name, phone, document, address, password = words
    individual = party.register_individual(
        province.system(),
        organization=province.agent,
        name=Personal(name),
        document=Personal(document),
        address=Personal(address),
        phone=Personal(phone),
    )
    admitted = party.admit_member(
        province.system(),
        organization=province.agent,
        role="outlet_clerk",
        username="new.one",
        name=Personal(name),
        phone=Personal(phone),
        password=Secret(password),
    )
    shown = party.reveal(
        province.context("auditor", province.organizations["41"]),
        individual=individual,
        field=PersonalField.DOCUMENT,
        reason="inspection",
    )
    assert str.__str__(shown.value) == document
    token = identity.issue_token(province.system(), user=admitted.user, name="till")
    chosen = identity.reset_password(province.system(), user=admitted.user)
    text = journal_text()
    for word in [*words, str.__str__(token.secret), str.__str__(chosen)]:
        assert word not in text
    assert MASK in text
    for value in (token.secret, chosen, shown.value, shown):
        assert document not in repr(value) and str.__str__(chosen) not in repr(value)


def test_a_repeated_request_does_not_show_the_secret_again(province: Province) -> None:
    ctx = province.system()
    first = identity.issue_token(ctx, user=province.people["clerk"].user, name="till")
    again = identity.issue_token(ctx, user=province.people["clerk"].user, name="till")
    assert again.token == first.token
    assert str.__str__(again.secret) == MASK != str.__str__(first.secret)


def test_masked_values_still_tell_two_requests_apart(province: Province) -> None:
    ctx = province.system()
    party.register_individual(ctx, organization=province.agent, name=Personal("王一"))
    with pytest.raises(KeyReused):
        party.register_individual(ctx, organization=province.agent, name=Personal("王二"))
