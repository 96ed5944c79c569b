"""What can be granted about commission: who writes, decides, configures, verifies."""

from __future__ import annotations

from qudao.platform.identity.roles import Permission

COMMISSION_PERMISSIONS = (
    Permission("lake.read", "查看数据湖文件", "See the lake's files"),
    Permission("commission.read", "查看酬金政策与结算", "See commission policies and settlements"),
    Permission(
        "commission.decide_marketing",
        "代表省公司市场部审批酬金政策",
        "Decide on commission policies for the province's marketing",
    ),
    Permission(
        "commission.decide_finance",
        "代表省公司财务部审批酬金政策",
        "Decide on commission policies for the province's finance",
    ),
)

COMMISSION_AUTHOR = frozenset(
    {
        "commission.read",
        "commission.draft_policy",
        "commission.change_policy",
        "commission.propose_policy",
        "commission.withdraw_policy",
        "trials.ask_red_team",
        "trials.ask_what_if",
    }
)
COMMISSION_DECISION = frozenset(
    {
        "commission.read",
        "commission.approve_policy",
        "commission.reject_policy",
        "trials.ask_red_team",
        "trials.ask_what_if",
    }
)
COMMISSION_CONFIGURATION = frozenset(
    {
        "commission.read",
        "commission.configure_policy",
        "commission.reject_policy",
        "commission.make_policy_effective",
        "policies.configure",
    }
)
COMMISSION_VERIFICATION = frozenset(
    {
        "commission.read",
        "commission.reject_policy",
        "commission.verify_policy",
        "commission.make_policy_effective",
        "policies.verify",
    }
)
COMMISSION_SETTLING = frozenset(
    {
        "commission.read",
        "commission.adjust",
        "commission.answer_dispute",
        "commission.approve_settlement",
        "commission.close_settlement",
        "commission.hand_over_reward",
        "commission.make_payout",
        "commission.open_settlement",
        "commission.send_back_settlement",
        "commission.set_tax",
        "commission.take_answer",
        "lake.read",
        "settling.check",
        "settling.compute",
        "settling.post",
    }
)
COMMISSION_REWARDS = frozenset({"commission.set_reward"})
COMMISSION_ANSWERS = frozenset(
    {"commission.read", "commission.answer_dispute", "commission.hand_over_reward"}
)
COMMISSION_OWN = frozenset(
    {
        "commission.read",
        "commission.dispute_line",
        "commission.redeem_points",
        "commission.set_payout_terms",
        "commission.withdraw_dispute",
    }
)
COMMISSION_POINTS = frozenset({"commission.redeem_points"})
COMMISSION_SYSTEM = frozenset(
    {
        "commission.drop_unfinished",
        "commission.drop_version",
        "commission.give_up",
        "commission.make_some",
        "commission.note_progress",
        "commission.post_some",
        "commission.record_checked",
        "commission.record_computed",
        "commission.record_posted",
        "commission.start_checking",
        "commission.start_computing",
        "commission.start_posting",
        "commission.ask_trial",
        "commission.finish_trial",
        "commission.note_trial",
    }
)
