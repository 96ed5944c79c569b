"""The office of the province, and what holds once its work is done."""

from collections.abc import Iterator

import pytest

from qudao.domain.saleschannel import queries as outlets
from tests.journeys.processes.office import Office
from tests.province import Province, assert_sound


@pytest.fixture
def office(province: Province) -> Iterator[Office]:
    yield Office(province)
    assert_sound()
    assert outlets.unsound() == []
