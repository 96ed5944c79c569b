"""A county moves to another branch: the value of what lies there moves along in the ledger."""

import pytest

from qudao.domain.party import operations as party
from qudao.domain.stock import operations as stock
from qudao.domain.stock import queries
from qudao.kernel.money import Money
from tests.domain.stock.stand import Stand
from tests.domain.stock.test_selling import balance

pytestmark = pytest.mark.django_db(transaction=True)


def test_value_follows_the_goods(committed_stand: Stand) -> None:
    p = committed_stand.province
    committed_stand.sims(3, p.agent)
    committed_stand.count("GIFT-POWER", 2, Money(50_00), p.far)
    party.move_organization(
        p.system(), organization=p.organizations["410102"], parent=p.organizations["4103"]
    )
    assert queries.unsound() != []
    p.relay()
    assert queries.unsound() == []
    assert balance(committed_stand, "stock_value") == Money(0)
    assert balance(committed_stand, "stock_value", "4103") == Money(106_00)
    assert stock.rehome(p.system(), organization=p.agent) == 0
