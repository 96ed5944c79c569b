"""
Who may do what: the roles of an operator and its agents, and the permissions to read.

A grant is the name of a command or of a permission below; what is not written here is refused.
Where a role holds is the membership's organization and all below it. `docs/security.md` shows the
same as a table, kept equal by a test.
"""

from __future__ import annotations

from qudao.platform.identity.roles import Role, declare
from qudao.site.grants import (
    ACCOUNTS,
    APPOINTMENTS,
    BANK_STATEMENTS,
    CARE,
    CASHIER,
    CATALOG,
    CHANNEL_PROCESSES,
    DECIDE,
    GOODS,
    HALL_MENUS,
    HALL_SWITCH,
    HALLS,
    IDENTIFY,
    KEEP_CUSTOMERS,
    MEMBERS,
    NUMBER_KEEPING,
    NUMBER_TERMS,
    ORGANIZATIONS,
    OUTLET_DECISIONS,
    OUTLETS,
    OUTLETS_AT_ONCE,
    PACKS,
    PERMISSIONS,
    READ_OFFICE,
    READ_SALES,
    REVEAL_CUSTOMERS,
    SELL,
    STOCK_AT_OUTLET,
    STOCK_DECISIONS,
    STOCK_KEEPING,
    SYSTEM_ONLY,
    TASKS,
    TOKENS,
    UNLOCK_LINES,
    WALLETS,
)
from qudao.site.grants_commission import (
    COMMISSION_ANSWERS,
    COMMISSION_AUTHOR,
    COMMISSION_CONFIGURATION,
    COMMISSION_DECISION,
    COMMISSION_OWN,
    COMMISSION_PERMISSIONS,
    COMMISSION_POINTS,
    COMMISSION_REWARDS,
    COMMISSION_SETTLING,
    COMMISSION_SYSTEM,
    COMMISSION_VERIFICATION,
)

GROUP, PROVINCE, BRANCH, COUNTY, OUTLET = "group", "province", "branch", "county", "outlet"
AT_OUTLETS = frozenset({"outlet_owner", "outlet_clerk", "api_client"})
AT_BRANCHES = AT_OUTLETS | {"kiosk", "channel_manager", "hall_clerk", "stock_keeper"}

