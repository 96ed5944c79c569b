"""What journeys are tested with."""

import pytest

from tests.journeys.shop import Shop, open_shop
from tests.province import Province


@pytest.fixture
def shop(province: Province) -> Shop:
    return open_shop(province)
