"""What is done with each item, and what is left of it when it is done."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from qudao.domain.care import operations as care
from qudao.domain.care.models import Complaint
from qudao.domain.care.types import ComplaintId
from qudao.domain.ledger.models import Account, Posting
from qudao.domain.ordering.models import Order
from qudao.journeys.menu.item import items
from qudao.kernel.numbers import receipt_number
from qudao.kernel.period import business_date
from qudao.kernel.personal import Personal
from qudao.platform.commands.models import JournalEntry
from tests.halls.driver import World
from tests.stocked import PREFIX

OWN: Final = "{msisdn}"
"""Stands for the caller's own number in an answer, `{pin}` for the PIN of a recharge card."""


@dataclass(frozen=True)
class Case:
    """An item, and what a customer answers; choices by how they begin on the screen."""

    item: str
    answers: dict[str, str] = field(default_factory=dict, hash=False)
    varies: dict[str, str] = field(default_factory=dict, hash=False)
    """Facts that are not the same each time, and how they begin."""
    rests: bool = False
    """It is done with the line that its customer has suspended."""
    before: Callable[[World], None] | None = None
    """What somebody else does before it."""

    @property
    def item_word(self) -> str:
        return items[self.item].keywords[0]

    def line(self, world: World) -> str:
        """Whose it is."""
        return world.resting if self.rests else world.msisdn

    def answered(self, world: World) -> dict[str, str]:
        """The answers in a world."""
        tomorrow = business_date(datetime.now(UTC)) + timedelta(days=1)
        known = {
            "msisdn": self.line(world),
            "pin": world.pins[-1],
            "add_on": world.add_on,
            "tomorrow": f"{tomorrow:%m-%d}",
            "complaint": _complaint().number if "{complaint}" in self.answers.values() else "",
        }
        return {code: text.format(**known) for code, text in self.answers.items()}


def _complaint() -> Complaint:
    """The one that was opened last."""
    return Complaint.objects.unscoped("the world's own").order_by("opened_at")[:1].get()


def _answered(world: World) -> None:
    """Customer service answers the complaint."""
    complaint = ComplaintId(_complaint().pk)
    care.take_complaint(world.province.system(), complaint=complaint)
    words = Personal("多收的费用已退回。")
    care.answer_complaint(world.province.system(), complaint=complaint, answer=words)


SHOP: Final = {"branch": "郑州", "district": "中原", "shop": "HALL"}
COME: Final = {**SHOP, "day": "{tomorrow}"}

CASES: Final = (
    Case("balance"),
    Case("bill"),
    Case("plan"),
    Case("top_up", {"msisdn": OWN, "amount": "50"}),
    Case("bill_payment", {"msisdn": OWN, "amount": "20"}),
    Case("plan_change", {"offering": "动感地带18"}),
    Case("add_on", {"offering": "10MB"}),
    Case("card_recharge", {"msisdn": OWN, "pin": "{pin}"}),
    Case("bind_card", {"act": "换绑"}),
    Case("offers", {"sort": "套餐", "offering": "动感地带18"}),
    Case(
        "choose_number",
        {"wish": "普通号码", "number": PREFIX},
        varies={"number": PREFIX, "until": "20"},
    ),
    Case("outlets", {"branch": "郑州", "district": "中原"}),
    Case("bill_detail", {"month": "20"}),
    Case("usage"),
    Case("points"),
    Case("puk"),
    Case("add_on_cancel", {"add_on": "{add_on}"}),
    Case("my_offers"),
    Case("campaign", {"campaign": "-"}),
    Case(
        "account_opening",
        {
            **COME,
            "wish": "普通号码",
            "number": PREFIX,
            "plan": "动感地带18",
            "slot": "10:00",
        },
        varies={"number": PREFIX},
    ),
    Case("sim_swap_appointment", {**COME, "slot": "09:00"}),
    Case("appointment", {"appointment": "{tomorrow} 09:00", "act": "取消"}),
    Case(
        "complaint",
        {"category": "费用争议", "words": "上月多收了费用。"},
        varies={"due": "20"},
    ),
    Case("complaint_state", {"number": "{complaint}"}),
    Case(
        "complaint_reopen",
        {"number": "{complaint}", "words": "费用没有退回。"},
        varies={"due": "20"},
        before=_answered,
    ),
    Case("agent", {"msisdn": OWN}),
    Case("suspend"),
    Case("resume", rests=True),
    Case("language", {"language": "中文"}),
)


@dataclass(frozen=True)
class Left:
    """What is left of it in the books, but for ids, times, and which hall it was."""

    orders: tuple[Any, ...]
    postings: tuple[Any, ...]
    journal: tuple[Any, ...]
    receipts: tuple[str, ...]
    """The receipt numbers of its orders."""


@dataclass
class Books:
    """Reads what has been added since the last look."""

    orders: int = 0
    postings: int = 0
    journal: int = 0

    def look(self) -> Left:
        orders = list(
            Order.objects.unscoped("all that there are").order_by("ordered_at", "id")[self.orders :]
        )
        postings = list(Posting.objects.order_by("id")[self.postings :])
        journal = list(JournalEntry.objects.order_by("id")[self.journal :])
        self.orders += len(orders)
        self.postings += len(postings)
        self.journal += len(journal)
        return Left(
            orders=tuple(map(_order, orders)),
            postings=tuple(map(_posting, postings)),
            journal=tuple(_journal(journal)),
            receipts=tuple(receipt_number(one.business_date, one.hold_id) for one in orders),
        )


_OWN_EACH: Final = frozenset({"reference", "minutes"})
"""By its reference the other side of a payment knows it; a number is held from now on."""
_APART: Final = ("credential.", "callers.", "care.record_interactions", "identity.", "wallet.close")
"""How somebody is identified is the front's business, and contacts name the front."""
_MEANS: Final = frozenset({"bound", "page", "card", "cash"})
_ID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_FREE: Final = re.compile(rf"{PREFIX}\d{{4}}")
"""Of free numbers everybody is proposed others."""
_TIME: Final = re.compile(r"\d{4}-\d{2}-\d{2}T[\d:.]+(Z|[+-]\d{2}:?\d{2})?")


def _journal(rows: Iterable[JournalEntry]) -> Iterator[tuple[Any, ...]]:
    seen = []
    for one in rows:
        row = (one.command, _plain(one.arguments), _plain(one.events))
        # Who has one question more, about the way to pay, looks the customer up once more.
        if one.command.startswith(_APART) or (one.command == "customers.look_up" and row in seen):
            continue
        seen.append(row)
        yield row


def _order(one: Order) -> tuple[Any, ...]:
    product = str(one.version_id)
    return one.business, product, one.msisdn, one.amount, one.debit, one.state


def _posting(one: Posting) -> tuple[Any, ...]:
    kinds = dict(
        Account.objects.filter(id__in=[one.source_id, one.target_id]).values_list("id", "kind")
    )
    source, target = (
        "means" if kinds[id] in _MEANS else kinds[id] for id in (one.source_id, one.target_id)
    )
    return source, target, one.amount, one.phase, one.kind


def _plain(value: Any) -> Any:
    """A value without ids, times and ways to pay."""
    match value:
        case dict():
            return {key: key if key in _OWN_EACH else _plain(one) for key, one in value.items()}
        case list():
            return [_plain(one) for one in value]
        case str() if value in _MEANS:
            return "means"
        case str():
            return _FREE.sub("number", _TIME.sub("time", _ID.sub("id", value)))
    return value
