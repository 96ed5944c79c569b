"""The steps of `bench settle`, each run in a process of its own."""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

if TYPE_CHECKING:
    from qudao.domain.commission.types.settlements import SettlementId
    from qudao.platform.commands.context import Context

FINANCE, AUDITOR = UUID(int=1), UUID(int=2)


def month() -> date:
    """The last month that is over."""
    from qudao.kernel.period import business_date, month_of
    from qudao.platform.tables.months import months_on

    return months_on(month_of(business_date(datetime.now(UTC))), -1)


def make(facts: int, outlets: int, branches: tuple[str, ...] | None = None) -> dict[str, Any]:
    """Make the month in the lake, of all branches or some, and the policy in the database."""
    from qudao.platform.lake.open import lake as opened
    from qudao.site.bench.commission import USE_BEFORE
    from qudao.site.bench.lake_month import make_month

    _policy()
    with opened() as lake:
        made = make_month(
            lake, month(), facts=facts, outlets=outlets, earlier=USE_BEFORE, branches=branches
        )
    return {"facts": made.facts, "subscribers": made.subscribers}


def _policy() -> None:
    """Write the rules of `commission_rules` as an effective policy of the province."""
    import msgspec
    from django.db import connection

    from qudao.domain.commission.schemes import written_terms
    from qudao.domain.commission.types import PolicyDraft, PolicyKind
    from qudao.site.bench.commission_rules import rules

    first = date(month().year - 1, 1, 1)
    draft = PolicyDraft("基本酬金", "Basic commission", PolicyKind.BASIC, first, None, ())
    policy, version = uuid4(), uuid4()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO commission_policy"
            " (id, code, kind, name_zh, name_en, created_at, created_by)"
            " VALUES (%s, '41-BENCH', 'basic', '基本酬金', 'Basic commission', now(), %s)",
            [policy, FINANCE],
        )
        cursor.execute(
            "INSERT INTO commission_version (id, policy_id, number, edition, state, state_since,"
            " valid_from, content, author, effective_from, created_at)"
            " VALUES (%s, %s, 1, 1, 'effective', now(), %s, %s, %s, %s, now())",
            [version, policy, first, json.dumps(msgspec.to_builtins(draft)), FINANCE, first],
        )
        for rule in rules():
            cursor.execute(
                "INSERT INTO commission_rule (number, version_id, position, plan_zh, plan_en, code,"
                " name_zh, name_en, scheme, terms, selector, rounding, unit)"
                " VALUES (%s, %s, %s, '全部', 'All', %s, %s, %s, %s, %s, %s, %s, %s)",
                [
                    *(rule.number, version, rule.number, rule.code, rule.code, rule.code),
                    *(rule.scheme, json.dumps(written_terms(rule.terms))),
                    *(json.dumps(msgspec.to_builtins(rule.selector)), rule.rounding, rule.unit),
                ],
            )


def compute() -> dict[str, int]:
    """Compute the lines, and keep what came out for the next step."""
    import msgspec

    from qudao.domain.commission.operations import settlements as commission
    from qudao.domain.commission.queries import computed

    made = computed.compute_month(month(), datetime.now(UTC), lambda done, total: None)
    _kept().write_bytes(msgspec.json.encode(made))
    settlement = commission.open_settlement(by(FINANCE), province=_province(), month=month())
    commission.start_computing(by(FINANCE), settlement=settlement)
    return {"lines": made.lines}


def statements() -> dict[str, int]:
    """Make the statements of the computed lines."""
    import msgspec

    from qudao.domain.commission.operations import recording
    from qudao.domain.commission.queries import settlements as queries
    from qudao.domain.commission.types.settlements import ComputedMonth
    from qudao.journeys import settling

    made = msgspec.json.decode(_kept().read_bytes(), type=ComputedMonth)
    recording.record_computed(by(FINANCE), settlement=_settlement(), computed=made)
    settling.run_making(by(FINANCE), _settlement())
    row = queries.settlement(by(FINANCE), settlement=_settlement())
    return {"statements": row.statements}


def check() -> dict[str, int]:
    """Add everything up again."""
    from qudao.domain.commission.operations import settlements as commission
    from qudao.domain.commission.queries import settlements as queries
    from qudao.journeys import settling

    settlement = _settlement()
    commission.start_checking(by(FINANCE), settlement=settlement)
    settling.run_checking(by(FINANCE), settlement)
    row = queries.settlement(by(FINANCE), settlement=settlement)
    assert row.state == "checked", row.findings
    return {"findings": len(row.findings)}


