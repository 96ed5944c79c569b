"""
The acquirer over HTTP, as two means of checkout: `bound` and `page`.

The callers are threads, the requests run concurrently on one event loop of their own.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable, Coroutine
from functools import cache
from typing import Any, TypeVar
from uuid import UUID

import uvloop

from qudao.domain.checkout.ports import Charge, NotReached, State, Unknown
from qudao.gateways.acquirer import messages
from qudao.gateways.acquirer.link import Connection, Link, Silence
from qudao.gateways.outgoing.breaker import Breaker
from qudao.gateways.outgoing.breaker import State as Breaking
from qudao.gateways.outgoing.wire import Answer
from qudao.kernel.personal import Secret

T = TypeVar("T")


class Acquirer:
    """One acquirer. Thread-safe."""

    def __init__(self, connection: Connection, breaker: Breaker | None = None) -> None:
        self._loop = uvloop.new_event_loop()
        self._link = Link(connection, breaker or Breaker())
        self._thread = threading.Thread(target=self._loop.run_forever, name="acquirer", daemon=True)
        self._thread.start()

    def authorise(self, charge: Charge, method: str) -> State:
        """Hold the amount on a bound card, or have a page made on which it is paid."""
        path, body = messages.path(charge), messages.request(charge, method)
        return _known(charge, self._run(self._link.send("authorise", "PUT", path, body)))

    def do(self, charge: Charge, act: str) -> State:
        """Do something with a payment: `capture`, `void`, `refund`."""
        path = messages.path(charge, act)
        return _known(charge, self._run(self._link.send(act, "POST", path)))

    def ask(self, charge: Charge) -> State:
        """Ask how a payment stands."""
        answer = self._run(self._link.question(messages.path(charge)))
        if isinstance(answer, Silence):
            return Unknown(answer.problem)
        known = _known(charge, answer)
        # Nobody answered the question; that says nothing of what was asked before.
        return Unknown(known.problem) if isinstance(known, NotReached) else known

    def card(self, msisdn: str) -> str:
        """
        Return the last digits of the card that is bound to a line; empty: none is.

        :raises CardsUnavailable: if there is no answer.
        """
        answer = self._run(self._link.question(messages.card(msisdn)))
        return messages.of_line(msisdn, answer, "tail")

    def binding(self, request: UUID, msisdn: str, language: str) -> str:
        """
        Return an address on which a card is bound to a line.

        :raises CardsUnavailable: if there is no answer.
        """
        path, body = messages.binding(request, msisdn, language)
        answer = self._run(self._link.send("bind", "PUT", path, body))
        return messages.of_line(msisdn, answer, "url")

    def unbind(self, msisdn: str) -> None:
        """
        Give a line's card up.

        :raises CardsUnavailable: if there is no answer.
        """
        answer = self._run(self._link.send("unbind", "DELETE", messages.card(msisdn)))
        messages.of_line(msisdn, answer, "tail")

    def breaker_state(self) -> Breaking:
        """How the breaker stands now."""
        return self._link.state()

    def close(self) -> None:
        """End the connections and the event loop; nothing may be asked afterwards."""
        self._loop.call_soon_threadsafe(self._link.close)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()


class AcquirerMeans:
    """
    `domain.checkout.ports.Means` by one method of an acquirer.

    `reach` is called anew each time: whoever keeps this may be forked, and threads are not.
    """

    def __init__(self, reach: Callable[[], Acquirer], method: str) -> None:
        self._reach, self._method = reach, method

    def authorise(self, charge: Charge) -> State:
        return self._reach().authorise(charge, self._method)

    def capture(self, charge: Charge) -> State:
        return self._reach().do(charge, "capture")

    def void(self, charge: Charge) -> State:
        return self._reach().do(charge, "void")

    def refund(self, charge: Charge) -> State:
        return self._reach().do(charge, "refund")

    def ask(self, charge: Charge) -> State:
        return self._reach().ask(charge)


class AcquirerCards:
    """`domain.checkout.ports.Cards` by an acquirer; `reach` as with its means."""

    def __init__(self, reach: Callable[[], Acquirer]) -> None:
        self._reach = reach

    def bound(self, msisdn: str) -> str:
        return self._reach().card(msisdn)

    def link(self, request: UUID, msisdn: str, language: str) -> Secret:
        return Secret(self._reach().binding(request, msisdn, language))

    def unbind(self, msisdn: str) -> None:
        self._reach().unbind(msisdn)


def _known(charge: Charge, answer: Answer | Silence) -> State:
    if isinstance(answer, Silence):
        return Unknown(answer.problem) if answer.arrived else NotReached(answer.problem)
    return messages.state(charge, answer.status, answer.body)


@cache
def _of_process(process: int, connection: Connection) -> Acquirer:
    return Acquirer(connection)


def acquirer() -> Acquirer:
    """Return the acquirer of this process, by the settings; made when first asked for."""
    return _of_process(os.getpid(), Connection.from_settings())


def bound() -> AcquirerMeans:
    """Return the means of customers who have bound a card to their line, by the settings."""
    return AcquirerMeans(acquirer, "bound")


def page() -> AcquirerMeans:
    """Return the means of customers who are sent to the acquirer's page, by the settings."""
    return AcquirerMeans(acquirer, "page")


def cards() -> AcquirerCards:
    """Return who keeps the cards that customers have bound, by the settings."""
    return AcquirerCards(acquirer)
