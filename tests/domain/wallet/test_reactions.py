"""Wallets follow their outlets."""

import pytest

from qudao.domain.ledger.models import Account
from qudao.domain.party import operations as party
from qudao.domain.saleschannel import operations as saleschannel
from qudao.domain.saleschannel.types import Market, OutletDraft
from qudao.domain.wallet.models import Wallet
from tests.province import Province, assert_sound

pytestmark = pytest.mark.django_db(transaction=True)


def homes(wallet: Wallet) -> set[object]:
    accounts = Account.objects.filter(id__in=[wallet.in_flight_id, wallet.collected_id])
    return set(accounts.values_list("owner", flat=True))


def test_a_new_outlet_gets_its_wallet(province: Province) -> None:
    outlet = saleschannel.open_outlet(
        province.system(),
        place=province.organizations["410102"],
        draft=OutletDraft("新店", "New", "sales_hall", Market.CITY, "2 High Street"),
    )
    assert not Wallet.objects.unscoped("test").filter(outlet=outlet).exists()
    for _ in range(2):
        province.relay()
        wallet = Wallet.objects.unscoped("test").get(outlet=outlet)
        assert homes(wallet) == {province.organizations["4101"]}


def test_the_wallet_of_a_moved_outlet_counts_for_its_new_branch(province: Province) -> None:
    province.relay()
    wallet = Wallet.objects.unscoped("test").get(outlet=province.agent)
    assert homes(wallet) == {province.organizations["4101"]}
    target = province.organizations["410305"]
    saleschannel.move(province.system(), outlet=province.agent, place=target)
    province.relay()
    wallet.refresh_from_db(from_queryset=Wallet.objects.unscoped("test"))
    assert homes(wallet) == {province.organizations["4103"]}
    assert_sound()


def test_the_wallets_of_a_moved_county_count_for_its_new_branch(province: Province) -> None:
    province.relay()
    county, branch = province.organizations["410102"], province.organizations["4103"]
    party.move_organization(province.system(), organization=county, parent=branch)
    province.relay()
    for outlet, home in ((province.agent, "4103"), (province.hall, "4103")):
        wallet = Wallet.objects.unscoped("test").get(outlet=outlet)
        assert homes(wallet) == {province.organizations[home]}
