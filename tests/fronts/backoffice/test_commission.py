"""Commission policies at the back office: written, decided on, verified, tried out."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from qudao.domain.commission import operations as commission
from qudao.domain.commission import queries
from qudao.domain.commission.models import Policy, PolicyVersion, Settlement, Statement, Trial
from qudao.domain.commission.queries import red_team
from qudao.domain.commission.types import Prices, RuleDraft, TrialKind
from qudao.kernel.period import business_date
from qudao.platform.lake.manifests import inputs_of, to_json
from tests.domain.commission.policies import Offices, draft, fee
from tests.fronts.backoffice.conftest import Enter, do, now, page, text
from tests.province import Province

pytestmark = pytest.mark.django_db

SCREEN = "commission_policy"


def first_day() -> str:
    return (business_date(now()).replace(day=1) + timedelta(days=32)).replace(day=1).isoformat()


def form(*rules: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A policy with one plan, as the page would send it."""
    data: dict[str, Any] = {
        "branch": "4101",
        "edition": "0",
        "request_key": "k1",
        "name_zh": "充值酬金",
        "name_en": "Top-up commission",
        "kind": "basic",
        "first_day": first_day(),
        "plans": "1",
        "p0.name_zh": "社会渠道",
        "p0.name_en": "Social channels",
        "p0.ownership": ["social"],
        "p0.rules": str(len(rules)),
    }
    for n, rule in enumerate(rules):
        data |= {f"p0.r{n}.{name}": value for name, value in rule.items()}
    return {**data, **more}


TOPUP = {
    "scheme": "percentage",
    "code": "topup",
    "name_zh": "充值手续费",
    "name_en": "Top-up fee",
    "rounding": "half_up",
    "unit": "fen",
    "t.businesses": ["top_up"],
    "t.rate_ppm": "0.8",
    "t.stars.rows": "1",
    "t.stars.0.star": "5",
    "t.stars.0.coefficient_ppm": "1.2",
    "t.districts.rows": "0",
}
REVENUE = {
    "scheme": "revenue",
    "code": "revenue",
    "name_zh": "收入分成",
    "name_en": "Revenue share",
    "rounding": "half_up",
    "unit": "fen",
    "t.first_age": "1",
    "t.last_age": "18",
    "t.bands.rows": "2",
    "t.bands.0.least": "0",
    "t.bands.0.below": "10",
    "t.bands.0.rate_ppm": "6",
    "t.bands.1.least": "20",
    "t.bands.1.below": "",
    "t.bands.1.rate_ppm": "8",
    "t.reach": "whole",
    "t.gate.on": "on",
    "t.gate.calls": "1",
    "t.stars.rows": "0",
    "t.districts.rows": "0",
}


def write(client: Client, data: dict[str, Any], order: str) -> Any:
    return client.post(reverse("admin:policy_new"), {**data, "do": order})


def test_a_policy_is_written_row_by_row(enter: Enter) -> None:
    client = enter("supervisor")
    chosen = client.get(reverse("admin:policy_new"))
    assert "Zhengzhou" in text(chosen) and "The province" not in text(chosen)
    begun = client.get(reverse("admin:policy_new"), {"branch": "4101"})
    assert 'name="p0.name_zh"' in begun.content.decode()
    added = write(client, {**form(), "p0.scheme": "revenue"}, "add:p0")
    body = added.content.decode()
    assert 'name="p0.r0.code"' in body and 'value="revenue-1"' in body
    row = write(client, form(TOPUP), "add:p0.r0.t.stars")
    assert 'name="p0.r0.t.stars.1.star"' in row.content.decode()
    dropped = write(client, form(TOPUP), "drop:p0.r0.t.stars.0")
    assert 'name="p0.r0.t.stars.0.star"' not in dropped.content.decode()
    assert not Policy.objects.exists(), "nothing is stored meanwhile"
    saved = write(client, form(TOPUP), "save")
    assert saved.status_code == 302, text(saved)
    made = Policy.objects.get()
    rule = PolicyVersion.objects.get().content["plans"][0]["rules"][0]
    assert rule["terms"]["rate_ppm"] == 8_000
    assert rule["terms"]["stars"] == [{"star": 5, "coefficient_ppm": 1_200_000}]
    shown = text(page(client, SCREEN, made.pk))
    assert "Businesses: Top-up; Share: 0.8 %" in shown and "Social channel" in shown
    assert "Star 5, Coefficient × 1.2" in shown
    again = client.get(reverse("admin:policy_edit", args=[made.pk])).content.decode()
    assert 'name="p0.r0.t.rate_ppm" value="0.8"' in again.replace('id="p0.r0.t.rate_ppm" ', "")


