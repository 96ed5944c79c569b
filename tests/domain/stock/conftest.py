"""What the tests of goods share."""

import pytest

from qudao.domain.stock import operations as stock
from tests.domain.stock.stand import Stand
from tests.province import Province


@pytest.fixture
def stand(province: Province) -> Stand:
    stock.load_reference(province.system())
    return Stand(province)


@pytest.fixture
def committed_stand(committed_province: Province) -> Stand:
    """The same, committed: for threads and relays."""
    stock.load_reference(committed_province.system())
    return Stand(committed_province)
