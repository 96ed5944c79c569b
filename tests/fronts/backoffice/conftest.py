"""People at the back office."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from qudao.platform.identity.models import User
from tests.province import PASSWORD, Province
from tests.province import province as province

Enter = Callable[[str], Client]


@pytest.fixture
def enter(province: Province) -> Enter:
    """Signs somebody of the province in, in English."""

    def sign_in(username: str) -> Client:
        client = Client()
        user = User.objects.get(username=username)
        User.objects.filter(pk=user.pk).update(language="en", must_change_password=False)
        answer = client.post(
            reverse("account_login"), {"login": username, "password": str.__str__(PASSWORD)}
        )
        assert answer.status_code == 302, answer.content.decode()
        return client

    return sign_in