def test_what_is_wrong_is_said_beside_its_field_in_both_languages(enter: Enter) -> None:
    client = enter("supervisor")
    gap = write(client, form(REVENUE), "save")
    assert gap.status_code == 422 and not Policy.objects.exists()
    assert "Between ¥10.00 and ¥20.00 nothing would be paid" in text(gap)
    typo = write(client, form({**TOPUP, "t.rate_ppm": "much"}, first_day="soon"), "save")
    assert "Enter a rate in per cent" in text(typo) and "Enter a date" in text(typo)
    assert 'value="much"' in typo.content.decode(), "what was typed stays"
    chinese = enter("supervisor", "zh-hans")
    assert "之间不会支付任何酬金" in text(write(chinese, form(REVENUE), "look"))


def test_the_way_to_effect_in_the_office(province: Province, enter: Enter) -> None:
    supervisor = enter("supervisor")
    assert write(supervisor, form(TOPUP), "save").status_code == 302
    row = Policy.objects.get()
    assert do(supervisor, SCREEN, "propose", row.pk, key="k0", remark="please").status_code == 302
    assert "Propose" not in text(page(supervisor, SCREEN, row.pk)).split("At a glance")[0]
    refused = do(supervisor, SCREEN, "approve-marketing", row.pk, key="k2", remark="")
    assert refused.status_code == 403
    assert do(enter("marketing"), SCREEN, "approve-marketing", row.pk, remark="").status_code == 302
    back = do(enter("finance"), SCREEN, "reject", row.pk, reason="too dear")
    assert back.status_code == 302
    assert "too dear" in text(page(supervisor, SCREEN, row.pk))
    do(supervisor, SCREEN, "propose", row.pk, key="k3", remark="")
    do(enter("marketing"), SCREEN, "approve-marketing", row.pk, key="k4", remark="")
    do(enter("finance"), SCREEN, "approve-finance", row.pk, key="k5", remark="")
    commission.configure_policy(Offices(province, at=now()).support(), policy=row.pk)

    address = reverse("admin:policy_verify", args=[row.pk])
    assert "The configured rules are computed" in text(supervisor.get(address))
    month = first_day()[:7]
    case = {
        "request_key": "k6",
        "cases": "1",
        "c0.name": "five stars",
        "c0.month": month,
        "c0.branch": "4101",
        "c0.kind": "agency_point",
        "c0.star": "5",
        "c0.tier": "1",
        "c0.rows": "1",
        "c0.0.what": "sale",
        "c0.0.day": first_day(),
        "c0.0.business": "top_up",
        "c0.0.amount": "100",
        "c0.0.expected": "0.80",
    }
    tried = text(supervisor.post(address, {**case, "do": "try"}))
    assert "¥0.96" in tried and "not as expected" in tried and "120 %" in tried
    failed = supervisor.post(address, {**case, "do": "verify"})
    assert failed.status_code == 409 and "¥0.80 were expected" in text(failed)
    more = supervisor.post(address, {**case, "do": "add:c0.reversal"})
    assert 'name="c0.1.of"' in more.content.decode()
    for language in (1, 0):
        supervisor = enter("supervisor", "zh-hans" if language else "en")
        _bad_cases(supervisor, language, address, case)
    right = {**case, "c0.0.expected": "0.96", "do": "verify", "request_key": "k7"}
    assert supervisor.post(address, right).status_code == 302
    assert do(supervisor, SCREEN, "effective", row.pk, key="k8", remark="").status_code == 302
    assert queries.version(province.system(), row.pk).state == "effective"
    listed = text(supervisor.get(reverse("admin:commission_policy_changelist")))
    assert "Effective" in listed and "4101-" in listed


