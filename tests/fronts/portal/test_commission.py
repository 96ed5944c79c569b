"""What an agent sees of its commission, and what a clerk may not see."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.translation import gettext, override
from openpyxl import load_workbook

from qudao.domain.commission.models import Dispute, Redemption
from qudao.domain.commission.operations import points
from qudao.domain.commission.queries import settlements as queries
from qudao.fronts.web import exports
from qudao.kernel.money import Money
from qudao.kernel.page import PageRequest
from qudao.platform.identity.models import User
from tests.journeys.test_settling import NOVEMBER, prepared
from tests.province import PASSWORD, Province

pytestmark = pytest.mark.django_db


def signed_in(province: Province, username: str) -> Client:
    rows = User.objects.filter(id=province.people[username].user)
    rows.update(must_change_password=False, language="en")
    client = Client()
    sent = {"login": username, "password": PASSWORD}
    assert client.post(reverse("account_login"), sent).status_code == 302
    return client


def test_a_line_is_explained_and_disputed(
    province: Province, settings: Any, tmp_path: Path
) -> None:
    month = prepared(province, settings, tmp_path)
    month.export(NOVEMBER)
    month.posted(NOVEMBER)
    statement = month.statement(province.agent, NOVEMBER)
    line = queries.lines(statement, PageRequest(1)).items[0]
    address = f"/commission/2026-11/{line.rule}/{line.fact}/{line.slice}/"
    owner = signed_in(province, "owner")

    page = owner.get("/commission/2026-11/").content.decode()
    assert "Top-up fee" in page and "¥3.60" in page and address in page
    page = owner.get(address).content.decode()
    sale = queries.facts([line])[line.fact]
    assert f"/orders/{sale.order}/" in page and "4101-2026-001" in page
    for kind in ("csv", "xlsx", "pdf"):
        assert owner.get(f"/commission/2026-11/file/{kind}/").status_code == 200
    csv = owner.get("/commission/2026-11/file/csv/")
    told = b"".join(csv.streaming_content).decode("utf-8-sig").splitlines()  # type: ignore[attr-defined]
    assert len(told) == 1 + 6
    assert "Commission-410102200012-2026-11.csv" in csv["Content-Disposition"], "whose, and of when"
    with override("zh-hans"):
        assert gettext("Rule") == "规则", "its column's head"

    assert owner.post(f"{address}dispute/", {"request_key": "k", "claim": "x"}).status_code == 422
    sent = {"request_key": "k", "claim": "It was more than that."}
    assert owner.post(f"{address}dispute/", sent).status_code == 302
    assert owner.post(f"{address}dispute/", sent).status_code == 302
    assert Dispute.objects.unscoped("test").count() == 1, "sent twice, disputed once"
    assert "It was more than that." in owner.get("/commission/disputes/").content.decode()

    clerk = signed_in(province, "clerk")
    assert "30" in clerk.get("/commission/points/").content.decode()
    marketing = province.context("marketing", province.organizations["41"])
    for code, cost in (("cup", 20), ("car", 10**6)):
        ctx = marketing.part(code)
        points.set_reward(ctx, code=code, name_zh="礼品", name_en=f"A {code}", points=cost)
    assert clerk.post("/commission/points/", {"reward": "cup"}).status_code == 302
    page = clerk.get("/commission/points/").content.decode()
    assert "What I have taken" in page and "the branch hands it over" in page
    assert page.count("not enough points yet") == 2, "of the ten that are left"
    (redemption,) = Redemption.objects.unscoped("test")
    branch = province.context("branch_supervisor", province.organizations["4101"])
    points.hand_over_reward(branch, redemption=redemption.pk)
    assert "the branch hands it over" not in clerk.get("/commission/points/").content.decode()
    for closed in ("/commission/", "/commission/2026-11/", address, "/commission/disputes/"):
        assert clerk.get(closed).status_code == 403
    assert signed_in(province, "farclerk").get(address).status_code == 403


@pytest.mark.parametrize("path", ["2026-13", "nonsense", "2026-11/1/x/0", "2026-11/1/9/99999"])
def test_an_address_that_means_nothing_is_not_found(province: Province, path: str) -> None:
    assert signed_in(province, "owner").get(f"/commission/{path}/").status_code == 404


def test_a_file_of_any_length_goes_on_in_the_next_sheet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "ROWS_OF_A_SHEET", 2)
    answers = [
        exports.whole(kind, "lines", "Commission", ["n", "fen"], ((n, Money(n)) for n in range(5)))
        for kind in exports.FORMATS
    ]
    csv, xlsx = (b"".join(one.streaming_content) for one in answers)  # type: ignore[attr-defined]
    assert csv.decode("utf-8-sig").split() == ["n,fen", *(f"{n},{Money(n)}" for n in range(5))]
    book = load_workbook(BytesIO(xlsx))
    assert book.sheetnames == ["Commission", "Commission 2", "Commission 3"]
    rows = [row[0] for sheet in book for row in sheet.iter_rows(values_only=True)]
    assert rows == ["n", 0, 1, "n", 2, 3, "n", 4]
