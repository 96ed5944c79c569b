"""What can be granted: permissions to read, and the commands that belong together."""

from __future__ import annotations

from qudao.platform.identity.roles import Permission
from qudao.site.system_grants import SYSTEM_ONLY as SYSTEM_ONLY

PERMISSIONS = (
    Permission("office.enter", "进入管理后台", "Enter the back office"),
    Permission("party.read", "查看组织与人员", "See organizations and members"),
    Permission("identity.read", "查看账号、令牌与会话", "See accounts, tokens and sessions"),
    Permission("saleschannel.read", "查看网点", "See outlets"),
    Permission("catalog.read", "查看产品目录", "See the catalogue"),
    Permission("echannel.read", "查看电子厅菜单", "See the menus of the halls"),
    Permission("ordering.read", "查看订单", "See orders"),
    Permission("wallet.read", "查看钱包", "See wallets"),
    Permission("resource.read", "查看号码资源", "See numbers"),
    Permission("stock.read", "查看库存", "See goods"),
    Permission("stock.read_value", "查看库存金额与毛利", "See what goods cost and bring"),
    Permission("payment.read", "查看收款与钱箱", "See payments and cash drawers"),
    Permission("checkout.read", "查看客户支付（脱敏）", "See customers' payments, masked"),
    Permission("customer.read", "查看客户与受理单（脱敏）", "See customers and dossiers, masked"),
    Permission(
        "care.read",
        "查看接触记录、投诉、预约与人工排队（脱敏）",
        "See contacts, complaints, appointments and who waits for a person, masked",
    ),
    Permission(
        "credential.read", "查看服务密码状态与规则", "See lines' credentials and their rules"
    ),
    Permission("processes.read", "查看流程与待办", "See processes and the worklist"),
    Permission("kiosk.serve", "运行自助终端页面", "Show a kiosk's pages to customers"),
    Permission("journal.read", "查看操作日志", "See the journal"),
    Permission("commands.read", "查看待审批事项", "See what waits for approval"),
)

READ_SALES = frozenset(
    {
        "party.read",
        "saleschannel.read",
        "catalog.read",
        "ordering.read",
        "wallet.read",
        "customer.read",
        "stock.read",
        "resource.read",
    }
)
READ_OFFICE = READ_SALES | {
    "checkout.read",
    "commands.read",
    "echannel.read",
    "office.enter",
    "payment.read",
    "processes.read",
}
DECIDE = frozenset({"commands.read", "commands.approve", "commands.decline"})

SELL = frozenset(
    {
        "resource.reserve",
        "resource.release",
        "customers.look_up",
        "ordering.sell",
        "ordering.reverse",
        "ordering.print_receipt",
        "opening.open",
        "lines.swap_sim",
        "lines.change_number",
        "lines.cancel",
        "cards.sell",
        "cards.sell_any",
        "cards.redeem",
        "lines.end_add_on",
        "goods.sell",
        "goods.sell_with_contract",
        "goods.take_back",
        "goods.receive",
    }
)

IDENTIFY = frozenset(
    {
        "contracts.fetch",
        "customer.open_dossier",
        "customer.identify",
        "customer.dismiss",
        "customer.choose",
        "customer.add_picture",
        "customer.sign",
        "customer.abandon",
    }
)
REVEAL_CUSTOMERS = frozenset({"customer.reveal", "customer.reveal_file"})
KEEP_CUSTOMERS = frozenset({"customer.blacklist", "customer.unblacklist", "customer.correct_name"})

CARE = frozenset(
    {
        "care.read",
        "care.abandon_request",
        "care.answer_complaint",
        "care.close_complaint",
        "care.finish_request",
        "care.note_complaint",
        "care.open_complaint",
        "care.release_complaint",
        "care.reopen_complaint",
        "care.reveal_number",
        "care.take_complaint",
        "care.take_next_request",
        "care.take_request",
        "care.withdraw_complaint",
    }
)
APPOINTMENTS = frozenset(
    {
        "care.read",
        "care.book_appointment",
        "care.cancel_appointment",
        "care.keep_appointment",
        "care.move_appointment",
    }
)
UNLOCK_LINES = frozenset({"credential.read", "credential.unlock"})

TASKS = frozenset(
    {
        "processes.attach",
        "processes.cancel",
        "processes.claim",
        "processes.comment",
        "processes.complete",
        "processes.delegate",
        "processes.release",
        "processes.remind",
        "processes.start",
    }
)
"""Lanes say which of the tasks, and which process may be started."""

PACKS = frozenset({"packs.pack", "packs.unpack"})

