"""`qudao bench settle`: a province's month from computed lines to money, step by step."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import click

from qudao.site import paths
from qudao.site.bench.machine import facts_of, load_now
from qudao.site.bench.stand import SQL, Stand, stand

STEPS: Final = (
    ("compute", "lines computed"),
    ("statements", "statements made"),
    ("check", "checked"),
    ("post", "approved and posted"),
    ("payout", "files for the banks"),
    ("read", "statements read"),
    ("close", "closed, all compared"),
)


@click.command()
@click.option("--json", "file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--outlets", default=110_000, show_default=True, type=click.IntRange(200, 200_000))
@click.option(
    "--facts",
    default=3_000_000,
    show_default=True,
    type=click.IntRange(10_000, 200_000_000),
    help="How many sales the month has.",
)
@click.option("--memory", default="3GiB", show_default=True, help="Limit of the engine's memory.")
def settle(file: Path | None, outlets: int, facts: int, memory: str) -> None:
    """Settling: statements, check, posting and payout files of a province's OUTLETS.

    Makes a month of so many FACTS at so many OUTLETS and computes it by 25 rules; from there on
    measures each step of the settlement by itself, in a process of its own: seconds, and the most
    memory that the process had. --json FILE writes the figures down.
    """
    with tempfile.TemporaryDirectory(prefix="qudao-settle-", dir=paths.data_directory()) as lake:
        os.environ["QUDAO_LAKE"] = lake
        os.environ["QUDAO_LAKE_ENGINE"] = f"duckdb://?memory={memory}"
        with stand(outlets, click.echo) as made:
            report = _run(made, facts, click.echo)
            report["machine"] = facts_of(made, report["settle_s"])
    if file is not None:
        file.write_text(json.dumps(report, indent=2) + "\n", "utf-8")
        click.echo(f"Written to {file}")


def _run(made: Stand, facts: int, say: Callable[[str], None]) -> dict[str, Any]:
    with made.connect() as connection:
        connection.execute(_script(made.outlets))
    began = time.monotonic()
    month = _child("make", str(facts), str(made.outlets))
    say(f"Made a month of {month['facts']:,} sales in {time.monotonic() - began:.0f} s")
    steps: dict[str, Any] = {}
    made.settle_down()
    for step, name in STEPS:
        load, cpu = load_now()[0], made.cpu_s()
        found = steps[step] = _child(step)
        found |= {"load": load, "database_cpu_s": round(made.cpu_s() - cpu, 2)}
        more = ", ".join(f"{key} {value:,}" for key, value in found["found"].items())
        say(
            f"{name:24} {found['wall_s']:8.1f} s, CPU {found['cpu_s']:6.1f} s, database"
            f" {found['database_cpu_s']:6.1f} s, {found['peak_mib']:6,} MiB; {more}"
        )
    settle_s = round(sum(one["wall_s"] for name, one in steps.items() if name != "compute"), 1)
    say(f"Settled {made.outlets:,} outlets in {settle_s:.0f} s, computing the lines left aside.")
    return {"outlets": made.outlets, **month, "settle_s": settle_s, "steps": steps}


def _script(outlets: int) -> str:
    from qudao.platform.identity.personal import key_ring

    def sealed(text: str, column: str) -> str:
        return key_ring().encrypt(text, f"commission_payout_terms.{column}").hex()

    script = (SQL / "settle.sql").read_text("utf-8").replace(":outlets", str(outlets))
    script = script.replace(":name", sealed("中原手机店", "account_name"))
    return script.replace(":account", sealed("6222020000012345", "account_number"))


def _child(what: str, *more: str) -> dict[str, Any]:
    """Do one step in a process of its own, so that its memory is its own."""
    command = [sys.executable, "-m", "qudao.site.bench.settle_run", what, *more]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found
