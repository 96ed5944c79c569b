"""Carrying a running instance over to another version."""

from __future__ import annotations

import shutil
from datetime import timedelta

import pytest

from qudao.journeys.jobs.processes import advance
from qudao.platform.processes import operations, queries
from qudao.platform.processes.registry import register
from qudao.platform.processes.types import Process, Words
from tests.platform.processes.acting import HIGH, SUBJECT, as_, begin, do, open_task
from tests.platform.processes.toy import TOY
from tests.province import NOON, Province


def test_what_follows_is_the_new_version_s(province: Province) -> None:
    instance = begin(province, version=1)
    do(as_(province, "channel_manager"), province, instance, **HIGH)
    task = open_task(province, instance)
    moved = operations.migrate(as_(province, "province_administrator"), instance=instance)
    assert moved == 2
    assert open_task(province, instance).id == task.id
    do(as_(province, "branch_supervisor"), province, instance, decision="approve")
    assert open_task(province, instance).element == "confirm"
    do(as_(province, "finance"), province, instance)
    assert queries.instance(province.system(), instance=instance).state == "completed"


def test_a_timer_that_runs_goes_on_running(province: Province) -> None:
    instance = begin(province, version=1)
    do(as_(province, "channel_manager"), province, instance, **HIGH)
    later = as_(province, "province_administrator", NOON + timedelta(days=1))
    operations.migrate(later, instance=instance)
    assert advance(province.system(NOON + timedelta(days=10))) == 1
    assert queries.instance(province.system(), instance=instance).state == "completed"


def test_where_it_stands_must_be_the_same(province: Province) -> None:
    instance = begin(province)
    do(as_(province, "channel_manager"), province, instance, **HIGH)
    do(as_(province, "branch_supervisor"), province, instance, decision="approve")
    for version, fault in ((1, "removed"), (2, "same"), (9, "no_version")):
        with pytest.raises(operations.CannotMigrate) as caught:
            operations.migrate(province.system(), instance=instance, version=version)
        assert caught.value.fault == fault
    assert queries.instance(province.system(), instance=instance).version == 2
    do(as_(province, "finance"), province, instance)


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A process whose second version asks for something else in its first task."""
    folder = tmp_path_factory.mktemp("changed")
    for number, label in (1, "事项|What for"), (2, "用途|Purpose"):
        made = folder / f"v{number}"
        shutil.copytree(TOY.folder / "v1", made)
        text = (made / "process.bpmn").read_text("utf-8")
        text = text.replace('process id="toy"', 'process id="changed"')
        text = text.replace('processRef="toy"', 'processRef="changed"')
        (made / "process.bpmn").write_text(text.replace("事项|What for", label), "utf-8")
    return register(Process("changed", Words("改", "Changed"), folder)).code


def test_a_changed_task_refuses(province: Province, changed: str) -> None:
    operations.start(
        as_(province, "channel_manager"),
        process=changed,
        subject=SUBJECT,
        path=province.paths[province.agent],
        title=Words("甲", "A"),
    )
    (row,) = queries.instances_of(province.system(), subject=SUBJECT)
    with pytest.raises(operations.CannotMigrate) as caught:
        operations.migrate(province.system(), instance=row.id, version=1)
    assert (caught.value.fault, caught.value.element) == ("changed", "ask")
    assert caught.value.label == "填写申请|Fill in the request"