MEMBERS = frozenset(
    {
        "party.admit_member",
        "party.add_membership",
        "party.suspend_member",
        "party.resume_member",
        "party.end_membership",
        "party.change_role",
        "party.register_individual",
        "party.correct_individual",
    }
)
ACCOUNTS = frozenset(
    {
        "identity.read",
        "identity.reset_password",
        "identity.set_phone",
        "identity.deactivate",
        "identity.activate",
    }
)
TOKENS = frozenset({"identity.issue_token", "identity.rotate_token", "identity.revoke_token"})
ORGANIZATIONS = frozenset(
    {"party.create_organization", "party.rename_organization", "party.move_organization"}
)
OUTLETS = frozenset(
    {
        "saleschannel.open_outlet",
        "saleschannel.change",
        "saleschannel.sign_contract",
        "saleschannel.move",
        "saleschannel.survey",
        "saleschannel.suspend",
    }
)
OUTLETS_AT_ONCE = frozenset(
    {
        "saleschannel.resume",
        "saleschannel.set_businesses",
        "saleschannel.set_limits",
        "saleschannel.survey",
        "saleschannel.suspend",
    }
)
"""What a branch does with an outlet without a process."""
CHANNEL_PROCESSES = frozenset(
    {"channels.change", "channels.enter", "channels.leave", "saleschannel.survey"}
)
"""To look at a channel on site, and to ask for what happens to it; lanes say who decides."""
OUTLET_DECISIONS = frozenset(
    {
        "saleschannel.activate",
        "saleschannel.resume",
        "saleschannel.close",
        "saleschannel.set_limits",
        "saleschannel.set_businesses",
    }
)
CATALOG = frozenset(
    {
        "catalog.create_offering",
        "catalog.publish_version",
        "catalog.end_version",
        "catalog.set_discount",
        "catalog.shelve",
        "catalog.unshelve",
        "catalog.set_fit",
    }
)
HALL_SWITCH = frozenset({"echannel.switch_off", "echannel.switch_on"})
HALL_MENUS = HALL_SWITCH | {
    "echannel.save_draft",
    "echannel.discard_draft",
    "echannel.publish",
    "echannel.withdraw",
}
WALLETS = frozenset(
    {
        "wallet.open",
        "wallet.adjust",
        "wallet.set_credit_limit",
        "wallet.freeze",
        "wallet.unfreeze",
        "wallet.close_day",
    }
)
CASHIER = frozenset(
    {
        "payment.open_drawer",
        "payment.count_drawer",
        "payment.close_drawer",
        "payment.print_receipt",
        "pay_in.receive",
        "pay_in.take_back",
    }
)
BANK_STATEMENTS = frozenset(
    {"pay_in.import_statement", "pay_in.assign_line", "payment.set_aside_line"}
)
NUMBER_TERMS = frozenset(
    {
        "resource.set_pattern",
        "resource.set_grade",
        "resource.set_grade_price",
        "resource.end_grade_price",
    }
)
NUMBER_KEEPING = frozenset({"resource.load_segments", "resource.load_numbers", "resource.regrade"})
GOODS = frozenset({"stock.create_item", "stock.change_item"})
STOCK_AT_OUTLET = frozenset(
    {
        "counts.close",
        "stock.ask",
        "stock.cancel",
        "stock.cancel_count",
        "stock.close_count",
        "stock.exchange",
        "stock.mark_defective",
        "stock.mark_found",
        "stock.open_count",
        "stock.receive",
        "stock.record_count",
        "stock.replace",
        "stock.return_goods",
        "stock.reveal_pin",
        "stock.reveal_pin_again",
        "stock.set_threshold",
    }
)
STOCK_KEEPING = frozenset(
    {
        "bulk.check_file",
        "bulk.load_file",
        "stock.decide",
        "stock.discard_file",
        "stock.dispatch",
        "stock.load_quantity",
        "stock.load_units",
        "stock.settle_difference",
        "stock.transfer",
        "stock.write_off",
    }
)
STOCK_DECISIONS = frozenset(
    {"stock.reveal_pin_again", "stock.settle_difference", "stock.write_off"}
)
HALLS = frozenset(
    {
        "cards.redeem",
        "care.book_appointment",
        "care.cancel_appointment",
        "care.move_appointment",
        "care.open_complaint",
        "care.read",
        "care.reopen_complaint",
        "care.request_agent",
        "checkout.open",
        "credential.note_look_up",
        "customers.look_up",
        "lines.end_add_on",
        "ordering.sell",
        "party.read",
        "resource.read",
        "resource.release",
        "resource.reserve",
        "saleschannel.read",
        "visits.reserve",
    }
)
"""What customers may do through an electronic hall, at the hall's own outlet."""
