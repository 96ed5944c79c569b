"""A process that is killed in the middle of a task: nothing of it is done, and it is done again."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from qudao.platform.processes import queries
from tests.platform.processes.acting import HIGH, as_, begin, do, messages, open_task
from tests.province import Province

KILLED = """
import os, signal, sys
import django
django.setup()
from datetime import datetime
from uuid import UUID
from qudao.kernel.scope import Scope
from qudao.platform.commands.context import Context
from qudao.platform.messaging import operations as messaging
from qudao.platform.processes import operations, registry
from tests.platform.processes import toy
real = registry._actions["toy.act"]
def act(ctx, work):
    real(ctx, work)
    os.kill(os.getpid(), signal.SIGKILL)
registry._actions["toy.act"] = act
actor, task, at, scope = sys.argv[1:]
ctx = Context(
    actor=UUID(actor), channel="backoffice", at=datetime.fromisoformat(at), request_key="crash",
    grants=frozenset({"processes.complete"}), scope=Scope.of([scope]),
)
operations.complete(ctx, task=UUID(task), data={"decision": "approve"})
"""


@pytest.mark.crash
@pytest.mark.xdist_group("crash")
@pytest.mark.django_db(transaction=True)
def test_killed_between_the_effects_and_the_end(
    committed_province: Province, server_environment: dict[str, str]
) -> None:
    province = committed_province
    instance = begin(province, version=1)
    do(as_(province, "channel_manager"), province, instance, **HIGH)
    task = open_task(province, instance)
    ctx = as_(province, "branch_supervisor")
    (scope,) = ctx.scope.paths
    arguments = [str(ctx.actor), str(task.id), ctx.at.isoformat(), scope]
    done = subprocess.run(
        [sys.executable, "-c", KILLED, *arguments],
        env=server_environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert messages() == []
    assert open_task(province, instance) == task
    assert queries.unsound() == []

    do(ctx, province, instance, decision="approve")
    assert messages() == ["新柜台"]
    assert queries.instance(province.system(), instance=instance).state == "completed"