def _bad_cases(client: Client, language: int, address: str, case: dict[str, str]) -> None:
    """What cannot be is said at its row; what was typed stays."""
    second = {**case, "c0.rows": "2", "c0.1.day": case["c0.0.day"], "c0.1.what": "reversal"}
    found = {**second, "c0.1.what": "verdict", "c0.1.verdict": "suspected_lines"}
    for sent, *said in (
        ({**case, "c0.rows": "0"}, "it has no rows", "没有任何行"),
        ({**case, "c0.0.what": "rain"}, "Choose a fact of the list.", "请从列表中选择事实类型"),
        ({**second, "c0.1.of": "7"}, "no such sale to take back", "没有这样一笔可返销的销售"),
        ({**found, "c0.1.share": "100.01"}, "from 0 to 100 %", "0 到 100 %"),
        ({**found, "c0.1.share": "much"}, "Enter a rate in per cent", "请输入百分比"),
        ({**case, "c0.0.times": "5001"}, "one to 5,000 facts", "1 到 5000 个事实"),
    ):
        answer = client.post(address, {**sent, "do": "verify"})
        assert answer.status_code == 422 and said[language] in text(answer)
    kept = client.post(address, {**second, "c0.1.of": "7", "do": "verify"}).content.decode()
    assert 'value="7"' in kept and 'id="c0.1.what_error"' in kept
    taken = {**second, "c0.0.expected": "0", "c0.1.of": "1", "do": "try"}
    assert ("not as expected", "与预期不符")[language] not in text(client.post(address, taken))
    dropped = client.post(address, {**second, "c0.1.of": "1", "do": "drop:c0.0"})
    assert 'name="c0.0.of" type="text" value=""' in dropped.content.decode()


def test_others_see_nothing_of_a_branchs_policy(province: Province, enter: Enter) -> None:
    policy = Offices(province).drafted()
    there = enter("luoyang")
    assert page(there, SCREEN, policy).status_code == 404
    for view in ("policy_edit", "policy_trials", "policy_verify", "policy_configure"):
        assert there.get(reverse(f"admin:{view}", args=[policy])).status_code == 404
    keeper = enter("keeper")
    assert keeper.get(reverse("admin:commission_policy_changelist")).status_code == 403


def test_trials_are_asked_for_and_shown(province: Province, enter: Enter) -> None:
    offices = Offices(province)
    policy = offices.drafted()
    client = enter("supervisor")
    home = reverse("admin:policy_trials", args=[policy])
    assert "No trials yet" in text(client.get(home))
    ask = reverse("admin:policy_trial_ask", args=[policy, "what-if"])
    none = client.post(ask, {"request_key": "k1"})
    assert none.status_code == 422
    month = (business_date(now()).replace(day=1) - timedelta(days=1)).replace(day=1).isoformat()
    asked = client.post(ask, {"request_key": "k1", "months": [month]})
    assert asked.status_code == 302
    row = Trial.objects.get()
    address = reverse("admin:policy_trial", args=[row.pk])
    assert "It waits for a worker" in text(client.get(address))
    result = {
        "months": [{"month": month, "current": 100_00, "draft": 150_00}],
        "rules": [{"key": "topup", "current": 100_00, "draft": 150_00}],
        "branches": [{"key": "4101", "outlets": 2, "current": 100_00, "draft": 150_00}],
        "kinds": [{"key": "agency_point", "outlets": 2, "current": 100_00, "draft": 150_00}],
        "stars": [{"key": "0", "outlets": 2, "current": 100_00, "draft": 150_00}],
        "outlets": 2,
        "winners": 1,
        "losers": 0,
        "won": 50_00,
        "lost": 0,
        "most_won": [[1, "410102000001", "4101", "agency_point", 0, 50_00, 100_00]],
        "most_lost": [],
    }
    rows = [[1, "410102000001", "4101", "agency_point", 0, 50_00, 100_00]]
    commission.finish_trial(
        province.system(), trial=row.pk, result=result, outlets=queries.packed(rows)
    )
    shown = text(client.get(address))
    assert "+¥50.00" in shown and "410102000001" in shown and "Zhengzhou" in shown
    file = client.get(reverse("admin:policy_trial_file", args=[row.pk, "csv"]))
    assert "410102000001" in file.content.decode("utf-8-sig")
    live = client.get(reverse("admin:policy_trial_live", args=[row.pk]))
    assert live.status_code == 204
    assert enter("luoyang").get(address).status_code == 404


def test_what_the_red_team_found_is_shown(province: Province, enter: Enter) -> None:
    policy = Offices(province).drafted(draft(activation()))
    record = queries.version(province.system(), policy)
    finding, _best = red_team.red_team(
        record.draft, record.draft.plans, Prices(5_00, 2_00, 0), kinds=("retention", "window")
    )
    asked = commission.ask_trial(
        province.system(),
        policy=policy,
        kind=TrialKind.RED_TEAM,
        months=(date(2026, 10, 1),),
        question={},
    )
    alike = {"outlet": 1, "all": 9, "alike": 8, "node_code": "410102000001", "branch": "4101"}
    result = {**finding, "alike": [alike], "looked_at": ["2026-10-01"]}
    commission.finish_trial(province.system(), trial=asked, result=result)
    client = enter("supervisor")
    shown = text(client.get(reverse("admin:policy_trial", args=[asked])))
    assert "It can be gamed" in shown and "+¥13.00" in shown and "410102000001" in shown
    assert "35 %" in shown and "¥20.00 → ¥7.00" in shown
    assert "Longer retention" in shown and "Instalments by age" in shown
    assert "Claw-back window" in shown and shown.count("closes it") == 3, (
        "a heading, and both gates"
    )
    body = enter("supervisor", "zh-hans").get(reverse("admin:policy_trial", args=[asked]))
    assert "追扣期" in text(body) and "可堵住" in text(body)
    assert "该政策可被套利" in text(body) and "每户酬金" in text(body)


