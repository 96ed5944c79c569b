"""A process gets SIGKILL between any two steps; and two processes take the same confirmation."""

from __future__ import annotations

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

from django.db import connection

from qudao.domain.checkout.types import PaymentState as Is
from qudao.journeys.dialogue import talking
from qudao.journeys.dialogue.types import Message, Screen, ScreenKind, Talk
from tests.boss_process import BossProcess
from tests.journeys.dialogue.hall import orders
from tests.journeys.paying.hall import MSISDN, PaidHall
from tests.journeys.paying.talks import SMS, known, says, talk
from tests.means import Scripted


def killed(what: str, nth: int, t: Talk, message: Message, scripted: Scripted) -> None:
    """A process hears a message and is killed before, or after, the money's holder acts."""
    connection.close()
    child = os.fork()
    if child == 0:
        try:
            scripted.faults.extend([*[""] * nth, f"killed-{what}"])
            talking.step(t, message)
        finally:
            os._exit(1)  # it should not have come here
    _child, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL


def test_nothing_is_lost_or_doubled_by_a_kill(
    committed_hall: PaidHall, scripted: Scripted, open_boss: BossProcess
) -> None:
    hall, done = committed_hall, 0
    for nth, step in enumerate(("authorise", "capture")):
        for what in ("before", "after"):
            for comes_back in (True, False):
                line = open_boss.fresh().msisdn
                t = talk(hall, SMS, known(hall, MSISDN, proved=True))
                shown = says(t, f"CZ {line} 50")
                assert shown.kind is ScreenKind.CONFIRM, shown
                message = Message("1", f"yes-{line}")
                killed(what, nth, t, message, scripted)
                case = f"{what} {step}, comes back: {comes_back}"
                if comes_back:
                    again = talking.step(replace(t, ctx=t.ctx.with_key(f"again-{line}")), message)
                    assert again.kind is ScreenKind.DONE and again.facts["paid"] == "¥50.00", case
                while hall.settle():
                    pass
                paid = hall.payments()[-1]
                if not comes_back and (what, step) == ("before", "authorise"):
                    assert (paid.state, scripted.held(paid.id)) == (Is.RELEASED, "released"), case
                else:
                    done += 1
                    held = scripted.held(paid.id)
                    assert (paid.state, held) == (Is.CAPTURED, "captured"), case
                assert orders() == done, case
                hall.leave(t)


def test_one_confirmation_twice_at_once_pays_and_is_refunded_once(
    committed_hall: PaidHall, scripted: Scripted, open_boss: BossProcess
) -> None:
    hall, line = committed_hall, open_boss.fresh().msisdn
    t = talk(hall, SMS, known(hall, MSISDN, proved=True))
    asked = says(t, f"CZ {line} 50")
    together = Barrier(4)

    def confirm(nth: int) -> Screen:
        own = replace(t, ctx=t.ctx.with_key(f"twice-{nth}"))
        together.wait()
        try:
            return talking.step(own, Message("1", f"yes-{nth}", asked.step), asked.dialogue)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        shown = list(pool.map(confirm, range(4)))
    (paid,) = hall.payments()
    assert {one.order for one in shown} == {paid.order} and orders() == 1
    assert paid.state == Is.CAPTURED and scripted.held(paid.id) == "captured"

    hall.province.refuse(hall.province.dispatch(at=hall.at), at=hall.at)
    hall.province.relay()
    assert hall.payment().state == Is.RETURNING, "the journal has brought it"
    hall.settle()
    assert hall.payment().state == Is.REFUNDED and scripted.held(paid.id) == "refunded"
