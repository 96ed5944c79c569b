"""
A counter of an outlet: opens accounts, changes lines, sells cards and goods, until it is told to
stop or killed.

A program of its own (`python -m tests.invariants.counter FOLDER SEED`). What it is about to do it
writes down first, under request keys that stay the same; killed and started again, it does the
last thing again under the same keys. So each thing is done once, and it knows what became of it.
"""

from __future__ import annotations

import json
import random
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import django

STOP = "stop"


class Counter:
    """One client; its folder holds `wants.json`, and `done.jsonl`, which it writes."""

    def __init__(self, folder: Path, seed: str) -> None:
        self._folder, self._seed = folder, seed
        self._wants = json.loads((folder / "wants.json").read_text())
        log = folder / "done.jsonl"
        lines = log.read_text().splitlines() if log.exists() else []
        said = []
        for line in lines:
            try:
                said.append(json.loads(line))
            except ValueError:
                continue  # it was killed while it wrote
        self._begun = [one for one in said if "act" in one]
        self._ended = {one["key"] for one in said if "answer" in one}
        self._log = log.open("a")
        self._log.write("\n")

    def work(self) -> None:
        for act in self._begun:
            if act["key"] not in self._ended:
                self._do(act)
        count = len(self._begun)
        while not (self._folder.parent / STOP).exists():
            act = self._plan(count)
            self._say(act)
            self._do(act)
            count += 1

    def _plan(self, count: int) -> dict[str, Any]:
        dice = random.Random(f"{self._seed}:{count}")
        kind = dice.choice(["open", "open", "card", "goods", "swap", "change", "cancel", "redeem"])
        return {
            "act": kind,
            "key": f"{self._seed}-{count}",
            "number": dice.choice(self._wants["numbers"]),
            "sim": dice.choice(self._wants["sims"]),
            "card": dice.choice(self._wants["cards"]),
            "handset": dice.choice(self._wants["handsets"]),
            "person": dice.choice(self._wants["people"]),
            "line": dice.choice(self._wants["lines"]),
            "quantity": dice.randint(1, 2),
        }

    def _say(self, what: dict[str, Any]) -> None:
        self._log.write(json.dumps(what) + "\n")
        self._log.flush()

    def _do(self, act: dict[str, Any]) -> None:
        """Do it again and again until there is a yes or a no."""
        from django.db import DatabaseError, InterfaceError, connection

        from qudao.kernel.refusals import Refusal

        began = time.monotonic()
        while True:
            try:
                answer: object = Hand(self._wants, act).do()
            except (DatabaseError, InterfaceError):
                connection.close()
            except Refusal as refusal:
                if refusal.code != "commands.busy":
                    self._say({"key": act["key"], "answer": refusal.code, "orders": []})
                    return
            else:
                self._say({"key": act["key"], "answer": "sold", "orders": answer})
                return
            assert time.monotonic() - began < 120, f"no answer to {act}"
            time.sleep(0.2)