def test_a_trial_says_which_months_lack_what(province: Province, enter: Enter) -> None:
    policy = Offices(province).drafted()
    lacking = {"lacking": {"2026-10-01": ["outlets", "subscribers"]}}
    prices = {"card": 0, "use": 0, "floor": 0, "resale_ppm": 0}
    finding = {"plans": [], "prices": prices, "alike": [], "looked_at": []}
    pages: list[str] = []
    for kind, fault, result in (
        ("what_if", "lacking", lacking),
        ("red_team", "", {**finding, **lacking}),
        ("what_if", "failed", {}),
        ("what_if", "lake.amount_too_large", {}),
    ):
        asked = commission.ask_trial(
            province.system(),
            policy=policy,
            kind=TrialKind(kind),
            months=(date(2026, 10, 1),),
            question={},
        )
        commission.finish_trial(province.system(), trial=asked, result=result, fault=fault)
        pages.append(reverse("admin:policy_trial", args=[asked]))
    for language, month, wanted in (
        ("en", "October 2026 (Outlets", ("came to nothing", "No outlets", "its log", "too_large")),
        ("zh-hans", "2026年10月（网点", ("未能得出结果", "网点未查看", "日志", "too_large")),
    ):
        client = enter("supervisor", language)
        shown = [text(client.get(page)) for page in pages]
        assert all(one in each for one, each in zip(wanted, shown, strict=True))
        assert [month in each for each in shown] == [True, True, False, False]


def activation() -> RuleDraft:
    return replace(fee("act"), scheme="activation", terms={"fee": 20_00, "gate": None})


def test_a_month_that_is_not_approved_yet_shows_what_was_earned(
    province: Province, enter: Enter
) -> None:
    settled = Settlement.objects.create(
        id=uuid4(),
        province_id=province.organizations["41"],
        month=date(2026, 10, 1),
        state="computed",
        versions=to_json(inputs_of([])).decode(),
        made_at=now(),
        made_by=uuid4(),
    )
    statement = Statement.objects.create(
        id=uuid4(),
        settlement=settled,
        outlet_id=province.agent,
        branch_id=province.organizations["4101"],
        number=1,
        earned=12_34,
        net=12_34,
        way="wallet",
        payee="company",
    )
    address = reverse("admin:commission_month", args=[settled.pk])

    def series() -> dict[str, list[int]]:
        page = enter("finance").get(address).content.decode()
        (spec,) = re.findall(
            r'<script id="commission" type="application/json">(.*?)</script>', page
        )
        return {one["name"]: one["values"] for one in json.loads(spec)["series"]}

    assert series() == {"Earned": [12_34]}
    Settlement.objects.unscoped("a test").filter(pk=settled.pk).update(problem="failed")
    told = text(enter("finance").get(address))
    assert "did not come to its end" in told and "the worker's log tells" in told
    rows = Statement.objects.unscoped("a test")
    rows.filter(pk=statement.pk).update(state="payable")
    assert series() == {"Payable": [12_34]}, "then, where it is"
    provinces = [
        reverse(f"admin:{name}")
        for name in ("commission_newest", "commission_settlement_changelist")
    ]
    finance, supervisor = enter("finance"), enter("supervisor")
    for client, there in ((finance, True), (supervisor, False)):
        menu = client.get(reverse("admin:index")).content.decode()
        assert [f'href="{one}"' in menu for one in provinces] == [there, there]
    assert finance.get(provinces[1]).status_code == 200
    assert supervisor.get(provinces[1]).status_code == 403
    own = reverse("admin:commission_statement_change", args=[statement.pk])
    month = reverse("admin:commission_settlement_change", args=[settled.pk])
    for client, there in ((finance, True), (supervisor, False)):
        assert (f'href="{month}"' in client.get(own).content.decode()) is there