def post() -> dict[str, int]:
    """Approve and post."""
    from qudao.domain.commission.operations import settlements as commission
    from qudao.domain.commission.queries import settlements as queries
    from qudao.journeys import settling

    settlement = _settlement()
    commission.approve_settlement(by(AUDITOR), settlement=settlement)
    commission.start_posting(by(FINANCE), settlement=settlement)
    settling.run_posting(by(FINANCE), settlement)
    row = queries.settlement(by(FINANCE), settlement=settlement)
    return {"fen": row.net.minor, "points": row.points}


def payout() -> dict[str, int]:
    """Make the files for the banks, branch by branch, and take in that all was paid."""
    from qudao.domain.commission.operations import payouts
    from qudao.domain.commission.queries import payouts as queries
    from qudao.domain.party import queries as party
    from qudao.kernel.page import PageRequest

    files = payments = octets = 0
    for branch in party.organizations(by(FINANCE), PageRequest(200), kinds=["branch"]).items:
        with suppress(payouts.NothingPayable):
            while True:
                made = payouts.make_payout(
                    by(FINANCE),
                    settlement=_settlement(),
                    branch=branch.id,
                    account_number="410000170017",
                    bank_code="102491000005",
                )
                name, content = queries.payout_file(by(FINANCE), payout=made)
                answer = _ANSWER.format(number=name.removesuffix(".xml")).encode()
                assert payouts.take_answer(by(FINANCE), payout=made, content=answer) == 0
                files, octets = files + 1, octets + len(content)
                payments += content.count("<EndToEndId>")
    return {"files": files, "payments": payments, "octets": octets}


_ANSWER = (
    '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.10"><CstmrPmtStsRpt>'
    "<OrgnlGrpInfAndSts><OrgnlMsgId>{number}</OrgnlMsgId><GrpSts>ACSC</GrpSts></OrgnlGrpInfAndSts>"
    "</CstmrPmtStsRpt></Document>"
)


def read() -> dict[str, int]:
    """Open the statements of fifty outlets: sums, the first page of lines, and all lines."""
    from qudao.domain.commission.queries import settlements as queries
    from qudao.kernel.page import PageRequest

    took = []
    page = queries.statements(by(FINANCE), page=PageRequest(50), settlement=_settlement())
    lines = 0
    for one in page.items:
        began = time.monotonic()
        queries.sums(one)
        queries.lines(one, PageRequest(50))
        lines += sum(1 for _line in queries.every_line(one))
        took.append(time.monotonic() - began)
    took.sort()
    return {
        "statements": len(took),
        "lines": lines,
        "p50_ms": round(took[len(took) // 2] * 1000),
        "p95_ms": round(took[len(took) * 95 // 100] * 1000),
    }


def close() -> dict[str, int]:
    """Compare lines, statements, postings and payouts, and close."""
    from qudao.domain.commission.operations import settlements as commission
    from qudao.domain.commission.queries import conservation

    commission.close_settlement(by(FINANCE), settlement=_settlement())
    return {"faults": len(conservation.unsound())}


def by(who: UUID) -> Context:
    """The context of somebody who settles."""
    from qudao.platform.identity.roles import system_context

    return replace(system_context(datetime.now(UTC), f"bench:{uuid4()}"), actor=who)


def _province() -> Any:
    from qudao.journeys import settling

    return settling.provinces(by(FINANCE))[0]


def _settlement() -> SettlementId:
    from qudao.domain.commission.queries import settlements as queries

    row = queries.settlement_of(_province(), month())
    assert row is not None
    return row.id


def _kept() -> Path:
    from django.conf import settings

    return Path(settings.LAKE_FOLDER) / ".computed.json"


def main(what: str, *more: str) -> None:
    """Do one step, and print what it took as JSON."""
    from qudao.site.cli import django_setup

    django_setup()
    if what == "make":
        facts, outlets = map(int, more)
        print(json.dumps(make(facts, outlets)))
        return
    steps: dict[str, Callable[[], dict[str, int]]] = {
        one.__name__: one for one in (compute, statements, check, post, payout, read, close)
    }
    began, cpu = time.monotonic(), time.process_time()
    found = steps[what]()
    report = {
        "wall_s": round(time.monotonic() - began, 2),
        "cpu_s": round(time.process_time() - cpu, 2),
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10,
        "found": found,
    }
    print(json.dumps(report))


if __name__ == "__main__":
    main(*sys.argv[1:])
