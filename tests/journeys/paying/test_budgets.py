"""How many statements a set of questions and a paid top-up cost."""

from __future__ import annotations

from dataclasses import replace

from qudao.journeys import customers, waiting
from qudao.journeys.dialogue import talking
from qudao.journeys.dialogue.types import Message, Screen, ScreenKind, Talk
from qudao.journeys.paying.selling import try_out
from qudao.journeys.waiting import MustWait
from qudao.platform.commands.models import JournalEntry
from tests.journeys.dialogue.hall import orders
from tests.journeys.paying.hall import MSISDN, PaidHall
from tests.journeys.paying.talks import SMS, known, talk
from tests.platform.commands.test_budgets import Statements

LINES = [f"1383710{nth:04}" for nth in range(20)]


def asked(t: Talk, text: str, key: str) -> tuple[Talk, Message]:
    return replace(t, ctx=t.ctx.with_key(key)), Message(text, key)


def test_what_a_set_asks_is_written_down_in_one_statement(hall: PaidHall, line: str) -> None:
    pairs = [asked(talk(hall, SMS, known(hall, one)), "YE", one) for one in LINES]
    answers = talking.together(pairs)
    waits = [one for one in answers if isinstance(one, MustWait)]
    assert len(waits) == len(LINES)
    with Statements() as statements:
        waiting.write_down(waits)
    assert len(statements.work) == 1
    rows = JournalEntry.objects.filter(command="customers.look_up")
    noted = [row["msisdn"] for row in rows.order_by("id").values_list("arguments", flat=True)]
    assert sorted(noted) == LINES
    with Statements() as statements:
        told = [one.asked() for one in waits]
    assert statements.work == []
    with Statements() as statements:
        screens = talking.together(pairs, [{w.key: t} for w, t in zip(waits, told, strict=True)])
    assert len(statements.work) <= 7
    assert all(isinstance(one, Screen) for one in screens)
    assert rows.count() == len(LINES), "what is known is not asked again"


def test_no_question_keeps_its_set_alive(hall: PaidHall) -> None:
    (wait,) = talking.together([asked(talk(hall, SMS, known(hall, MSISDN)), "YE", "one")])
    assert isinstance(wait, MustWait)
    assert wait.__traceback__ is None


def test_a_paid_top_up(hall: PaidHall, line: str) -> None:
    t = talk(hall, SMS, known(hall, MSISDN, proved=True))
    for nth in range(2):  # what is asked once in a process is known the second time
        shown = talking.step(*asked(t, f"CZ {line} 10", f"quote-{nth}"))
        assert shown.kind is ScreenKind.CONFIRM
        with Statements() as statements:
            done = talking.step(*asked(t, "1", f"yes-{nth}"))
        assert done.kind is ScreenKind.DONE
    assert len(statements.work) <= 21, "\n".join(statements.work)


def test_a_sale_that_is_tried_waits_for_nobody_and_leaves_nothing(hall: PaidHall) -> None:
    before = JournalEntry.objects.count()
    ctx = hall.context()
    try_out(ctx, hall.sale())  # what is asked once in a process is known the second time
    with Statements() as statements:
        try_out(ctx, hall.sale())
    assert len(statements.work) <= 2  # the catalogue's revision, and the sale
    assert JournalEntry.objects.count() == before
    assert orders() == 0


def test_who_may_not_look_is_not_told(hall: PaidHall, line: str) -> None:
    (wait,) = talking.together([asked(talk(hall, SMS, known(hall, line)), "YE", "stale")])
    assert isinstance(wait, MustWait)
    stale = replace(wait.note, ctx=replace(wait.note.ctx.with_key("other"), stamp=77))
    late = MustWait(wait.key, stale, wait.asked)
    waiting.write_down([late, wait])
    assert wait.noted is True
    assert type(late.asked()).__name__ == "AuthorityChanged"
    again = customers.record_look_ups([(wait.note.ctx, customers.LookUp(line))])
    other = customers.record_look_ups([(wait.note.ctx, customers.LookUp(MSISDN))])
    assert again == [True]
    assert [type(one).__name__ for one in other] == ["KeyReused"]
    assert JournalEntry.objects.filter(command="customers.look_up").count() == 1
