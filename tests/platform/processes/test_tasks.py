"""Tasks: taken, given back, handed on, done; by whom, and what is entered."""

from __future__ import annotations

import io
from datetime import timedelta
from threading import Barrier, Thread
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from PIL import Image

from qudao.domain.party import operations as party
from qudao.kernel.personal import Personal
from qudao.kernel.refusals import Refusal
from qudao.platform.processes import operations, queries
from qudao.platform.processes.models import Task
from qudao.platform.processes.rules import entered
from qudao.platform.processes.types import Choice, Field, Upload, Words
from qudao.platform.vault.models import VaultFile
from tests.platform.processes.acting import (
    HIGH,
    LOW,
    as_,
    begin,
    do,
    messages,
    open_task,
    worklist,
)
from tests.province import NOON, PASSWORD, Province

PDF = b"%PDF-1.7\n%%EOF"


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (600, 600), "navy").save(out, "JPEG")
    return out.getvalue()


def second_manager(province: Province) -> UUID:
    """Another channel manager of the same county, with a telephone."""
    made = party.admit_member(
        province.system(),
        organization=province.organizations["410102"],
        role="channel_manager",
        username="manager2",
        name=Personal("乙"),
        password=PASSWORD,
        phone=Personal("13900001111"),
    )
    return made.user


def test_taken_given_back_and_handed_on(province: Province) -> None:
    instance = begin(province)
    task = open_task(province, instance).id
    other = second_manager(province)

    def mine() -> Any:
        return as_(province, "channel_manager")

    def theirs() -> Any:
        where = province.organizations["410102"]
        return province.context("channel_manager", where, actor=other)

    with pytest.raises(operations.TaskFree):
        operations.release(mine(), task=task)
    operations.claim(mine(), task=task)
    assert worklist(mine(), mine=True) == ["ask"]
    assert worklist(theirs(), free=True) == []
    assert not queries.offered(theirs(), task=task)
    for act in (operations.claim, operations.release):
        with pytest.raises(operations.TaskTaken):
            act(theirs(), task=task)
    with pytest.raises(operations.TaskTaken):
        operations.complete(theirs(), task=task, data=dict(LOW))
    operations.release(mine(), task=task)

    with pytest.raises(operations.CannotTake):
        operations.delegate(mine(), task=task, to=province.people["supervisor"].user)
    assert queries.colleagues(mine(), task=task) == (mine().actor, other)
    operations.delegate(mine(), task=task, to=other, remark="你熟悉")
    assert len(messages("process_task")) == 1  # told by a short message
    assert worklist(theirs(), mine=True) == ["ask"]
    with pytest.raises(operations.TaskTaken):
        operations.complete(mine(), task=task, data=dict(LOW))
    operations.complete(theirs(), task=task, data=dict(LOW))
    with pytest.raises(operations.TaskEnded):
        operations.complete(theirs(), task=task, data=dict(LOW))


def test_another_person_checks(province: Province) -> None:
    # somebody who holds both roles: the step and its check
    manager = as_(province, "channel_manager")
    party.add_membership(
        province.system(),
        user=manager.actor,
        organization=province.organizations["4101"],
        role="branch_supervisor",
    )
    instance = begin(province)
    do(manager, province, instance, **HIGH)
    both = province.context(
        "branch_supervisor", province.organizations["4101"], actor=manager.actor
    )
    task = open_task(province, instance).id
    assert not queries.offered(both, task=task)
    for act in (
        lambda: operations.claim(both.part("a"), task=task),
        lambda: operations.complete(both.part("b"), task=task, data={"decision": "approve"}),
    ):
        with pytest.raises(operations.SecondPerson):
            act()
    assert manager.actor not in queries.colleagues(both, task=task)
    with pytest.raises(operations.CannotTake):
        operations.delegate(as_(province, "branch_supervisor"), task=task, to=manager.actor)
    do(as_(province, "branch_supervisor"), province, instance, decision="approve")


def test_reminding_by_who_waits(province: Province) -> None:
    instance = begin(province)
    do(as_(province, "channel_manager"), province, instance, **HIGH)
    task = open_task(province, instance).id
    with pytest.raises(operations.NotYours):
        operations.remind(as_(province, "finance"), task=task)
    assert operations.remind(as_(province, "channel_manager"), task=task) == 0
    with pytest.raises(operations.RemindedLately):
        operations.remind(as_(province, "channel_manager"), task=task)
    later = as_(province, "channel_manager", NOON + timedelta(hours=1))
    operations.remind(later, task=task)


