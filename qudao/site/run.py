"""`qudao run`: everything on one machine, from the database to the web server, until Ctrl-C."""

from __future__ import annotations

import os
import shutil
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import psycopg

from qudao.site import counter, paths
from qudao.site.database import dsn
from qudao.site.halls import Halls, Ports
from qudao.site.ports import Trouble, check_port
from qudao.site.postgres.home import DatabaseTrouble, prepare
from qudao.site.postgres.server import Server
from qudao.site.supervision import Child, Database, Supervisor

OLDEST_SERVER = 150000
SPACE_NEEDED = 128 << 20
ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the person who starts us asks for."""

    host: str = "127.0.0.1"
    port: int = 8000
    boss_port: int = 8070
    workers: int = 2
    threads: int = 8
    demo: bool = True
    counter_port: int | None = 8001
    """None: no counter."""
    counter_workers: int = 1
    halls_port: int | None = 8072
    """The first of seven ports of the halls' networks; None: no halls."""


def run(wishes: Wishes) -> int:
    """Runs everything until it is asked to stop; gives the exit code."""
    began = time.monotonic()

    def say(text: str) -> None:
        print(f"{time.strftime('%H:%M:%S')}  {text}", flush=True)

    supervisor = Supervisor(say)
    try:
        data = _data_directory()
        check_port(wishes.host, wishes.port, "--port")
        if wishes.counter_port is not None:
            check_port(wishes.host, wishes.counter_port, "--counter-port")
        if "QUDAO_BOSS_URL" not in os.environ:
            for port in (wishes.boss_port, wishes.boss_port + 1):  # its own, and its faults'
                check_port("127.0.0.1", port, "--boss-port")
        halls = None
        if wishes.halls_port is not None:
            web = _address(wishes.host, wishes.port)
            halls = Halls(Ports(wishes.halls_port), web, data, os.environ)
            halls.check()
        with supervisor.signals():
            _bring_up(supervisor, wishes, data, halls)
            if not supervisor.stopping:
                _announce(wishes, data, halls, time.monotonic() - began)
            while not supervisor.stopping:
                supervisor.tick()
            say("Stopping.")
    except (Trouble, DatabaseTrouble) as trouble:
        print(f"Qudao cannot start: {trouble}", file=sys.stderr, flush=True)
        return 1
    except PermissionError as error:
        print(
            f"Qudao cannot start: {error.filename} belongs to another user: start it as that user,"
            " or choose another folder with QUDAO_DATA.",
            file=sys.stderr,
            flush=True,
        )
        return 1
    say("Stopped. The data is kept; the next start finds it again.")
    return 0


def _bring_up(supervisor: Supervisor, wishes: Wishes, data: Path, halls: Halls | None) -> None:
    say = supervisor.say
    logs = data / "log"
    logs.mkdir(exist_ok=True)
    environment = _environment(data, wishes)
    if halls is not None:
        environment = {**halls.environment(), **environment}
    paths.signing_secret(data)
    paths.key_ring(data)

    if "DATABASE_URL" in os.environ:
        say("Database: the server of DATABASE_URL")
        _check_server(data)
    else:
        say("Database: starting the embedded PostgreSQL")
        server = Server(prepare(data))
        server.acquire()
        supervisor.add(Database(server, say))

    steps = [
        ("Tables: applying migrations", "migrate", ["migrate"]),
        ("Reference data: loading", "reference", ["reference"]),
        ("Pages: collecting static files", "static", ["static"]),
    ]
    if wishes.demo:
        steps.append(("Demo province: building it, once", "", ["demo", "--once"]))
    for text, log, arguments in steps:
        if supervisor.stopping:
            return
        _step(supervisor, text, logs / f"{log}.log" if log else None, arguments, environment)

    if "QUDAO_BOSS_URL" not in os.environ:
        boss = ["-m", "simulators.boss", "--port", str(wishes.boss_port)]
        boss += ["--data", str(data / "boss")]
        supervisor.add(Child("BOSS simulator", _python(*boss), environment, logs / "boss.log"))
    if halls is not None:
        for part in halls.simulators(environment):
            supervisor.add(part)
    worker = _python("-m", "qudao.site.cli", "worker")
    supervisor.add(Child("worker", worker, environment, logs / "worker.log"))
    web = web_command(wishes.host, wishes.port, wishes.workers, wishes.threads)
    supervisor.add(Child("web server", web, environment, logs / "web.log"))
    if wishes.counter_port is not None:
        tills = counter.command(wishes.host, wishes.counter_port, wishes.counter_workers)
        supervisor.add(
            Child("counter", tills, environment, logs / "counter.log", counter.STOP_S + 8)
        )
    supervisor.say("Web server: starting")
    _wait_for(supervisor, f"{_address(wishes.host, wishes.port)}health", logs / "web.log")
    if wishes.counter_port is not None:
        address = _address(wishes.host, wishes.counter_port)
        _wait_for(supervisor, f"{address}live", logs / "counter.log")
    if halls is not None and not supervisor.stopping:
        say("Halls: starting")
        halls.bind_cards()
        for part in halls.processes(environment):
            supervisor.add(part)


