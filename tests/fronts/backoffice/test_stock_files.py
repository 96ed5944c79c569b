"""Files at the back office: refused with every bad row named, mended, loaded whole."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from qudao.domain.resource.models import Number
from qudao.domain.stock import operations as stock
from qudao.domain.stock.models import Bulk, Unit
from qudao.domain.stock.types import BulkId
from qudao.journeys import bulk
from tests.fronts.backoffice.conftest import Enter, text
from tests.province import Province
from tests.stocked import iccid, load_numbers

pytestmark = pytest.mark.django_db


@pytest.fixture
def keeper(province: Province, enter: Enter) -> Client:
    stock.load_reference(province.system())
    return enter("keeper")


def send(
    client: Client, content: str, *, key: str = "f1", name: str = "sims.csv", **more: Any
) -> Any:
    data = {
        "request_key": key,
        "kind": "sim",
        "place": "4101",
        "item": "SIM3IN1",
        "cost": "2.50",
        "batch": "B7",
        "file": SimpleUploadedFile(name, content.encode()),
        **more,
    }
    return client.post(reverse("admin:bulk_send"), data)


def latest() -> Bulk:
    return Bulk.objects.unscoped("test").latest("at", "id")


def test_a_file_with_bad_rows_is_refused_and_names_each(province: Province, keeper: Client) -> None:
    good = [iccid() for _ in range(60)]
    bad = [f"{one[:-1]}{(int(one[-1]) + 1) % 10}" for one in (iccid() for _ in range(60))]
    rows = [row for pair in zip(good, bad, strict=True) for row in pair]
    sent = send(keeper, "ICCID\n" + "\n".join(rows))
    assert sent.status_code == 302, text(sent)
    waiting = text(keeper.get(sent.url))
    assert "Being looked through" in waiting and "waits for a worker" in waiting
    live = keeper.get(reverse("admin:bulk_live", args=[latest().pk]))
    assert live.status_code == 200 and "HX-Refresh" not in live.headers
    bulk.examine(province.system(), bulk=BulkId(latest().pk))
    live = keeper.get(reverse("admin:bulk_live", args=[latest().pk]))
    assert live.status_code == 204 and live.headers["HX-Refresh"] == "true"
    shown = text(keeper.get(sent.url))
    assert "60 bad rows: nothing was loaded." in shown
    assert "This is no ICCID" in shown and bad[0] in shown and bad[55] not in shown
    second = text(keeper.get(f"{sent.url}?page=2"))
    assert bad[55] in second
    named = keeper.get(reverse("admin:bulk_faults", args=[latest().pk]))
    lines = b"".join(named.streaming_content).decode("utf-8-sig").strip().splitlines()
    assert len(lines) == 61 and all(one in "\n".join(lines) for one in bad)
    refused = keeper.post(
        reverse("admin:bulk_load", args=[latest().pk]), {"request_key": "nonsense"}
    )
    assert refused.status_code == 409 and "Refused" in text(refused)
    assert Unit.objects.unscoped("test").count() == 0


def test_a_good_file_is_previewed_and_loaded_once(province: Province, keeper: Client) -> None:
    rows = [iccid() for _ in range(30)]
    sent = send(keeper, "ICCID\n" + "\n".join(rows))
    bulk.examine(province.system(), bulk=BulkId(latest().pk))
    shown = keeper.get(sent.url)
    assert "Load all 30 rows" in text(shown) and rows[0] in text(shown)
    assert Unit.objects.unscoped("test").count() == 0
    address = reverse("admin:bulk_load", args=[latest().pk])
    key = re.search(r'value="(office:[0-9a-f-]+-l)"', shown.content.decode())
    assert key is not None
    for _twice in range(2):
        assert keeper.post(address, {"request_key": key.group(1)}).status_code == 302
    assert "Being loaded" in text(keeper.get(sent.url))
    bulk.take_in(province.system(), bulk=BulkId(latest().pk))
    assert "30 rows were loaded." in text(keeper.get(sent.url))
    assert Unit.objects.unscoped("test").filter(batch="B7", cost=250).count() == 30
    assert "B7" in text(keeper.get(reverse("admin:stock_batches")))
    late = keeper.post(reverse("admin:bulk_discard", args=[latest().pk]), {"request_key": "d"})
    assert late.status_code == 409


def test_a_file_is_thrown_away(province: Province, keeper: Client) -> None:
    sent = send(keeper, "ICCID\n" + iccid())
    bulk.examine(province.system(), bulk=BulkId(latest().pk))
    gone = keeper.post(reverse("admin:bulk_discard", args=[latest().pk]), {"request_key": "d"})
    assert gone.status_code == 302
    assert "Discarded" in text(keeper.get(sent.url))
    assert latest().content is None


def test_a_file_of_numbers_goes_into_the_pool(province: Province, keeper: Client) -> None:
    load_numbers(province)
    new = [f"1346020{n:04d}" for n in (1, 2, 3)]
    sent = send(
        keeper, "number\n" + "\n".join(new), kind="numbers", item="", cost="", name="numbers.csv"
    )
    assert sent.status_code == 302, text(sent)
    bulk.examine(province.system(), bulk=BulkId(latest().pk))
    shown = text(keeper.get(sent.url))
    assert "Load all 3 rows" in shown, shown
    keeper.post(reverse("admin:bulk_load", args=[latest().pk]), {"request_key": "l"})
    bulk.take_in(province.system(), bulk=BulkId(latest().pk))
    assert Number.objects.unscoped("test").filter(number__in=map(int, new)).count() == 3
    again = send(
        keeper, "number\n" + new[0], key="f2", kind="numbers", item="", cost="", name="n.csv"
    )
    bulk.examine(province.system(), bulk=BulkId(latest().pk))
    assert "The number is in the pool already." in text(keeper.get(again.url))


def test_what_cannot_be_a_file_is_said_in_place(province: Province, keeper: Client) -> None:
    empty = send(keeper, "")
    assert empty.status_code == 422
    elsewhere = send(keeper, "ICCID\n" + iccid(), key="f2", place="4103")
    assert elsewhere.status_code == 422 and "There is none with this code" in text(elsewhere)
    other_kind = send(keeper, "ICCID\n" + iccid(), key="f3", item="HS-NOVA5")
    assert other_kind.status_code == 404 and "Refused" in text(other_kind)
    sent = send(keeper, "not a heading\n1", key="f4")
    bulk.examine(province.system(), bulk=BulkId(latest().pk))
    shown = text(keeper.get(sent.url))
    assert "A column is missing: take the template." in shown


def test_templates_have_the_headings_and_nothing_else(
    province: Province, keeper: Client, enter: Enter
) -> None:
    file = keeper.get(reverse("admin:bulk_template", args=["sim", "csv"]))
    assert file.content.decode("utf-8-sig").strip() == "serial,imsi,item,cost,batch"
    xlsx = keeper.get(reverse("admin:bulk_template", args=["recharge_card", "xlsx"]))
    assert xlsx.content[:2] == b"PK"
    chinese = enter("keeper", "zh-hans")
    file = chinese.get(reverse("admin:bulk_template", args=["sim", "csv"]))
    assert "串码" in file.content.decode("utf-8-sig")
    assert keeper.get(reverse("admin:bulk_template", args=["nothing", "csv"])).status_code == 404


def test_files_of_another_branch_are_not_found(
    province: Province, keeper: Client, enter: Enter
) -> None:
    sent = send(keeper, "ICCID\n" + iccid())
    far = enter("luoyang")
    assert far.get(sent.url).status_code == 404
    assert far.get(reverse("admin:bulk_faults", args=[latest().pk])).status_code == 404
    assert "sims.csv" not in text(far.get(reverse("admin:bulk")))
    denied = far.post(reverse("admin:bulk_load", args=[latest().pk]), {"request_key": "x"})
    assert denied.status_code in (403, 404)
