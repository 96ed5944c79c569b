"""Pure rules of policies: documents, what is wrong with one, what overlaps, what differs."""

from qudao.domain.commission.rules.cases import (
    MOST_CASES,
    age,
    case_problem,
    earned,
    first_difference,
)
from qudao.domain.commission.rules.checks import Known, problems_of
from qudao.domain.commission.rules.differences import differences
from qudao.domain.commission.rules.document import case_of, draft_of, lines_of, plans_of, stored
from qudao.domain.commission.rules.gaming import landmarks
from qudao.domain.commission.rules.overlaps import Paid, findings_of, meet

__all__ = [
    "MOST_CASES",
    "Known",
    "Paid",
    "age",
    "case_of",
    "case_problem",
    "differences",
    "draft_of",
    "earned",
    "findings_of",
    "first_difference",
    "landmarks",
    "lines_of",
    "meet",
    "plans_of",
    "problems_of",
    "stored",
]