def test_photographs_come_with_the_task(province: Province) -> None:
    instance = begin(province)
    task = open_task(province, instance).id
    manager = as_(province, "channel_manager")
    with pytest.raises(Refusal) as caught:
        bad = (Upload("photos", "门头.jpg", b"\xff\xd8 no picture"),)
        operations.complete(manager.part("1"), task=task, data=dict(LOW), files=bad)
    assert caught.value.code == "vault.picture_unreadable"
    with pytest.raises(operations.FieldRefused):
        bad = (Upload("what", "a.jpg", picture()),)
        operations.complete(manager.part("2"), task=task, data=dict(LOW), files=bad)
    assert not VaultFile.objects.exists()

    files = (Upload("photos", "C:\\x\\门头.jpg", picture()), Upload("photos", "b.pdf", PDF))
    operations.complete(manager, task=task, data={**LOW, "place": "34.7466,113.6253"}, files=files)
    (done,) = queries.tasks_of(manager, instance=instance)
    notes = queries.notes(manager, instance=instance)
    assert done.data["photos"] == [str(one.id) for one in notes]
    assert [one.name for one in notes] == ["门头.jpg", "b.pdf"]
    row, content = queries.attachment(manager, note=notes[0].id)
    assert (row.media_type, content[:2]) == ("image/jpeg", b"\xff\xd8")
    with pytest.raises(Refusal) as caught:
        queries.attachment(as_(province, "branch_supervisor", where="4103"), note=notes[0].id)
    assert caught.value.code == "processes.note_not_found"


def test_comments_and_files(province: Province) -> None:
    instance = begin(province)
    ctx = as_(province, "branch_supervisor")
    operations.comment(ctx.part("1"), instance=instance, text=" 请补照片 ")
    operations.attach(ctx.part("2"), instance=instance, name="合同.pdf", content=PDF)
    assert [(one.text, one.name, one.size) for one in queries.notes(ctx, instance=instance)] == [
        ("请补照片", "", 0),
        ("", "合同.pdf", len(PDF)),
    ]
    with pytest.raises(operations.TextMissing):
        operations.comment(ctx.part("3"), instance=instance, text="  ")
    for name, content in (("a.exe", b"MZ"), ("", PDF), ("a.pdf", b""), ("b.pdf", b"%PDF-" * 2**21)):
        with pytest.raises(operations.FileRefused):
            operations.attach(ctx.part(f"4{name}"), instance=instance, name=name, content=content)
    with pytest.raises(operations.TaskNotFound):
        operations.comment(ctx.part("5"), instance=instance, text="x", task=UUID(int=5))


CASES = (
    ("string", "x" * 500, None),
    ("string", "x" * 501, "too_long"),
    ("string", 5, "wrong"),
    ("string", "", "missing"),
    ("long", 10, None),
    ("long", 11, "out_of_range"),
    ("long", True, "wrong"),
    ("long", "10", "wrong"),
    ("boolean", False, None),
    ("date", "2026-02-29", "wrong"),
    ("date", "2024-02-29", None),
    ("enum", "a", None),
    ("enum", "c", "no_choice"),
    ("position", "-33.9,151.2093", None),
    ("position", "91,0", "wrong"),
    ("position", "__import__('os')", "wrong"),
    ("files", ["a"], None),
    ("files", ["a"] * 501, "too_many"),
    ("files", {}, "wrong"),
)


@pytest.mark.parametrize(("kind", "value", "fault"), CASES)
def test_what_may_be_entered(kind: str, value: Any, fault: str | None) -> None:
    choices = (Choice("a", Words("甲", "A")),)
    field = Field("one", Words("一", "One"), kind, choices=choices, least=0, most=10)
    if fault is None:
        assert entered((field,), {"one": value}) == {"one": value}
        return
    with pytest.raises(operations.FieldRefused) as caught:
        entered((field,), {"one": value})
    assert (caught.value.field, caught.value.fault, caught.value.label) == ("one", fault, "一|One")


def test_what_nobody_asked_for_is_refused() -> None:
    with pytest.raises(operations.FieldRefused) as caught:
        entered((), {"__class__": 1})
    assert caught.value.fault == "unknown"


@pytest.mark.django_db(transaction=True)
def test_two_at_once_and_one_wins(committed_province: Province) -> None:
    province = committed_province
    instance = begin(province)
    task = open_task(province, instance).id
    other = second_manager(province)
    where = province.organizations["410102"]
    people = [
        as_(province, "channel_manager"),
        province.context("channel_manager", where, actor=other),
    ]
    start, answers = Barrier(2), []

    def run(ctx: Any) -> None:
        start.wait()
        try:
            operations.complete(ctx, task=task, data=dict(LOW))
            answers.append("done")
        except Refusal as refusal:
            answers.append(refusal.code)
        finally:
            connection.close()

    threads = [Thread(target=run, args=(ctx,)) for ctx in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == ["done", "processes.task_ended"]
    assert messages() == ["海报"]
    assert Task.objects.unscoped("test").filter(state="done").count() == 1
