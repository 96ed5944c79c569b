"""A counter with numbers, cards and goods, and forms as a browser sends them."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from qudao.domain.resource import queries as numbers
from qudao.domain.resource.types import Held, NumberSearch
from qudao.kernel.money import Money
from tests.fronts.portal.conftest import Shop
from tests.stocked import Shelf, load_numbers, photo, resident_id, shelve, signature

SIGNED = "data:image/png;base64," + base64.b64encode(signature()).decode()


class Counter:
    """Somebody at the outlet's counter, whose shelf is full."""

    def __init__(self, shop: Shop, language: str = "en", name: str = "clerk") -> None:
        self.shop = shop
        self.client: Client = shop.client(name, language)
        self.shelf: Shelf = shelve(shop.province, shop.outlet, at=datetime.now(UTC))
        load_numbers(shop.province)
        shop.province.pay_in(shop.outlet, Money(5_000_00), at=datetime.now(UTC))

    def ctx(self) -> Any:
        return self.shop.province.clerk(at=datetime.now(UTC))

    def get(self, page: str, /, *args: Any, **query: Any) -> Any:
        return self.client.get(reverse(f"portal:{page}", args=args), query)

    def post(self, page: str, /, *args: Any, **data: Any) -> Any:
        values = {"request_key": str(uuid4()), **data}
        return self.client.post(reverse(f"portal:{page}", args=args), values)

    def number(self, **search: Any) -> str:
        """Some free number."""
        wanted = NumberSearch(**{"grade": "ordinary", **search})
        page = numbers.search(self.ctx(), outlet=self.shop.outlet, search=wanted)
        return page.items[0].number

    def held(self) -> tuple[Held, ...]:
        return numbers.holds(self.ctx(), outlet=self.shop.outlet)

    # ---- an opening, step by step

    def begin(self) -> UUID:
        answer = self.post("opening_new")
        return UUID(answer.url.split("/")[2])

    def pick(self, dossier: UUID, number: str = "") -> Any:
        return self.post("number_hold", number=number or self.number(), dossier=str(dossier))

    def sim(self, dossier: UUID, serial: str = "") -> Any:
        return self.post("opening_number", dossier, sim=serial or self.shelf.sim())

    def plan(self, dossier: UUID, **more: Any) -> Any:
        return self.post("opening_plan", dossier, **{"plan": "GT58", "prepay": "100", **more})

    def person(self, step: str, dossier: UUID, **more: Any) -> Any:
        values = {
            "act": "identify",
            "role": "customer",
            "kind": "resident_id",
            "number": resident_id(),
            "name": "王小明",
            "valid_until": "2030-01-01",
            "address": "河南省郑州市中原区建设路1号",
            "phone": "13903710001",
        }
        return self.post(step, dossier, **{**values, **more})

    def pictures(self, step: str, dossier: UUID, *kinds: str) -> Any:
        wanted = kinds or ("front", "back", "portrait")
        files = {kind: SimpleUploadedFile(f"{kind}.jpg", photo(), "image/jpeg") for kind in wanted}
        return self.post(step, dossier, act="pictures", **files)

    def ready(self) -> UUID:
        """An opening that has come to its contract."""
        dossier = self.begin()
        self.pick(dossier)
        self.sim(dossier)
        self.plan(dossier)
        self.person("opening_customer", dossier)
        self.pictures("opening_customer", dossier)
        return dossier

    def contract(self, dossier: UUID, **more: Any) -> Any:
        page = self.get("opening_contract", dossier)
        assert page.status_code == 200, page.url if page.status_code == 302 else page.content
        total = page.context["form"].initial["total"]
        key = page.context["form"].initial["request_key"]
        values = {"request_key": key, "total": str(total), "signature": SIGNED}
        return self.client.post(
            reverse("portal:opening_contract", args=[dossier]), {**values, **more}
        )