class Hand:
    """Does one thing; every step has a request key of its own."""

    def __init__(self, wants: dict[str, Any], act: dict[str, Any]) -> None:
        from qudao.domain.party.types import OrganizationId

        self._wants, self._act = wants, act
        self._outlet = OrganizationId(UUID(wants["outlet"]))

    def do(self) -> list[str]:
        """Return the orders that were made."""
        return [str(one.order) for one in getattr(self, f"_{self._act['act']}")()]

    def _ctx(self, step: str) -> Any:
        from qudao.kernel.scope import Scope
        from qudao.platform.commands.context import Context
        from qudao.platform.identity.roles import grants_of

        return Context(
            actor=UUID(self._wants["user"]),
            channel="portal",
            at=datetime.now(UTC),
            request_key=f"{self._act['key']}/{step}",
            grants=grants_of("outlet_clerk"),
            scope=Scope.of([self._wants["path"]]),
        )

    def _file(self, purpose: str) -> Any:
        from qudao.domain.customer import operations as customer
        from qudao.domain.customer import queries as customers
        from qudao.domain.customer.types import PersonDraft, Role
        from qudao.kernel.personal import Personal
        from tests.stocked import CONTRACT, photo, signature

        made = customer.open_dossier(self._ctx("file"), outlet=self._outlet, purpose=purpose)
        who = PersonDraft(
            kind="resident_id",
            number=Personal(self._act["person"]),
            name=Personal("王小明"),
            valid_until=(datetime.now(UTC) + timedelta(days=1000)).date(),
            address=Personal("河南省郑州市中原区建设路1号"),
            phone=Personal("13903710001"),
        )
        customer.identify(self._ctx("person"), dossier=made, role=Role.CUSTOMER, person=who)
        for kind in customers.missing(self._ctx("look"), dossier=made):
            if kind == "signature":
                customer.sign(
                    self._ctx("sign"), dossier=made, signature=signature(), contract=CONTRACT
                )
            else:
                customer.add_picture(self._ctx(kind), dossier=made, kind=kind, content=photo())
        return made

    def _held(self) -> Any:
        from qudao.domain.resource import operations as resource
        from qudao.domain.resource.types import Reserve

        return resource.reserve.one(self._ctx("pick"), Reserve(self._outlet, self._act["number"]))

    def _open(self) -> Any:
        from qudao.journeys import opening
        from qudao.kernel.money import Money

        held, prepay = self._held(), Money(100_00)
        try:
            file = self._file("account_opening")
            return [
                opening.open(
                    self._ctx("open"),
                    dossier=file,
                    sim=self._act["sim"],
                    plan="GT58",
                    prepay=prepay,
                    total=held.price + Money(10_00) + prepay,
                    hold=held.hold,
                )
            ]
        except Exception:
            self._let_go(held)
            raise

    def _change(self) -> Any:
        from qudao.journeys import lines

        held = self._held()
        try:
            file = self._file("number_change")
            return [
                lines.change_number(
                    self._ctx("change"),
                    dossier=file,
                    msisdn=self._act["line"],
                    hold=held.hold,
                    price=lines.CHANGE_FEE + held.price,
                )
            ]
        except Exception:
            self._let_go(held)
            raise

    def _let_go(self, held: Any) -> None:
        """Give a number up that a refusal has left held; what else went wrong comes again."""
        from qudao.domain.resource import operations as resource
        from qudao.kernel.refusals import Refusal

        error = sys.exc_info()[1]
        if not isinstance(error, Refusal) or error.code == "commands.busy":
            return
        try:
            resource.release(self._ctx("release"), hold=held.hold)
        except Refusal:
            return  # it has been bound, or has run out

    def _swap(self) -> Any:
        from qudao.journeys import lines
        from qudao.kernel.money import Money

        return [
            lines.swap_sim(
                self._ctx("swap"),
                dossier=self._file("sim_swap"),
                msisdn=self._act["line"],
                sim=self._act["sim"],
                price=Money(10_00),
            )
        ]

    def _cancel(self) -> Any:
        from qudao.journeys import lines

        file = self._file("cancellation")
        return [lines.cancel(self._ctx("cancel"), dossier=file, msisdn=self._act["line"])]

    def _card(self) -> Any:
        from qudao.journeys import cards

        return [cards.sell(self._ctx("card"), outlet=self._outlet, serial=self._act["card"][0])]

    def _redeem(self) -> Any:
        from qudao.journeys import cards
        from qudao.kernel.personal import Secret

        pin = Secret(self._act["card"][1])
        return [
            cards.redeem(
                self._ctx("redeem"), outlet=self._outlet, pin=pin, msisdn=self._act["line"]
            )
        ]

    def _goods(self) -> Any:
        from qudao.journeys import goods
        from qudao.journeys.goods import Line
        from qudao.kernel.money import Money

        basket = (
            Line("handset", self._act["handset"]),
            Line(item="GIFT-UMBRELLA", quantity=self._act["quantity"]),
        )
        total = Money(1_599_00 + 35_00 * self._act["quantity"])
        return goods.sell(self._ctx("goods"), outlet=self._outlet, lines=basket, total=total)


if __name__ == "__main__":
    django.setup()
    Counter(Path(sys.argv[1]), sys.argv[2]).work()
