"""`qudao bench sms`: how many steps of dialogues a second the SMS hall answers, end to end."""

from __future__ import annotations

import itertools
import json
import os
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from qudao.site.bench import servers
from qudao.site.bench.machine import facts_of
from qudao.site.bench.ports import free_port
from qudao.site.bench.servers import Running, started
from qudao.site.bench.stand import Stand, stand

if TYPE_CHECKING:
    from qudao.platform.commands.context import Context

NUMBER: Final = "10086"
CUSTOMERS: Final = 20_000
WARM_S: Final = 2.0
WARM_PAYING_S: Final = 6.0
"""Each connection that pays plans some twenty statements the first time."""
OUTLETS: Final = 200

MENUS: Final = (
    ["你好", "WD", "1", "4"],
    ["WD", "3", "2", "00"],
    ["YW", "1", "1", "00"],
    ["YW", "2", "1", "00"],
    ["YY", "1", "00"],
    ["？", "YW", "0", "00"],
    ["帮助", "WD", "1", "1"],
)
"""The menu, help, the nearest outlets, what is offered, the language: nothing but our own."""
QUESTIONS: Final = (["YE", "00"], ["TC", "00"])
"""Balance and plan: the BOSS is asked for each."""
DIALLED: Final = (
    ["*100#", "WD", "1", "4"],
    ["*100#", "WD", "3"],
    ["*100#", "YW", "1"],
    ["*100#", "YW", "2"],
    ["*100#", "YE"],
)
"""By USSD: one of five asks the BOSS. What is open at the end is hung up."""
ONE_IN: Final = 10
"""Of so many phones one pays."""
PASSWORD: Final = "270519"
LIMIT: Final = 1_000_000_000
SECRETS: Final = {"QUDAO_ACQUIRER_KEY": "bench", "QUDAO_ACQUIRER_SECRET": "of the bench"}


@dataclass(frozen=True, slots=True)
class Pace:
    """One measurement."""

    name: str
    steps_per_s: float
    p50_ms: float
    p99_ms: float
    steps: int
    unanswered: int
    hall_us: float
    """CPU per step."""
    database_us: float
    centre_us: float
    others_us: float
    """BOSS and acquirer."""


HEADING: Final = (
    f"{'':34} {'steps/s':>8} {'p50 ms':>7} {'p99 ms':>7}"
    f" {'CPU µs: hall + db + centre + others':>36}"
)


def _line(pace: Pace) -> str:
    used = (pace.hall_us, pace.database_us, pace.centre_us, pace.others_us)
    cpu = " + ".join(f"{one:.0f}" for one in used)
    return (
        f"{pace.name:34} {pace.steps_per_s:8,.0f} {pace.p50_ms:7.1f} {pace.p99_ms:7.1f} {cpu:>36}"
    )


@click.command()
@click.option("--seconds", default=5, show_default=True, type=click.IntRange(1, 600))
@click.option("--phones", default=200, show_default=True, type=click.IntRange(10, 10_000))
@click.option("--json", "file", type=click.Path(dir_okay=False, path_type=Path))
def sms(seconds: int, phones: int, file: Path | None) -> None:
    """Steps a second through one SMPP bind: a phone's message, its dialogue, the answer.

    The short-message centre, the BOSS and the hall are processes of their own. First PHONES talk
    about what is our own (menus, outlets, offers), then a mix in which some also ask the BOSS, then
    a mix in which one phone in ten also pays for a top-up in every other dialogue, by the card that
    is bound to its line, so that about one dialogue in ten is a paid one. A phone says its next
    word when the one before was answered. Service passwords are asked for before: a proof holds for
    ten minutes. At the end the same phones dial: USSD, by a bind and a hall of its own.
    """
    with tempfile.TemporaryDirectory(prefix="qudao-bench-") as folder, ExitStack() as opened:
        made = opened.enter_context(stand(OUTLETS, click.echo))
        bench = opened.enter_context(_bench(made, Path(folder), phones))
        click.echo(HEADING)
        bench.talk("warming up", [*MENUS, *QUESTIONS], WARM_S)
        made.settle_down()
        menus = bench.talk("menus, outlets, offers", [*MENUS], seconds)
        made.settle_down()
        asked = bench.talk("two of nine ask the BOSS", [*MENUS, *QUESTIONS], seconds)
        bench.talk("warming up", bench.paying(), WARM_PAYING_S)
        made.settle_down()
        before = bench.sold()
        mixed = bench.talk("the same, one phone of ten pays", bench.paying(), seconds)
        paid = bench.sold() - before
        click.echo(f"{paid} top-ups were paid, {paid / seconds:.0f} a second")
        with _ussd(made, Path(folder), bench) as screens:
            screens.talk("warming up", [*DIALLED], WARM_S)
            made.settle_down()
            dialled = screens.talk("USSD: menus, one of five the BOSS", [*DIALLED], seconds)
        facts = facts_of(made, seconds)
    report: dict[str, Any] = {
        "steps_per_s": mixed.steps_per_s,
        "p99_ms": mixed.p99_ms,
        "menus_per_s": menus.steps_per_s,
        "menus_p99_ms": menus.p99_ms,
        "asked_per_s": asked.steps_per_s,
        "asked_p99_ms": asked.p99_ms,
        "paid": paid,
        "paid_per_s": round(paid / seconds, 1),
        "ussd_steps_per_s": dialled.steps_per_s,
        "ussd_p99_ms": dialled.p99_ms,
        "phones": phones,
        "figures": [asdict(pace) for pace in (menus, asked, mixed, dialled)],
        "machine": facts,
    }
    if file is not None:
        file.write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n", "utf-8")
        click.echo(f"Written to {file}")


