"""Why the BOSS will not: every code of refusal, and what a person may be told."""

from __future__ import annotations

from typing import Final

from simulators.boss.orders import Rejected

REASONS: Final = {
    "unknown_number": "号码不存在 / No line has this number",
    "line_terminated": "号码已销户 / The line is terminated",
    "line_suspended": "号码已停机 / The line is suspended",
    "not_suspended": "号码未停机 / The line is not suspended",
    "suspended_for_debt": "号码因欠费停机 / The line is suspended because it is not paid for",
    "add_on_not_active": "业务未开通 / The line does not have this add-on",
    "unknown_product": "产品不存在 / There is no such product",
    "same_plan": "已是该套餐 / The line has this plan already",
    "add_on_active": "业务已开通 / The add-on is active already",
    "add_on_exclusive": "与已开通业务互斥 / Another add-on excludes this one",
    "amount_out_of_range": "金额超出范围 / The amount is out of range",
    "number_in_use": "号码已被使用 / The number is in use already",
    "sim_in_use": "SIM卡已被使用 / The SIM card is in use already",
    "sim_not_ours": "SIM卡号无效或非本网卡 / The SIM card is not one of this operator's",
    "document_over_limit": "该证件开户数已达上限 / The document has as many lines as it may",
    "document_blacklisted": "该证件已列入黑名单 / The document is on the blacklist",
    "card_unknown": "充值卡不存在或未激活 / There is no valid card with this serial",
    "card_used": "充值卡已使用 / The card is used already",
    "card_valid_already": "充值卡已激活 / The card is valid already",
    "card_value_mismatch": "与卡面值不符 / The card is worth another amount",
    "original_not_found": "原交易不存在 / There is no such work to take back",
    "original_not_completed": "原交易未成功 / The work to take back was never done",
    "not_reversible": "该交易不可返销 / Work of this kind is not taken back",
    "already_reversed": "原交易已返销 / It was taken back already",
    "reversal_too_late": "原交易非当日交易 / It was done on an earlier business day",
    "reversal_mismatch": "与原交易不符 / Number or amount differ from the original",
    "balance_used": "余额不足以返销 / What is left of the balance does not cover it",
    "plan_changed_since": "套餐已再次变更 / The plan has changed again since",
    "add_on_ended": "业务已退订 / The add-on has ended since",
}


def rejected(code: str) -> Rejected:
    return Rejected(code, REASONS[code])
