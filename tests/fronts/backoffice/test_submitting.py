"""Policies and channels go their ways from their pages."""

from datetime import date, timedelta

from django.http import HttpResponse

from qudao.domain.commission import operations as commission
from qudao.domain.commission import queries
from qudao.domain.commission.types import PolicyState
from qudao.domain.saleschannel import queries as outlets
from qudao.kernel.period import business_date
from qudao.platform.processes import queries as worklist
from tests.domain.commission.policies import Offices
from tests.fronts.backoffice.conftest import Enter, do, now, text
from tests.province import Province


def test_a_branch_submits_a_policy(province: Province, enter: Enter) -> None:
    policy = Offices(province).drafted()
    assert do(enter("marketing"), "commission_policy", "submit", policy).status_code == 403
    assert do(enter("supervisor"), "commission_policy", "submit", policy).status_code == 302
    assert queries.version(province.system(), policy).state is PolicyState.PROPOSED
    (found,) = worklist.instances_of(province.system(), subject=policy)
    (task,) = worklist.tasks_of(province.system(), instance=found.id)
    assert task.element == "approve_marketing"
    commission.withdraw_policy(province.system(), policy=policy, reason="test")


def test_a_manager_asks_for_a_change_and_for_the_exit(province: Province, enter: Enter) -> None:
    record = outlets.outlet(province.system(), outlet=province.agent)
    data = {
        "name_zh": record.name_zh,
        "name_en": record.name_en,
        "kind": record.kind,
        "place": "410102",
        "market": record.market,
        "address": "2 Low Street",
        "tier": "1",
        "contract_number": record.contract_number,
        "contract_from": "2026-08-22",
        "reason": "moved",
    }
    client = enter("manager")
    wrong = do(client, "saleschannel_outlet", "ask-change", province.agent, **data, longitude="1")
    assert wrong.status_code == 422 and "Enter both coordinates" in text(wrong)
    asked = do(client, "saleschannel_outlet", "ask-change", province.agent, **data)
    assert asked.status_code == 302
    today = business_date(now())

    def leave(day: date, key: str) -> HttpResponse:
        sent = {"key": key, "last_day": day.isoformat(), "reason": "retires"}
        answer: HttpResponse = do(client, "saleschannel_outlet", "leave", province.agent, **sent)
        return answer

    late = leave(today - timedelta(days=1), "k2")
    assert late.status_code == 422 and 'id="id_last_day_error"' in late.content.decode()
    assert "cannot be" in text(late)
    left = leave(today, "k3")
    assert left.status_code == 302
    found = worklist.instances_of(province.system(), subject=province.agent)
    assert {one.process for one in found} == {"channel_change", "channel_exit"}
    (change,) = (one for one in found if one.process == "channel_change")
    work = worklist.work(province.system(), instance=change.id)
    assert work.data["place_changed"] is True
    assert outlets.outlet(province.system(), outlet=province.agent).address == record.address