@dataclass(frozen=True, slots=True)
class _Bench:
    made: Stand
    hall: Running
    centre: Running
    boss: Running
    acquirer: Running
    admin: str
    lines: list[str]
    ussd: bool = False

    def paying(self) -> list[list[str]]:
        """What each phone says where one in ten pays."""
        others = itertools.cycle([*MENUS, *QUESTIONS])
        return [
            [f"CZ {line} 10", "1", "YE", "00"] if at % ONE_IN == 0 else next(others)
            for at, line in enumerate(self.lines)
        ]

    def prove(self, acquirer_admin: str) -> None:
        """Give who pays a card and a service password, and let each say it once."""
        from qudao.domain.credential import operations as credential
        from qudao.kernel.personal import Secret

        payers = self.lines[::ONE_IN]
        for line in payers:
            ctx = _system(f"password-{line}")
            credential.set_password(ctx, msisdn=line, password=Secret(PASSWORD))
            _ask(f"{acquirer_admin}/cards/{line}", {"limit": LIMIT}, "PUT")
        said = [[f"CZ {line} 10", PASSWORD, "2"] for line in payers]
        wanted = {"dialogues": said, "to": NUMBER, "msisdns": payers, "for_s": 0.001}
        _ask(f"{self.admin}/load", {**wanted, "patience_s": 60})

    def sold(self) -> int:
        """How many orders there are."""
        with self.made.connect() as connection:
            (count,) = connection.execute("SELECT count(*) FROM ordering_order").fetchone() or (0,)
        return int(str(count))

    def talk(self, name: str, dialogues: list[list[str]], seconds: float) -> Pace:
        """Let all phones talk, and say how they were answered."""
        before = self._used()
        told = _ask(
            f"{self.admin}/load",
            {
                "dialogues": dialogues,
                "to": NUMBER,
                "msisdns": self.lines,
                "ussd": self.ussd,
                "for_s": seconds,
                "patience_s": 30,
            },
        )
        spent = (
            (after - earlier) * 1e6 / max(1, told["steps"])
            for earlier, after in zip(before, self._used(), strict=True)
        )
        pace = Pace(
            name,
            told["steps_per_s"],
            told["p50_ms"],
            told["p99_ms"],
            told["steps"],
            told["unanswered"],
            *spent,
        )
        click.echo(_line(pace))
        return pace

    def _used(self) -> tuple[float, float, float, float]:
        others = self.boss.cpu_s() + self.acquirer.cpu_s()
        return self.hall.cpu_s(), self.made.cpu_s(), self.centre.cpu_s(), others


