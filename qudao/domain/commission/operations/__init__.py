"""Write policies: drafts, decisions, configuration, verification, effect, trials."""

from qudao.domain.commission.operations.configuring import configure_policy
from qudao.domain.commission.operations.deciding import approve_policy, reject_policy
from qudao.domain.commission.operations.drafting import (
    change_policy,
    draft_policy,
    propose_policy,
)
from qudao.domain.commission.operations.effect import (
    drop_version,
    make_policy_effective,
    withdraw_policy,
)
from qudao.domain.commission.operations.trials import ask_trial, finish_trial, note_trial
from qudao.domain.commission.operations.verifying import verify_policy

__all__ = [
    "approve_policy",
    "ask_trial",
    "change_policy",
    "configure_policy",
    "draft_policy",
    "drop_version",
    "finish_trial",
    "make_policy_effective",
    "note_trial",
    "propose_policy",
    "reject_policy",
    "verify_policy",
    "withdraw_policy",
]
