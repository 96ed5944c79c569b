"""What can be granted: permissions to read, and the commands that belong together."""

from __future__ import annotations

from qudao.platform.identity.roles import Permission

PERMISSIONS = (
    Permission("office.enter", "进入管理后台", "Enter the back office"),
    Permission("party.read", "查看组织与人员", "See organizations and members"),
    Permission("identity.read", "查看账号、令牌与会话", "See accounts, tokens and sessions"),
    Permission("saleschannel.read", "查看网点", "See outlets"),
    Permission("catalog.read", "查看产品目录", "See the catalogue"),
    Permission("ordering.read", "查看订单", "See orders"),
    Permission("wallet.read", "查看钱包", "See wallets"),
    Permission("resource.read", "查看号码资源", "See numbers"),
    Permission("stock.read", "查看库存", "See goods"),
    Permission("stock.read_value", "查看库存金额与毛利", "See what goods cost and bring"),
    Permission("payment.read", "查看收款与钱箱", "See payments and cash drawers"),
    Permission("customer.read", "查看客户与实名档案（脱敏）", "See customers and dossiers, masked"),
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
READ_OFFICE = READ_SALES | {"office.enter", "payment.read", "commands.read"}
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
        "saleschannel.suspend",
    }
)
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
SYSTEM_ONLY = frozenset(
    {
        "resource.activate",
        "resource.adopt",
        "resource.bind",
        "resource.bind_packed",
        "resource.count",
        "resource.expire",
        "resource.give_back",
        "resource.load_reference",
        "resource.pack",
        "resource.pay",
        "resource.regrade_stale",
        "resource.rest",
        "resource.retire",
        "resource.unpack",
        "customer.submit",
        "customer.complete",
        "customer.fail",
        "customer.end_line",
        "customer.renumber",
        "customer.adopt_line",
        "customer.expire",
        "stock.expire_cards",
        "stock.give_back",
        "stock.hand_over",
        "stock.hold",
        "stock.hold_quantity",
        "stock.load_reference",
        "bulk.examine",
        "bulk.take_in",
        "low_stock.warn",
        "low_stock.warn_expiring",
        "stock.check_file",
        "stock.keep_file",
        "stock.load_file",
        "stock.rehome",
        "stock.start_loading",
        "stock.sweep_files",
        "stock.pack",
        "stock.receive_bought",
        "stock.take_back",
        "stock.take_back_quantity",
        "stock.unpack",
        "stock.unuse_cards",
        "stock.use_card",
        "ledger.post_all",
        "party.create_organizations",
        "payment.record_at_hall",
        "payment.record_line",
        "payment.record_taken_back",
        "payment.take_statement",
        "wallet.credit",
        "wallet.take_back",
        "wallet.refund",
        "identity.create_user",
        "low_balance.warn",
        "messaging.send",
        "catalog.load_reference",
        "saleschannel.load_reference",
        "ordering.beat",
        "ordering.dispatch",
        "ordering.settle",
        "ordering.take_back",
        "fulfilment.conclude",
        "ledger.carry",
        "ledger.open_account",
        "ledger.post",
        "ledger.set_floor",
        "ledger.set_frozen",
        "ledger.squash",
        "ledger.take_back",
        "ledger.uncarry",
        "months.attach",
        "months.detach",
        "wallet.rehome",
    }
)
