"""Every list and every page, by role and by scope."""

import pytest
from django.test import Client
from django.urls import reverse

from qudao.fronts.backoffice.site import office
from tests.fronts.backoffice.conftest import Enter
from tests.province import Province

pytestmark = pytest.mark.django_db

PEOPLE = ["province", "marketing", "finance", "auditor", "supervisor", "manager", "teller"]


def changelists() -> dict[str, str]:
    return {screen.screen_name: screen.changelist_url for screen in office._registry.values()}


@pytest.mark.parametrize("name", PEOPLE)
def test_lists(name: str, enter: Enter) -> None:
    client = enter(name)
    for screen in office._registry.values():
        response = client.get(screen.changelist_url)
        assert response.status_code in (200, 403), screen.screen_name
        print(name, screen.screen_name, response.status_code)
    for page in ("index", "fit_matrix", "roles", "customers", "hall", "bank_import", "find"):
        response = client.get(reverse(f"admin:{page}"))
        print(name, page, response.status_code)