@contextmanager
def _bench(made: Stand, folder: Path, phones: int) -> Iterator[_Bench]:
    from simulators.boss.people import people

    _open_hall("sms_hall", "短信营业厅", "SMS hall")
    lines = [person.msisdn for person in people(1, CUSTOMERS) if person.state == "active"]
    with ExitStack() as opened:
        boss = opened.enter_context(servers.boss(folder / "boss", folder / "boss.log", CUSTOMERS))
        centre, admin = opened.enter_context(_centre(folder / "smsc.log"))
        link = {"protocol": "smpp", "number": NUMBER, **_bound_to(centre)}
        port, acquirer_admin = free_port(), free_port()
        command = [sys.executable, "-m", "simulators.acquirer", "--port", str(port)]
        command += ["--admin-port", str(acquirer_admin), "--data", str(folder / "acquirer")]
        log = folder / "acquirer.log"
        acquirer = opened.enter_context(started(command, log, port, SECRETS))
        servers.wait_until_it_listens(acquirer)
        environment = {
            **SECRETS,
            "QUDAO_ACQUIRER_URL": f"http://127.0.0.1:{port}",
            "QUDAO_BOSS_URL": f"http://127.0.0.1:{boss.port}",
            "QUDAO_SMS_LINKS": json.dumps([link]),
            "QUDAO_SMS_MESSAGES_PER_MINUTE": "0",
        }
        command = [sys.executable, "-m", "qudao.site.cli", "sms"]
        hall = opened.enter_context(started(command, folder / "sms.log", 0, environment))
        _ask(f"{admin}/sessions?bound=1&wait=60")
        bench = _Bench(made, hall, centre, boss, acquirer, admin, lines[:phones])
        bench.prove(f"http://127.0.0.1:{acquirer_admin}")
        yield bench
        if os.environ.get("QUDAO_DEBUG") == "1":
            click.echo((folder / "sms.log").read_text(errors="replace")[-3000:])


@contextmanager
def _centre(log: Path) -> Iterator[tuple[Running, str]]:
    """A centre with phones, and where these are told what to do."""
    port, admin_port = free_port(), free_port()
    command = [sys.executable, "-m", "simulators.smsc", "--port", str(port)]
    command += ["--admin-port", str(admin_port), "--window", "500"]
    with started(command, log, port) as centre:
        servers.wait_until_it_listens(centre)
        yield centre, f"http://127.0.0.1:{admin_port}"


def _bound_to(centre: Running) -> dict[str, Any]:
    return {
        "name": "bench",
        "host": "127.0.0.1",
        "port": centre.port,
        "system_id": "qudao",
        "password": "qudao",
        "window": 500,
    }


@contextmanager
def _ussd(made: Stand, folder: Path, other: _Bench) -> Iterator[_Bench]:
    """The USSD hall at a gateway, with the phones of the other hall."""
    _open_hall("ussd_hall", "USSD营业厅", "USSD hall")
    with ExitStack() as opened:
        centre, admin = opened.enter_context(_centre(folder / "ussd-smsc.log"))
        link = {**_bound_to(centre), "profile": {"also": {"32": "over"}}}
        environment = {
            "QUDAO_BOSS_URL": f"http://127.0.0.1:{other.boss.port}",
            "QUDAO_USSD_LINKS": json.dumps([link]),
        }
        command = [sys.executable, "-m", "qudao.site.cli", "ussd"]
        hall = opened.enter_context(started(command, folder / "ussd.log", 0, environment))
        _ask(f"{admin}/sessions?bound=1&wait=60")
        yield replace(other, hall=hall, centre=centre, admin=admin, ussd=True)


def _open_hall(kind: str, name_zh: str, name_en: str) -> None:
    """The outlet that stands for a hall."""
    from qudao.domain.party.queries import organization_by_code
    from qudao.domain.saleschannel import operations as saleschannel
    from qudao.domain.saleschannel.types import Market, OutletDraft
    from qudao.domain.wallet import operations as wallet

    place = organization_by_code(_system("find"), "4101")
    assert place is not None
    draft = OutletDraft(name_zh, name_en, kind, Market.CITY, address="郑州市")
    outlet = saleschannel.open_outlet(_system(f"open-{kind}"), place=place.id, draft=draft)
    wallet.open(_system(f"wallet-{kind}"), outlet=outlet)
    saleschannel.activate(_system(f"activate-{kind}"), outlet=outlet)


def _system(key: str) -> Context:
    from qudao.platform.identity.roles import system_context

    return system_context(datetime.now(UTC), f"bench-{key}")


def _ask(url: str, body: object = None, method: str | None = None) -> dict[str, Any]:
    data = None if body is None else json.dumps(body).encode()
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(url, data=data, headers=headers, method=method)
    with opener.open(request, timeout=700) as answer:
        return dict(json.loads(answer.read()))
