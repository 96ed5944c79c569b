"""Instances from their start to their end, by people and by the clock."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from qudao.journeys.jobs.processes import advance
from qudao.kernel.scope import Scope
from qudao.platform.processes import operations, queries
from qudao.platform.processes.models import Instance, Task, Version
from qudao.platform.processes.types import Words
from tests.platform.processes.acting import (
    HIGH,
    LOW,
    SUBJECT,
    as_,
    begin,
    do,
    messages,
    open_task,
    worklist,
)
from tests.platform.processes.toy import NEVER, TOO_MUCH, Closed
from tests.province import NOON, Province

DAY = timedelta(days=1)


def test_from_start_to_end_with_a_rejection(province: Province) -> None:
    manager, supervisor = as_(province, "channel_manager"), as_(province, "branch_supervisor")
    instance = begin(province)
    task = open_task(province, instance)
    assert task.words == Words("填写申请", "Fill in the request")
    assert (task.element, task.role, task.title.en) == ("ask", "channel_manager", "Outlet A")
    assert (worklist(manager), worklist(supervisor)) == (["ask"], [])
    do(manager, province, instance, **HIGH)

    assert (worklist(manager), worklist(supervisor)) == ([], ["approve"])
    assert open_task(province, instance).due_at == NOON + 3 * DAY
    with pytest.raises(operations.FieldRefused) as caught:
        do(supervisor.part("1"), province, instance, decision="reject")
    assert (caught.value.field, caught.value.fault) == ("reason", "missing")
    do(supervisor, province, instance, decision="reject", reason="写清楚")
    do(as_(province, "finance"), province, instance)

    do(as_(province, "channel_manager"), province, instance, **HIGH)
    do(as_(province, "branch_supervisor"), province, instance, decision="approve")
    assert messages() == []
    finance = as_(province, "finance")
    do(finance, province, instance)

    assert messages() == ["新柜台"]
    row = queries.instance(province.system(), instance=instance)
    assert (row.state, row.ended_at, row.version) == ("completed", NOON, 2)
    data = queries.work(province.system(), instance=instance).data
    assert (data["kind"], data["acted"], data["reason"]) == ("approval", str(finance.actor), None)
    assert [
        (step.kind, step.element) for step in queries.steps(province.system(), instance=instance)
    ] == [
        ("started", ""),
        ("passed", "begin"),
        ("done", "ask"),
        ("passed", "sort"),
        ("passed", "how"),
        ("done", "approve"),
        ("done", "confirm"),
        ("passed", "decided"),
        ("done", "ask"),
        ("passed", "sort"),
        ("passed", "how"),
        ("done", "approve"),
        ("done", "confirm"),
        ("passed", "decided"),
        ("passed", "act"),
        ("passed", "done"),
        ("completed", ""),
    ]


def test_the_table_decides_and_nothing_waits(province: Province) -> None:
    instance = begin(province)
    do(as_(province, "channel_manager"), province, instance, **LOW)
    assert messages() == ["海报"]
    assert queries.instance(province.system(), instance=instance).state == "completed"
    drawing = queries.drawing(province.system(), instance=instance, english=True)
    assert drawing.waiting == ()
    assert drawing.passed == ("begin", "ask", "sort", "how", "act", "done")
    assert 'name="Channel manager"' in drawing.xml
    assert "填写申请" not in drawing.xml


def test_the_state_is_kept_without_the_process(province: Province) -> None:
    instance = begin(province)
    row = Instance.objects.unscoped("test").get(id=instance)
    assert set(row.engine) >= {"tasks", "root"}
    assert "spec" not in row.engine
    assert len(str(row.engine)) < 6_000
    assert Version.objects.filter(process="toy").count() == 1


def test_a_refusal_takes_the_way_that_the_process_has_for_it(province: Province) -> None:
    instance = begin(province, version=1)
    do(as_(province, "channel_manager"), province, instance, what="x", amount=TOO_MUCH)
    do(as_(province, "branch_supervisor"), province, instance, decision="approve")
    assert messages() == []  # what the action wrote before it refused is not there
    assert queries.instance(province.system(), instance=instance).state == "completed"
    steps = queries.steps(province.system(), instance=instance)
    assert [(one.kind, one.element) for one in steps][-4:] == [
        ("refused", "act"),
        ("passed", "failed"),
        ("passed", "refused"),
        ("completed", ""),
    ]
    assert steps[-4].data["code"] == "processes.no_budget"
    assert "processes.no_budget" in steps[-4].data["zh"]  # this one has no words of its own


def test_a_refusal_without_a_way_out_goes_back_to_the_person(province: Province) -> None:
    instance = begin(province, version=1)
    do(as_(province, "channel_manager"), province, instance, what="x", amount=NEVER)
    with pytest.raises(Closed):
        do(as_(province, "branch_supervisor"), province, instance, decision="approve")
    assert messages() == []
    assert open_task(province, instance).element == "approve"
    assert queries.steps(province.system(), instance=instance)[-1].element == "how"


def test_who_may_start(province: Province) -> None:
    def start(role: str, where: str = "", **other: object) -> None:
        given = {
            "process": "toy",
            "subject": SUBJECT,
            "path": province.paths[province.agent],
            "title": Words("甲", "A"),
        }
        operations.start(as_(province, role, where=where), **(given | other))

    with pytest.raises(operations.NotYours):
        start("branch_supervisor")
    with pytest.raises(operations.OutOfArea):
        start("channel_manager", path=province.paths[province.far])
    with pytest.raises(operations.ProcessUnknown):
        start("channel_manager", process="none")
    with pytest.raises(operations.DataNotUsable):
        start("channel_manager", data={"__builtins__": {}})
    with pytest.raises(operations.TextMissing):
        start("channel_manager", title=Words("", ""))
    assert not Instance.objects.unscoped("test").exists()
    start("channel_manager")
    with pytest.raises(operations.AlreadyRunning):
        start("channel_manager")
    start("channel_manager", subject=UUID(int=78))


def test_out_of_scope_is_not_found(province: Province) -> None:
    instance = begin(province)
    task = open_task(province, instance)
    far = as_(province, "branch_supervisor", where="4103")
    nowhere = as_(province, "channel_manager")
    nowhere = type(nowhere)(
        **{f: getattr(nowhere, f) for f in nowhere.__slots__} | {"scope": Scope()}
    )
    for ctx in (far, nowhere):
        assert worklist(ctx) == []
        with pytest.raises(operations.InstanceNotFound):
            queries.instance(ctx, instance=instance)
        with pytest.raises(operations.TaskNotFound):
            operations.complete(ctx.part("c"), task=task.id, data=dict(LOW))
        with pytest.raises(operations.TaskNotFound):
            operations.claim(ctx.part("t"), task=task.id)


def test_reminder_then_escalation_then_the_timer(province: Province) -> None:
    instance = begin(province, version=1)
    do(as_(province, "channel_manager"), province, instance, **HIGH)
    told = len(messages("process_task"))

    assert advance(province.system(NOON + DAY)) == 0
    assert advance(province.system(NOON + 2 * DAY)) == 1  # a day before it is due
    assert advance(province.system(NOON + 2 * DAY)) == 0
    assert advance(province.system(NOON + 3 * DAY)) == 1  # due
    assert worklist(as_(province, "province_administrator")) == []
    assert advance(province.system(NOON + 5 * DAY)) == 1  # two days late
    assert worklist(as_(province, "province_administrator")) == ["approve"]
    assert worklist(as_(province, "branch_supervisor"), overdue=True) == []
    late = as_(province, "branch_supervisor", NOON + 4 * DAY)
    assert worklist(late, overdue=True) == ["approve"]
    assert len(messages("process_task")) == told  # nobody here has a telephone
    kinds = [step.kind for step in queries.steps(province.system(), instance=instance)]
    assert kinds[-3:] == ["reminded", "reminded", "escalated"]

    assert advance(province.system(NOON + 10 * DAY)) == 1
    row = queries.instance(province.system(), instance=instance)
    assert (row.state, row.ended_at) == ("completed", NOON + 10 * DAY)
    (task,) = Task.objects.unscoped("test").filter(element="approve")
    assert task.state == "withdrawn"
    assert queries.steps(province.system(), instance=instance)[-2].element == "lapsed"


def test_cancelling_undoes(province: Province) -> None:
    instance = begin(province)
    with pytest.raises(operations.NotYours):
        operations.cancel(as_(province, "finance"), instance=instance, reason="nein")
    with pytest.raises(operations.TextMissing):
        operations.cancel(as_(province, "branch_supervisor"), instance=instance, reason=" ")
    operations.cancel(as_(province, "branch_supervisor"), instance=instance, reason="搬走了")
    assert messages() == [f"cancelled {SUBJECT}"]
    assert worklist(as_(province, "channel_manager")) == []
    row = queries.instance(province.system(), instance=instance)
    assert (row.state, row.reason) == ("cancelled", "搬走了")
    with pytest.raises(operations.InstanceEnded):
        operations.cancel(as_(province, "branch_supervisor"), instance=instance, reason="again")
    begin(province)  # the subject is free again


def test_files_that_changed_stop_an_instance(province: Province) -> None:
    instance = begin(province)
    Version.objects.filter(process="toy").update(digest=bytes(32))
    with pytest.raises(operations.VersionChanged):
        do(as_(province, "channel_manager"), province, instance, **LOW)


def test_the_clock_notes_what_it_is_refused_and_tries_again(province: Province) -> None:
    instance = begin(province, version=1)
    do(as_(province, "channel_manager"), province, instance, **HIGH)
    digest = bytes(Version.objects.get(process="toy", number=1).digest)
    Version.objects.filter(process="toy").update(digest=bytes(32))
    assert advance(province.system(NOON + 3 * DAY)) == 1
    assert queries.instance(province.system(), instance=instance).problem == (
        "processes.version_changed"
    )
    Version.objects.filter(process="toy", number=1).update(digest=digest)
    assert advance(province.system(NOON + 3 * DAY)) == 0
    assert advance(province.system(NOON + 3 * DAY + timedelta(hours=1))) == 1
    assert queries.instance(province.system(), instance=instance).problem == ""
