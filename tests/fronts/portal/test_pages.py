"""Every page of the portal opens, in both languages, for those who may."""

from __future__ import annotations

import pytest
from django.urls import reverse

from tests.fronts.portal.conftest import Shop

PAGES = [
    "home",
    "home_live",
    "more",
    "orders",
    "wallet",
    "pay_ins",
    "closings",
    "low_balance",
    "report_day",
    "report_month",
    "clerks",
    "account",
]


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("name", PAGES)
def test_owner_opens_every_page(shop: Shop, name: str, language: str) -> None:
    shop.sale()
    response = shop.client("owner", language).get(reverse(f"portal:{name}"))
    assert response.status_code == 200
    assert response["Content-Language"] == ("en" if language == "en" else "zh-hans")
