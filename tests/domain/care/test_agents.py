"""Who asks for a person: waits, is talked with, or leaves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from qudao.domain.care import operations, queries, rules
from qudao.domain.care.types import AgentRequestId
from qudao.domain.party.types import OrganizationId
from qudao.kernel.page import PageRequest
from qudao.kernel.personal import Personal
from qudao.kernel.refusals import Refusal
from qudao.platform.commands.models import JournalEntry
from qudao.platform.jobs import schedule
from tests.domain.care.desk import LINE, OTHER, agent, line
from tests.province import NOON, Province

pytestmark = pytest.mark.django_db


def refusal(done: Callable[[], object]) -> str:
    """The code of what is refused; and that nothing was written for it."""
    before = JournalEntry.objects.count()
    with pytest.raises(Refusal) as caught:
        done()
    assert JournalEntry.objects.count() == before
    return caught.value.code


def ask(
    province: Province,
    msisdn: Personal = LINE,
    seconds: int = 0,
    place: OrganizationId | None = None,
    language: str = "zh-hans",
) -> AgentRequestId:
    return operations.request_agent(
        province.system(NOON + timedelta(seconds=seconds)),
        place=place or province.organizations["4101"],
        msisdn=msisdn,
        item="bill",
        language=language,
    )


def state(province: Province, request: AgentRequestId) -> str:
    return queries.agent_request(province.system(), request=request).state


def test_who_waits_longest_is_next(province: Province) -> None:
    first, second = ask(province), ask(province, OTHER, 1)
    nobody = ask(province, Personal(""), 2)
    far = ask(province, line(), -9, province.organizations["4103"])
    assert [queries.ahead_of(province.system(), request=one) for one in (first, nobody)] == [0, 2]
    waiting = queries.agent_queue(agent(province), page=PageRequest())
    assert [one.id for one in waiting.items] == [first, second, nobody]
    assert [one.msisdn_masked for one in waiting.items] == ["138****8000", "139****9000", ""]
    taken = operations.take_next_request(agent(province))
    assert (taken.request, taken.msisdn, taken.item) == (first, LINE, "bill")
    operations.take_request(agent(province, "province"), request=second)
    assert operations.take_next_request(agent(province)).request == nobody
    assert refusal(lambda: operations.take_next_request(agent(province))) == "care.nobody_waits"
    assert queries.ahead_of(province.system(), request=nobody) == 0
    operations.finish_request(agent(province), request=first, reason="explained the bill")
    done = queries.agent_request(province.system(), request=first)
    assert (done.state, done.outcome) == ("done", "explained the bill")
    assert queries.agent_queue(agent(province), page=PageRequest()).total == 2
    assert state(province, far) == "waiting"


def test_the_number_is_told_once(province: Province) -> None:
    ask(province)
    ctx = agent(province)
    assert operations.take_next_request(ctx).msisdn == "13800138000"
    assert operations.take_next_request(ctx).msisdn == "•••", "the same request, asked again"
    for entry in JournalEntry.objects.filter(command__startswith="care."):
        assert "13800138000" not in str(entry.arguments) + str(entry.answer)


def test_a_line_waits_once_and_keeps_its_place(province: Province) -> None:
    first = ask(province)
    ask(province, OTHER, 1)
    assert ask(province, seconds=5) == first
    operations.take_request(agent(province), request=first)
    assert ask(province, seconds=6) == first, "while somebody talks with them, too"
    operations.finish_request(agent(province), request=first, reason="done")
    again = ask(province, seconds=7)
    assert again != first and queries.ahead_of(province.system(), request=again) == 1
    assert ask(province, Personal("")) != ask(province, Personal(""))


def test_what_is_refused(province: Province) -> None:
    assert refusal(lambda: ask(province, Personal("123"))) == "ordering.not_a_mobile_number"
    assert refusal(lambda: ask(province, language="fr")) == "care.language_unknown"
    mine = ask(province)
    far = agent(province, "luoyang", "4103")
    assert refusal(lambda: operations.take_next_request(far)) == "care.nobody_waits"
    assert (
        refusal(lambda: operations.take_request(far, request=mine)) == "care.agent_request_unknown"
    )
    other = agent(province, "province")
    assert (
        refusal(lambda: operations.finish_request(other, request=mine, reason="x"))
        == "care.request_not_so"
    )
    operations.take_request(agent(province), request=mine)
    assert refusal(lambda: operations.take_request(other, request=mine)) == "care.request_not_so"
    assert (
        refusal(lambda: operations.finish_request(other, request=mine, reason="x"))
        == "care.anothers_talk"
    )
    operations.abandon_request(province.system(), request=mine)
    assert (
        refusal(lambda: operations.abandon_request(province.system(), request=mine))
        == "care.request_not_so"
    )


def test_nobody_waits_for_ever(province: Province) -> None:
    waiting, talking = ask(province), ask(province, OTHER)
    operations.take_request(agent(province), request=talking)
    schedule.run("care.sweep", NOON + rules.PATIENCE - timedelta(seconds=1))
    assert (state(province, waiting), state(province, talking)) == ("waiting", "taken")
    schedule.run("care.sweep", NOON + rules.PATIENCE)
    assert (state(province, waiting), state(province, talking)) == ("abandoned", "abandoned")
