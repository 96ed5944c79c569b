"""The console program `qudao`."""

from __future__ import annotations

import importlib
import os
import sys

import click

from qudao.site.ports import Trouble
from qudao.site.postgres.home import DatabaseTrouble

# Commands that bring modules of their own: name → (module:command, one line for the list).
ELSEWHERE = {
    "bench": ("qudao.site.bench.console:bench", "Measure speed against plain PostgreSQL."),
    "check": ("qudao.site.maintenance:check", "Check that the books balance."),
    "demo": ("qudao.site.demo.console:demo", "Build the demo province, or play a day in it."),
    "backup": ("qudao.site.maintenance:backup", "Write database and keys into one file."),
    "restore": ("qudao.site.maintenance:restore", "Bring back what `qudao backup` wrote."),
    "lake": (
        "qudao.site.lake:lake",
        "History in Parquet files, which commission is computed from.",
    ),
    "months": ("qudao.site.months:months", "The months that the large tables are kept by."),
    "postgres": ("qudao.site.maintenance:postgres", "Start, stop and enter the database."),
    "keys": ("qudao.site.privacy:keys", "Change the keys that encrypt personal data."),
    "messages": ("qudao.site.privacy:messages", "Show one-time codes, while developing."),
    "ussd": ("qudao.site.ussd:ussd", "Serve phones through USSD gateways (SMPP)."),
    "sms": ("qudao.site.sms:sms", "Answer short messages: the SMS hall."),
    "voice": ("qudao.site.voice:voice", "Answer telephone calls with VoiceXML pages."),
    "kiosk": ("qudao.site.kiosks:kiosk", "Admit kiosks, and try them out with simulated devices."),
    "user": ("qudao.site.people:user", "Accounts and what they may do."),
    "token": ("qudao.site.people:token", "Tokens for programs that call the HTTP API."),
}


class Program(click.Group):
    """Loads a command's module when the command is asked for, so that help is quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*super().list_commands(ctx), *ELSEWHERE})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in ELSEWHERE:
            return super().get_command(ctx, cmd_name)
        module, _, attribute = ELSEWHERE[cmd_name][0].partition(":")
        command = getattr(importlib.import_module(module), attribute)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        rows = []
        for name in self.list_commands(ctx):
            if name in ELSEWHERE:
                rows.append((name, ELSEWHERE[name][1]))
            elif (command := super().get_command(ctx, name)) is not None:
                rows.append((name, command.get_short_help_str(80)))
        with formatter.section("Commands"):
            formatter.write_dl(rows)


def django_setup() -> None:
    """Makes models and operations usable in this process."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qudao.site.settings")
    import django

    django.setup()


def management(*arguments: str) -> None:
    """Runs one of Django's management commands."""
    django_setup()
    from django.core.management import execute_from_command_line

    execute_from_command_line(["qudao", *arguments])


@click.group(cls=Program, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="qudao", prog_name="qudao")
def program() -> None:
    """Runs an operator's sales channels: outlets that sell on prepaid wallets, in front of a BOSS.

    \b
    Begin with     qudao run
    Then look at   http://127.0.0.1:8000/  (the sign-ins are printed)

    Everything is kept in one data folder (QUDAO_DATA, by default .qudao in the checkout).
    DATABASE_URL puts it on a PostgreSQL server of yours. The chapter docs/operation.md tells
    about all settings. Each command explains itself: qudao COMMAND --help
    """


@program.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, help="Port of the web server.")
@click.option("--boss-port", default=8070, show_default=True, help="Port of the BOSS simulator.")
@click.option("--workers", default=2, show_default=True, help="Processes of the web server.")
@click.option("--threads", default=8, show_default=True, help="Threads of each of them.")
@click.option("--counter/--no-counter", default=True, help="Run the counter, too.")
@click.option("--counter-port", type=int, help="Port of the counter.  [default: PORT + 1]")
@click.option("--counter-workers", default=1, show_default=True, help="Its processes.")
@click.option("--halls/--no-halls", default=True, help="Run the electronic halls, too.")
@click.option(
    "--halls-port", type=int, help="First of seven ports of their networks.  [default: PORT + 72]"
)
@click.option(
    "--demo/--no-demo", default=True, help="Build the demo province in an empty database."
)
def run(
    host: str,
    port: int,
    boss_port: int,
    workers: int,
    threads: int,
    counter: bool,
    counter_port: int | None,
    counter_workers: int,
    halls: bool,
    halls_port: int | None,
    demo: bool,
) -> None:
    """Run everything on this machine until Ctrl-C.

    Starts the embedded PostgreSQL (unless DATABASE_URL is set), applies migrations, loads the
    reference data, builds the demo province once, and starts the BOSS simulator (unless
    QUDAO_BOSS_URL is set), the worker, the web server, the counter, and for the electronic halls a
    simulated short-message centre, acquirer and kiosk devices with the SMS, USSD and phone halls.
    What is killed is started again.
    """
    from qudao.site.run import Wishes, run

    sys.exit(
        run(
            Wishes(
                host,
                port,
                boss_port,
                workers,
                threads,
                demo,
                counter_port=(counter_port or port + 1) if counter else None,
                counter_workers=counter_workers,
                halls_port=(halls_port or port + 72) if halls else None,
            )
        )
    )


