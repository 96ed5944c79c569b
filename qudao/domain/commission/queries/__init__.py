"""Read policies, the rules that hold in a month, the schemes' forms, and trials."""

from qudao.domain.commission import rules
from qudao.domain.commission.queries.cases import check, evaluate
from qudao.domain.commission.queries.effective import (
    policies_of,
    rules_by_number,
    rules_drafted,
    rules_of,
)
from qudao.domain.commission.queries.forms import forms
from qudao.domain.commission.queries.overlaps import findings
from qudao.domain.commission.queries.periods import earliest_day
from qudao.domain.commission.queries.policies import (
    cases,
    changes,
    deviations,
    policies,
    policy_by_code,
    problems,
    steps,
    version,
    versions,
    within_scope,
)
from qudao.domain.commission.queries.trials import packed, trial, trial_outlets, trials

check_cases = check
earned = rules.earned

__all__ = [
    "cases",
    "changes",
    "check_cases",
    "deviations",
    "earliest_day",
    "earned",
    "evaluate",
    "findings",
    "forms",
    "packed",
    "policies",
    "policies_of",
    "policy_by_code",
    "problems",
    "rules_by_number",
    "rules_drafted",
    "rules_of",
    "steps",
    "trial",
    "trial_outlets",
    "trials",
    "version",
    "versions",
    "within_scope",
]
