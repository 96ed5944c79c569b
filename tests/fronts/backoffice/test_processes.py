"""The worklist and processes at the back office."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from qudao.platform.processes import operations, queries
from qudao.platform.processes.models import Task
from tests.fronts.backoffice.conftest import Enter, do, now, page, text
from tests.platform.processes.acting import HIGH, as_, begin, open_task
from tests.platform.processes.acting import do as complete
from tests.province import Province

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7\n%%EOF"


def test_a_task_is_taken_and_done(province: Province, enter: Enter) -> None:
    instance = begin(province, at=now())
    task = open_task(province, instance).id
    client = enter("manager")
    assert "Fill in the request" in text(client.get(reverse("admin:processes_task_changelist")))
    assert do(client, "processes_task", "claim", task).status_code == 302
    data = {"what": "Desk", "amount": "50", "place": "nowhere"}
    sent = do(client, "processes_task", "complete", task, key="k2", **data)
    assert sent.status_code == 422 and "Position: it cannot be read" in text(sent)
    file = SimpleUploadedFile("报价.pdf", PDF)
    data = {"what": "Desk", "amount": "50", "place": "34.7,113.6", "photos": file}
    sent = do(client, "processes_task", "complete", task, key="k3", **data)
    assert sent.status_code == 302, text(sent)
    row = Task.objects.unscoped("test").get(id=task)
    assert row.data | {"photos": 1} == {
        "what": "Desk",
        "amount": 5_000,
        "place": "34.7,113.6",
        "photos": 1,
    }
    shown = text(page(client, "processes_instance", instance))
    assert "Completed" in shown and "¥50.00" in shown and "报价.pdf" in shown

    address = reverse("admin:process_file", args=row.data["photos"])
    answer = client.get(address)
    assert (answer.content, answer["Content-Type"]) == (PDF, "application/pdf")
    assert answer["Content-Disposition"].startswith("attachment")
    assert enter("luoyang").get(address).status_code == 404


def test_elsewhere_there_is_nothing(province: Province, enter: Enter) -> None:
    instance = begin(province, at=now())
    task = open_task(province, instance).id
    far = enter("luoyang")
    assert "Fill in" not in text(
        far.get(reverse("admin:processes_task_changelist") + "?which=area")
    )
    assert page(far, "processes_task", task).status_code == 404
    assert page(far, "processes_instance", instance).status_code == 404
    assert far.get(reverse("admin:process_drawing", args=[instance])).status_code == 404
    assert do(far, "processes_task", "claim", task).status_code == 404

    auditor = enter("auditor")
    assert "Fill in the request" in text(page(auditor, "processes_task", task))
    assert do(auditor, "processes_task", "claim", task).status_code == 403


def test_the_diagram_comes_in_the_viewer_s_language(province: Province, enter: Enter) -> None:
    instance = begin(province, at=now())
    complete(as_(province, "channel_manager", now()), province, instance, **HIGH)
    drawn = enter("supervisor").get(reverse("admin:process_drawing", args=[instance])).json()
    assert (drawn["passed"], drawn["waiting"]) == (["begin", "ask", "sort", "how"], ["approve"])
    assert [(one["element"], one["who"]) for one in drawn["done"]] == [("ask", "manager")]
    assert "Fill in the request" in drawn["xml"] and "填写申请" not in drawn["xml"]


def test_carrying_over_and_cancelling(province: Province, enter: Enter) -> None:
    instance = begin(province, at=now(), version=1)
    client = enter("province")
    sent = do(client, "processes_instance", "migrate", instance, version="2")
    assert sent.status_code == 302, text(sent)
    assert queries.instance(province.system(), instance=instance).version == 2
    assert "from version 1 to 2" in text(page(client, "processes_instance", instance))
    # the province may look at it, and did not start it
    assert "/do/cancel/" not in page(client, "processes_instance", instance).content.decode()
    refused = do(client, "processes_instance", "cancel", instance, key="k2", reason="no need")
    assert refused.status_code == 403
    supervisor = enter("supervisor")
    sent = do(supervisor, "processes_instance", "cancel", instance, key="k3", reason="no need")
    assert sent.status_code == 302
    with pytest.raises(operations.InstanceEnded):
        operations.migrate(province.system(), instance=instance, version=1)