@program.command()
def migrate() -> None:
    """Bring the tables up to date."""
    django_setup()
    from django.core.management import call_command

    from qudao.site.migrating import Command

    call_command(Command(), verbosity=1, interactive=False, skip_checks=False)


@program.command()
def static() -> None:
    """Collect the static files of all pages into the data folder."""
    management("collectstatic", "--no-input", "--verbosity", "0")


@program.command()
def reference() -> None:
    """Load the reference data that ships: divisions, channel kinds, the fit matrix, offerings.

    Adds what is missing and changes nothing that people have changed, so it may be run at any
    time; `qudao run` does so at every start.
    """
    django_setup()
    from qudao.site.reference import load

    for package, answer in load():
        click.echo(f"{package}: {answer} rows added")


@program.command()
def worker() -> None:
    """Run the worker: sends orders to the BOSS, passes on events, runs queued and timed jobs."""
    django_setup()
    from qudao.site.worker import main

    sys.exit(main())


@program.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, help="Port to listen on.")
@click.option("--workers", default=2, show_default=True, help="Processes.")
@click.option("--threads", default=8, show_default=True, help="Threads of each process.")
def web(host: str, port: int, workers: int, threads: int) -> None:
    """Run the web server alone: portal, back office, HTTP API."""
    from qudao.site.run import web_command

    command = web_command(host, port, workers, threads)
    os.execv(command[0], command)


@program.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8001, show_default=True, help="Port to listen on.")
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 256))
@click.option("--among-others", is_flag=True, hidden=True, help="One of several on the port.")
def counter(host: str, port: int, workers: int, among_others: bool) -> None:
    """Run the counter alone: the fast door for programs that sell over the HTTP API.

    One worker uses about one core, and its database as much again. Several share the port.
    """
    from qudao.site.counter import serve

    sys.exit(serve(host, port, workers, among_others=among_others))


@program.command(
    context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
    add_help_option=False,
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def boss(arguments: tuple[str, ...]) -> None:
    """Run the BOSS simulator: customers, plans, balances and bills, and faults to switch on."""
    os.execv(sys.executable, [sys.executable, "-m", "simulators.boss", *arguments])


@program.command(
    context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
    add_help_option=False,
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def smsc(arguments: tuple[str, ...]) -> None:
    """Run the simulated short-message centre and USSD gateway, with phones behind it."""
    os.execv(sys.executable, [sys.executable, "-m", "simulators.smsc", *arguments])


@program.command(
    context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
    add_help_option=False,
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def acquirer(arguments: tuple[str, ...]) -> None:
    """Run the simulated acquirer: bound cards, pages of payment, notices."""
    from qudao.site.paths import acquirer_secret, data_directory

    os.environ["QUDAO_ACQUIRER_SECRET"] = acquirer_secret(data_directory())
    os.execv(sys.executable, [sys.executable, "-m", "simulators.acquirer", *arguments])


@program.command()
def shell() -> None:
    """Open a Python prompt in which models and operations are loaded."""
    management("shell")


@program.command(context_settings={"ignore_unknown_options": True, "allow_extra_args": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def django(arguments: tuple[str, ...]) -> None:
    """Run one of Django's own management commands (makemigrations, …)."""
    management(*arguments)


def main() -> None:
    """The entry point: troubles that a person can mend are one line, not a traceback."""
    import psycopg
    from django.db.utils import OperationalError

    try:
        program.main(prog_name="qudao", standalone_mode=True)
    except (DatabaseTrouble, Trouble) as trouble:
        _fail(str(trouble))
    except (OperationalError, psycopg.OperationalError) as error:
        why = " ".join(str(error).split())
        remedy = (
            "look at the server of DATABASE_URL"
            if "DATABASE_URL" in os.environ
            else "start it with `qudao run`, or alone with `qudao postgres start`"
        )
        _fail(f"the database does not answer: {remedy} ({why})")


def _fail(text: str) -> None:
    if os.environ.get("QUDAO_DEBUG") == "1":
        raise  # called while an exception is handled
    click.echo(f"qudao: {text}", err=True)
    sys.exit(1)


if __name__ == "__main__":
    main()