ROLES = (
    Role(
        "system",
        "系统",
        "System",
        levels=frozenset(),
        grants=SYSTEM_ONLY | COMMISSION_SYSTEM,
    ),
    Role(
        "hall",
        "电子营业厅",
        "Electronic hall",
        levels=frozenset(),
        grants=HALLS,
    ),
    Role(
        "group",
        "集团公司",
        "Group company",
        levels=frozenset({GROUP}),
        grants=READ_OFFICE | ORGANIZATIONS | MEMBERS | ACCOUNTS | {"journal.read"},
        appoints=frozenset({"province_administrator", "auditor"}),
    ),
    Role(
        "province_administrator",
        "省公司管理员",
        "Province administrator",
        levels=frozenset({PROVINCE}),
        grants=READ_OFFICE
        | COMMISSION_AUTHOR
        | TASKS
        | DECIDE
        | ORGANIZATIONS
        | OUTLETS
        | OUTLET_DECISIONS
        | MEMBERS
        | ACCOUNTS
        | TOKENS
        | HALL_MENUS
        | UNLOCK_LINES
        | {
            "care.read",
            "care.set_desk",
            "journal.read",
            "processes.migrate",
            "wallet.open",
            "wallet.freeze",
            "wallet.unfreeze",
            "credential.set_policy",
        },
        appoints=AT_BRANCHES
        | {
            "marketing",
            "finance",
            "support_centre",
            "customer_service",
            "branch_supervisor",
            "auditor",
        },
    ),
    Role(
        "marketing",
        "市场经营部",
        "Marketing",
        levels=frozenset({PROVINCE, BRANCH}),
        grants=READ_OFFICE
        | COMMISSION_AUTHOR
        | COMMISSION_DECISION
        | COMMISSION_REWARDS
        | {"commission.decide_marketing"}
        | TASKS
        | CATALOG
        | HALL_MENUS
        | NUMBER_TERMS
        | GOODS
        | {"care.read", "stock.read_value"},
    ),
    Role(
        "finance",
        "财务部",
        "Finance",
        levels=frozenset({PROVINCE, BRANCH}),
        grants=READ_OFFICE
        | COMMISSION_DECISION
        | COMMISSION_SETTLING
        | {"commission.decide_finance"}
        | TASKS
        | DECIDE
        | WALLETS
        | BANK_STATEMENTS
        | STOCK_DECISIONS
        | {
            "journal.read",
            "stock.read_value",
            "checkout.settle_by_hand",
            "ordering.reverse",
            "pay_in.receive",
            "payment.close_drawer_of_another",
            "payment.print_receipt",
            "pay_in.take_back",
        },
    ),
    Role(
        "support_centre",
        "业务支援中心",
        "Business support centre",
        levels=frozenset({PROVINCE, BRANCH}),
        grants=READ_OFFICE
        | COMMISSION_CONFIGURATION
        | TASKS
        | TOKENS
        | HALL_SWITCH
        | {
            "journal.read",
            "processes.migrate",
            "identity.read",
            "saleschannel.set_businesses",
            "ordering.print_receipt",
        },
        appoints=frozenset({"api_client", "kiosk"}),
    ),
    Role(
        "customer_service",
        "客服中心",
        "Customer service centre",
        levels=frozenset({PROVINCE, BRANCH}),
        grants=READ_OFFICE
        | TASKS
        | REVEAL_CUSTOMERS
        | KEEP_CUSTOMERS
        | CARE
        | APPOINTMENTS
        | UNLOCK_LINES
        | {"customers.look_up", "ordering.reverse", "ordering.print_receipt", "party.reveal"},
    ),
    Role(
        "branch_supervisor",
        "分公司渠道主管",
        "Branch channel supervisor",
        levels=frozenset({BRANCH}),
        grants=READ_OFFICE
        | COMMISSION_AUTHOR
        | COMMISSION_VERIFICATION
        | TASKS
        | COMMISSION_ANSWERS
        | DECIDE
        | OUTLETS_AT_ONCE
        | MEMBERS
        | ACCOUNTS
        | TOKENS
        | REVEAL_CUSTOMERS
        | KEEP_CUSTOMERS
        | CARE
        | APPOINTMENTS
        | UNLOCK_LINES
        | STOCK_DECISIONS
        | HALL_MENUS
        | {
            "policies.submit",
            "care.set_desk",
            "journal.read",
            "stock.read_value",
            "party.create_organization",
            "party.rename_organization",
            "party.reveal",
            "ordering.reverse",
            "pay_in.receive",
            "payment.close_drawer_of_another",
            "payment.print_receipt",
            "pay_in.take_back",
            "wallet.open",
            "wallet.set_credit_limit",
            "wallet.freeze",
            "wallet.unfreeze",
            "wallet.set_low_balance",
        },
        appoints=AT_BRANCHES,
    ),
    Role(
        "channel_manager",
        "渠道经理",
        "Channel manager",
        levels=frozenset({BRANCH, COUNTY}),
        grants=READ_OFFICE
        | {"commission.read"}
        | TASKS
        | CHANNEL_PROCESSES
        | {"saleschannel.suspend"}
        | MEMBERS
        | ACCOUNTS
        | {
            "care.read",
            "care.set_desk",
            "party.create_organization",
            "wallet.open",
            "wallet.set_low_balance",
        },
        appoints=frozenset({"outlet_owner", "outlet_clerk"}),
    ),
    Role(
        "stock_keeper",
        "仓库管理员",
        "Stock keeper",
        levels=frozenset({PROVINCE, BRANCH, COUNTY}),
        grants=READ_OFFICE
        | TASKS
        | STOCK_AT_OUTLET
        | STOCK_KEEPING
        | NUMBER_KEEPING
        | PACKS
        | {"stock.read_value", "goods.receive"},
    ),
    Role(
        "hall_clerk",
        "营业厅营业员",
        "Hall clerk",
        levels=frozenset({BRANCH, COUNTY, OUTLET}),
        grants=READ_OFFICE
        | SELL
        | IDENTIFY
        | CASHIER
        | STOCK_AT_OUTLET
        | APPOINTMENTS
        | {"care.open_complaint", "callers.reset_at_counter"},
    ),
    Role(
        "outlet_owner",
        "网点店主",
        "Outlet owner",
        levels=frozenset({OUTLET}),
        grants=READ_SALES
        | SELL
        | IDENTIFY
        | STOCK_AT_OUTLET
        | MEMBERS
        | ACCOUNTS
        | TOKENS
        | COMMISSION_OWN
        | {"payment.print_receipt", "wallet.set_low_balance"},
        appoints=frozenset({"outlet_clerk", "api_client"}),
    ),
    Role(
        "outlet_clerk",
        "网点店员",
        "Outlet clerk",
        levels=frozenset({OUTLET}),
        grants=READ_SALES
        | SELL
        | IDENTIFY
        | STOCK_AT_OUTLET
        | COMMISSION_POINTS
        | {"payment.print_receipt"},
    ),
    Role(
        "auditor",
        "审计员",
        "Auditor",
        levels=frozenset({GROUP, PROVINCE, BRANCH}),
        grants=READ_OFFICE
        | {"commission.read", "lake.read"}
        | REVEAL_CUSTOMERS
        | {
            "care.read",
            "care.reveal_number",
            "credential.read",
            "journal.read",
            "identity.read",
            "party.reveal",
        },
    ),
    Role(
        "kiosk",
        "自助终端",
        "Kiosk",
        levels=frozenset({OUTLET}),
        grants=frozenset({"kiosk.serve"}),
    ),
    Role(
        "api_client",
        "接口客户端",
        "API client",
        levels=frozenset({OUTLET}),
        grants=READ_SALES | SELL | IDENTIFY,
    ),
)

declare((*PERMISSIONS, *COMMISSION_PERMISSIONS), ROLES)
