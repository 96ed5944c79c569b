"""Deposits, and what an outlet is paid when it leaves."""

import pytest

from qudao.domain.ledger import operations as ledger
from qudao.domain.ledger import queries as accounts
from qudao.domain.ledger.types import AccountId
from qudao.domain.wallet import operations as wallet
from qudao.domain.wallet import queries as wallets
from qudao.kernel.money import Money
from qudao.platform.commands.models import JournalEntry
from tests.province import Province, assert_sound

SLIP = "ICBC-20261120-1"


def deposit(province: Province) -> Money:
    return wallets.deposit_held(province.system(), outlet=province.agent)


def receive(province: Province, amount: Money, reference: str = SLIP) -> None:
    wallet.receive_deposit(
        province.system(), outlet=province.agent, amount=amount, reference=reference
    )


def give_back(province: Province, withheld: Money, reason: str, reference: str = SLIP) -> Money:
    return wallet.return_deposit(
        province.system(),
        outlet=province.agent,
        withheld=withheld,
        reason=reason,
        reference=reference,
    )


def test_a_deposit_is_kept_apart_and_given_back_less_what_is_withheld(province: Province) -> None:
    assert deposit(province) == Money(0)
    receive(province, Money(4_000_00))
    receive(province, Money(1_000_00))
    assert deposit(province) == Money(5_000_00)
    held = wallets.wallet(province.system(), outlet=province.agent)
    assert held.balance == Money(0)
    with pytest.raises(wallet.ReasonMissing):
        give_back(province, Money(300_00), " ")
    with pytest.raises(wallet.DepositShort) as short:
        give_back(province, Money(5_000_01), "Broken sign")
    assert short.value.held == Money(5_000_00)
    with pytest.raises(wallet.ReferenceMissing):
        give_back(province, Money(300_00), "Broken sign", " ")
    assert deposit(province) == Money(5_000_00)
    assert give_back(province, Money(300_00), "Broken sign") == Money(4_700_00)
    assert deposit(province) == Money(0)
    entry = JournalEntry.objects.filter(command="wallet.return_deposit").latest("id")
    assert entry.events == [
        [
            "wallet.DepositReturned",
            {
                "outlet": str(province.agent),
                "amount": {"minor": 4_700_00, "currency": "CNY"},
                "withheld": {"minor": 300_00, "currency": "CNY"},
                "reason": "Broken sign",
                "reference": SLIP,
            },
        ]
    ]
    kept = accounts.account_of(province.organizations["4101"], "adjustment")
    assert kept is not None and accounts.derived_balance(kept) == Money(300_00)
    # Once more there is nothing to give back, and nothing to refer to.
    assert give_back(province, Money(0), "", "") == Money(0)
    assert_sound()


def test_a_wallet_is_paid_out_whole(province: Province) -> None:
    province.pay_in(province.agent, Money(120_34))
    with pytest.raises(wallet.ReferenceMissing):
        wallet.pay_out(province.system(), outlet=province.agent, reference="")
    paid = wallet.pay_out(province.system(), outlet=province.agent, reference=SLIP)
    assert paid == Money(120_34)
    assert wallets.wallet(province.system(), outlet=province.agent).balance == Money(0)
    assert wallet.pay_out(province.system(), outlet=province.agent, reference="") == Money(0)
    assert_sound()


def test_who_has_drawn_on_credit_owes_us(province: Province) -> None:
    wallet.set_credit_limit(province.system(), outlet=province.agent, limit=Money(100_00))
    ctx = province.system()
    account = AccountId(wallets.wallet(ctx, outlet=province.agent).account)
    other = wallets.wallet(ctx, outlet=province.hall).account
    ledger.post(
        province.system(),
        source=account,
        target=other,
        amount=Money(30_00),
        kind="adjustment",
        cause=province.agent,
    )
    with pytest.raises(wallet.WalletOverdrawn) as owed:
        wallet.pay_out(province.system(), outlet=province.agent, reference=SLIP)
    assert owed.value.balance == Money(-30_00)


@pytest.mark.parametrize(("fen", "refusal"), [(0, "amount"), (-1, "amount"), (5, "reference")])
def test_a_deposit_is_something_that_came_in(province: Province, fen: int, refusal: str) -> None:
    kinds = {"amount": wallet.AmountNotPositive, "reference": wallet.ReferenceMissing}
    with pytest.raises(kinds[refusal]):
        receive(province, Money(fen), "" if refusal == "reference" else SLIP)
    assert deposit(province) == Money(0)


def test_another_branch_reaches_neither(province: Province) -> None:
    finance = province.context("finance", province.organizations["4103"])
    for act in (
        lambda: wallet.pay_out.function(finance, outlet=province.agent, reference=SLIP),
        lambda: wallets.deposit_held(finance, outlet=province.agent),
    ):
        with pytest.raises(wallets.WalletNotFound):
            act()
