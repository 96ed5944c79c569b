"""A dossier from its opening to its end, and what is refused on the way."""

from __future__ import annotations

import pytest

from qudao.domain.customer import operations, queries
from qudao.domain.customer.models import Line
from tests.domain.customer import counter
from tests.province import Province

pytestmark = pytest.mark.django_db


def test_an_opening_from_first_to_last(province: Province) -> None:
    dossier = counter.opened(province)
    seen = queries.dossier(province.clerk(), dossier=dossier)
    assert seen.missing == ("customer", "signature")
    who = counter.person(name="王小明", phone="138 0013 8000")
    found = counter.identify(province, dossier, who)
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
    order = province.system().actor
    operations.submit(province.system(), dossier=dossier, number="13800001234", order=order)
    assert queries.unsound() == []
    assert operations.complete(province.system(), orders=[order]) == 1
    assert operations.complete(province.system(), orders=[order]) == 0
    seen = queries.dossier(province.clerk(), dossier=dossier)
    assert (seen.state, seen.number, seen.missing) == ("completed", "13800001234", ())
    line = Line.objects.unscoped("test").get()
    assert (line.number, line.state, line.customer_id) == ("13800001234", "active", found.customer)
    assert queries.unsound() == []