def web_command(host: str, port: int, workers: int, threads: int) -> list[str]:
    """The command line of the web server."""
    return _python(
        *("-m", "granian", "--interface", "wsgi", "--host", host, "--port", str(port)),
        *("--workers", str(workers), "--blocking-threads", str(threads)),
        # More requests than threads wait here instead of in the kernel, unseen.
        *("--backlog", "1024", "--backpressure", "256"),
        *("--respawn-failed-workers", "--respawn-interval", "0.5"),
        *("--workers-kill-timeout", "2", "--log-level", "warning", "--no-ws"),
        "qudao.site.wsgi:application",
    )


def _python(*arguments: str) -> list[str]:
    return [sys.executable, *arguments]


def _environment(data: Path, wishes: Wishes) -> dict[str, str]:
    # The measurements of the web server's and the worker's processes are added up from files.
    metrics = data / "metrics"
    shutil.rmtree(metrics, ignore_errors=True)
    metrics.mkdir()
    return {
        "QUDAO_BOSS_URL": f"http://127.0.0.1:{wishes.boss_port}",
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "qudao.site.settings",
        "PROMETHEUS_MULTIPROC_DIR": str(metrics),
        "PYTHONUNBUFFERED": "1",
    }


def _data_directory() -> Path:
    try:
        data = paths.data_directory()
        free = shutil.disk_usage(data).free
    except OSError as error:
        raise Trouble(
            f"the data folder cannot be made ({error}): choose another with QUDAO_DATA."
        ) from None
    if not os.access(data, os.W_OK):
        raise Trouble(f"{data} may not be written: choose another folder with QUDAO_DATA.")
    if free < SPACE_NEEDED:
        raise Trouble(
            f"only {free >> 20} MiB are free on the disk of {data}: free some space, or choose"
            " another disk with QUDAO_DATA."
        )
    return data


def _check_server(data: Path) -> None:
    try:
        with psycopg.connect(dsn(data), connect_timeout=10) as connection:
            version = connection.info.server_version
            if version < OLDEST_SERVER:
                raise Trouble(
                    f"the server of DATABASE_URL is PostgreSQL {version // 10000}: use 15 or later."
                )
    except psycopg.Error as error:
        why = " ".join(str(error).split())
        raise Trouble(f"the database of DATABASE_URL does not answer: {why}") from None


def _step(
    supervisor: Supervisor,
    text: str,
    log: Path | None,
    arguments: list[str],
    environment: dict[str, str],
) -> None:
    supervisor.say(text)
    began = time.monotonic()
    for _ in range(ATTEMPTS):
        restarts = supervisor.restarts
        code = supervisor.run_step(_python("-m", "qudao.site.cli", *arguments), environment, log)
        if supervisor.stopping:
            return
        # The database may be on its way up: a pause with a look at it is part of the tick.
        supervisor.tick(1.0 if code else 0.0)
        if code == 0 or supervisor.restarts == restarts:
            break
        supervisor.say("  once more: the database was started again meanwhile")
    if code != 0:
        tail = (
            [line for line in log.read_text(errors="replace").splitlines() if line] if log else []
        )
        why = tail[-1] if tail else "see above"
        place = f" (all of it: {log})" if log else ""
        raise Trouble(f"`qudao {' '.join(arguments)}` failed: {why}{place}")
    supervisor.say(f"  done in {time.monotonic() - began:.1f} s")


def _wait_for(supervisor: Supervisor, address: str, log: Path) -> None:
    deadline = time.monotonic() + 60
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    while not supervisor.stopping:
        try:
            opener.open(address, timeout=5).close()
            return
        except urllib.error.HTTPError:
            return  # it answers; what is not well is told by the answer and by `qudao check`
        except OSError:
            if time.monotonic() > deadline:
                raise Trouble(f"{address} does not answer (log: {log}).") from None
        supervisor.tick(0.2)


def _address(host: str, port: int) -> str:
    host = "127.0.0.1" if host in {"0.0.0.0", "::", ""} else host
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/"


def _announce(wishes: Wishes, data: Path, halls: Halls | None, took_s: float) -> None:
    address = _address(wishes.host, wishes.port)
    lines = [
        "",
        f"Qudao runs (ready after {took_s:.0f} s).",
        "",
        f"  Outlet portal   {address}",
        f"  Back office     {address}office/",
        f"  HTTP API        {address}api/v1/docs",
    ]
    if wishes.counter_port is not None:
        lines += [f"  Counter         {_address(wishes.host, wishes.counter_port)}api/v1/sales"]
    if halls is not None:
        lines += halls.told()
    lines += [f"  Health          {address}health", ""]
    sign_ins = data / "sign-ins.txt"
    if sign_ins.exists():
        lines += [f"  Sign-ins (kept in {sign_ins}):"]
        lines += [f"    {line}" for line in sign_ins.read_text("utf-8").splitlines() if line]
        lines += [""]
    if halls is not None:
        lines += halls.sign_ins()
    lines += [f"  Logs: {data / 'log'}    Ctrl-C ends everything."]
    print("\n".join(lines), flush=True)
