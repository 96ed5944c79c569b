"""`qudao bench soak`: a long run of mixed load below the peak, and the books after it."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

import click

from qudao.site.bench import samples, servers, soak_audit, wrk
from qudao.site.bench.counter import COUNTERS, OUTLETS
from qudao.site.bench.machine import facts_of, load_now
from qudao.site.bench.portal_reads import PortalReads
from qudao.site.bench.servers import Running
from qudao.site.bench.soak_client import SALES
from qudao.site.bench.soak_view import draw, trends_of
from qudao.site.bench.stand import Stand, stand
from qudao.site.bench.suspensions import Suspensions

CONNECTIONS: Final = 256
PEAK_CONNECTIONS: Final = 128
EVERY_S: Final = 5
PEAK_S: Final = 10
SUSPENDED_OUTLETS: Final = 20
DRAIN_S: Final = 600
BEHIND_S: Final = 10
"""So many seconds' worth of sales may wait for the BOSS; beyond that completions do not keep up."""

Say = Callable[[str], None]


@click.command()
@click.option("--minutes", default=30.0, show_default=True, type=click.FloatRange(0.1, 1440))
@click.option(
    "--share", default=0.7, show_default=True, type=click.FloatRange(0.05, 1.0), help="Of the peak."
)
@click.option(
    "--rate", type=click.FloatRange(1, 100_000), help="Sales a second, whatever the peak."
)
@click.option("--json", "file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--chart", type=click.Path(dir_okay=False, path_type=Path), help="An SVG file.")
@click.option("--outlets", default=OUTLETS, show_default=True, type=click.IntRange(100, 100_000))
@click.option("--workers", default=COUNTERS, show_default=True, type=click.IntRange(1, 64))
@click.option("--customers", default=20_000, show_default=True, type=click.IntRange(100, 1_000_000))
@click.option(
    "--fulfil/--no-fulfil",
    default=True,
    show_default=True,
    help="Let worker and BOSS complete the orders meanwhile.",
)
def soak(
    minutes: float,
    share: float,
    rate: float | None,
    file: Path | None,
    chart: Path | None,
    outlets: int,
    workers: int,
    customers: int,
    fulfil: bool,
) -> None:
    """A long run of mixed load: does it stay as it was, and are the books right after it?

    Finds the peak, then sells at SHARE of it for so many MINUTES, with repetitions, look-ups,
    refusals and suspensions among the sales; worker and BOSS simulator complete the orders. Ends
    with 1 when throughput, p99 or memory is not flat, or when anything in the books is wrong.
    """
    loaded = load_now()
    with tempfile.TemporaryDirectory(prefix="qudao-bench-") as folder:
        run = _Soak(outlets, workers, customers, fulfil, Path(folder), click.echo)
        report = run.run(minutes * 60, share, rate)
    report["machine"]["load_before"] = loaded
    if file is not None:
        file.write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n", "utf-8")
        click.echo(f"Written to {file}")
    if chart is not None:
        draw(chart, report)
        click.echo(f"Drawn in {chart}")
    sys.exit(0 if report["passed"] else 1)


class _Soak:
    """One run."""

    def __init__(
        self, outlets: int, workers: int, customers: int, fulfil: bool, folder: Path, say: Say
    ) -> None:
        self.outlets, self.workers, self.customers = outlets, workers, customers
        self.fulfil, self.folder, self.say = fulfil, folder, say
        self.name = f"soak-{time.time_ns():x}"

    def run(self, seconds: float, share: float, rate: float | None) -> dict[str, Any]:
        """Do all of it; return what the JSON has."""
        with stand(self.outlets, self.say) as made, ExitStack() as stack:
            boss = None
            if self.fulfil:
                self.say(f"Starting a BOSS simulator with {self.customers} customers")
                (self.folder / "boss").mkdir()
                boss = stack.enter_context(
                    servers.boss(self.folder / "boss", self.folder / "boss.log", self.customers)
                )
            served = stack.enter_context(servers.counter(self.folder / "counter.log", self.workers))
            wrk.warm_up(served.port, made.outlets)
            peak = self._peak(made, served, boss) if rate is None else {}
            sales_per_s = share * peak["sustained_per_s"] if rate is None else rate
            watched = {"counter": served}
            if boss is not None:
                log = self.folder / "worker.log"
                watched["worker"] = stack.enter_context(servers.worker(log, boss.port))
                watched["BOSS"] = boss
            web = stack.enter_context(servers.web_server(self.folder / "web.log", 1, 2))
            taken, told = self._load(made, watched, web, sales_per_s, seconds)
            drained_s = self._drain(made) if self.fulfil else 0.0
            facts = facts_of(made, seconds)
            stack.close()
            self.say("Comparing the books with what was acknowledged")
            found, unsound, counts = soak_audit.audit(
                made,
                self.folder / f"{self.name}.tsv",
                self.name,
                told["windows"],
                self.folder / "boss" / "boss.sqlite3" if self.fulfil else None,
            )
        trends = trends_of(taken, list(watched))
        checks = self._checks(taken, told, sales_per_s, found, unsound)
        for one in trends:
            self.say(str(one))
        for name, wrong in checks.items():
            self.say(f"{'FAILED' if wrong else 'ok':7} {name}{f': {wrong}' if wrong else ''}")
        middle = {one.name: one.middle for one in trends}
        return {
            "peak": peak,
            "share": share,
            "sales_per_s_wanted": round(sales_per_s, 1),
            "minutes": round(seconds / 60, 2),
            "sales_per_s": round(middle["sales a second"], 1),
            "p99_ms": round(middle["p99 of a sale, ms"], 2),
            "completions_per_s": round(
                (taken[-1]["completions"] - taken[0]["completions"])
                / max(1.0, taken[-1]["at"] - taken[0]["at"]),
                1,
            ),
            "drained_s": round(drained_s, 1),
            "flat": all(one.flat for one in trends),
            "trends": {
                one.name: {
                    "median": round(one.middle, 2),
                    "change": round(one.change, 2),
                    "per_hour": round(one.slope_per_hour, 2),
                    "flat": one.flat,
                }
                for one in trends
            },
            "checks": checks,
            "passed": all(one.flat for one in trends) and not any(checks.values()),
            "counts": counts,
            "answers": told["statuses"],
            "states_looked_up": told["states"],
            "portal_reads": told["portal"],
            "samples": taken,
            "machine": facts,
        }

    def _peak(self, made: Stand, served: Running, boss: Running | None) -> dict[str, float]:
        """What of this mix can be sold a second; what completed; and what of both at once."""
        said: list[dict[str, Any]] = []
        # The audit looks for keys that begin with the run's name: these are not of the run.
        run = f"peak-{self.name}"
        with self._clients(made, served, PEAK_CONNECTIONS, 0, PEAK_S, run) as client:
            said.extend(client)
        sold = said[-1]["acknowledged"] / PEAK_S
        peak = {"acknowledged_per_s": round(sold, 1)}
        self.say(f"Peak: {sold:,.0f} sales a second, with the other requests of the mix")
        if boss is None:
            return peak | {"sustained_per_s": round(sold, 1)}
        with servers.worker(self.folder / "worker-peak.log", boss.port):
            deadline = time.monotonic() + 60
            while (begin := samples.database(made))["completions"] == 0:
                if time.monotonic() > deadline:
                    log = (self.folder / "worker-peak.log").read_text(errors="replace")[-800:]
                    raise RuntimeError(f"no order is completed: {log}")
                time.sleep(0.2)
            began = time.monotonic()
            while (now := samples.database(made))["queue"] and time.monotonic() - began < PEAK_S:
                time.sleep(0.5)
            done = now["completions"] - begin["completions"]
            completed = done / (time.monotonic() - began)
            # What was left of the peak's sales is not to be seen in the run.
            self._drain(made)
        sustained = 1 / (1 / sold + 1 / completed)
        self.say(
            f"      {completed:,.0f} a second completed when nothing is sold:"
            f" {sustained:,.0f} of both at once"
        )
        return peak | {
            "completed_per_s": round(completed, 1),
            "sustained_per_s": round(sustained, 1),
        }

    def _drain(self, made: Stand) -> float:
        """Wait until the BOSS has answered for every order; return how long it took."""
        began = time.monotonic()
        while samples.database(made)["queue"]:
            if time.monotonic() - began > DRAIN_S:
                self.say(f"After {DRAIN_S} s there are still orders that wait for the BOSS")
                break
            time.sleep(0.5)
        return time.monotonic() - began

    def _load(
        self,
        made: Stand,
        watched: dict[str, Running],
        web: Running,
        sales_per_s: float,
        seconds: float,
    ) -> tuple[list[dict[str, Any]], dict[str, Any]]:
        made.settle_down()
        self.say(f"Selling {sales_per_s:,.0f} a second for {seconds / 60:g} minutes")
        suspensions, portal = Suspensions(SUSPENDED_OUTLETS), PortalReads(web.port, made.outlets)
        suspensions.start()
        portal.start()
        began = time.time()
        taken: list[dict[str, Any]] = []
        statuses: Counter[str] = Counter()
        said: dict[str, Any] = {}
        rate = sales_per_s / SALES
        with self._clients(
            made, watched["counter"], CONNECTIONS, rate, seconds, self.name
        ) as client:
            for said in client:
                statuses.update(said["statuses"])
                if not said["last"]:
                    taken.append(self._sample(made, watched, said, began, taken))
        suspensions.stop()
        portal.stop()
        for side in (suspensions, portal):
            if side.error is not None:
                raise side.error
        return taken, {
            "statuses": dict(sorted(statuses.items())),
            "states": said["states"],
            "wrong": said["wrong"],
            "wrongs": said["wrongs"],
            "given_up": said["given_up"] + said["undecided"],
            "windows": suspensions.windows,
            "portal": portal.figures(),
        }

    @contextmanager
    def _clients(
        self,
        made: Stand,
        served: Running,
        connections: int,
        rate: float,
        seconds: float,
        run: str,
    ) -> Iterator[Iterator[dict[str, Any]]]:
        """The clients as a process, and what they say; rate 0: as fast as they are answered."""
        wanted = {
            "port": served.port,
            "outlets": made.outlets,
            "connections": connections,
            "rate": rate,
            "seconds": seconds,
            "every": min(EVERY_S, seconds / 4),
            "run": run,
            "lines": str(self._lines()),
            "log": str(self.folder / f"{run}.tsv"),
        }
        with subprocess.Popen(
            [sys.executable, "-m", "qudao.site.bench.soak_client"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as client:
            assert client.stdin is not None and client.stdout is not None
            client.stdin.write(json.dumps(wanted) + "\n")
            client.stdin.flush()
            try:
                yield (json.loads(text) for text in client.stdout)
            except BaseException:
                client.kill()
                raise
        assert client.returncode == 0, "the clients ended with an error"

    def _sample(
        self,
        made: Stand,
        watched: dict[str, Running],
        said: dict[str, Any],
        began: float,
        before: list[dict[str, Any]],
    ) -> dict[str, Any]:
        at = said["at"] - began
        since = at - (before[-1]["at"] if before else 0.0)
        sample = samples.database(made)
        sample |= {
            "at": round(at, 2),
            "sales_per_s": round(said["sold"] / since, 1),
            "p50_ms": round(said["p50_ms"], 2),
            "p99_ms": round(said["p99_ms"], 2),
            "look_p99_ms": round(said["look_p99_ms"], 2),
            "acknowledged": said["acknowledged"],
            "missed": said["missed"],
            "undecided": said["undecided"],
            "memory_mb": {
                name: samples.memory_mb(samples.below(one.process.pid))
                for name, one in watched.items()
            },
        }
        sample["memory_mb"]["database"] = sample.pop("database_mb")
        sample["completions_per_s"] = (
            round((sample["completions"] - before[-1]["completions"]) / since, 1) if before else 0.0
        )
        self.say(
            f"{at / 60:6.1f} min  {sample['sales_per_s']:7,.0f} sales/s"
            f"  p99 {sample['p99_ms']:7.1f} ms  {sample['completions_per_s']:7,.0f} completed/s"
            f"  queue {sample['queue']:7,}  memory "
            + ", ".join(f"{name} {held:.0f}" for name, held in sample["memory_mb"].items())
        )
        return sample

    def _lines(self) -> Path:
        """A file of the numbers of lines that the BOSS knows; some other ones without a BOSS.

        All begin with 13: so do the requests that are made beforehand.
        """
        import sqlite3

        path = self.folder / "lines.txt"
        if self.fulfil:
            db = sqlite3.connect(f"file:{self.folder / 'boss' / 'boss.sqlite3'}?mode=ro", uri=True)
            active = db.execute("SELECT msisdn FROM line WHERE state = 'active' ORDER BY msisdn")
            numbers = [row[0] for row in active if row[0].startswith("13")]
            db.close()
        else:
            numbers = [f"13{900_000_000 + 7 * place}" for place in range(self.customers)]
        path.write_text("\n".join(numbers))
        return path

    def _checks(
        self,
        taken: list[dict[str, Any]],
        told: dict[str, Any],
        sales_per_s: float,
        found: dict[str, int],
        unsound: list[str],
    ) -> dict[str, str]:
        """Return each check with what is wrong, in words; empty when nothing is."""
        checks = {name: f"{count:,}" if count else "" for name, count in found.items()}
        checks["what `qudao check` finds"] = "; ".join(unsound[:5])
        checks["answers that should not be"] = (
            f"{told['wrongs']}, such as: {told['wrong'][0]}" if told["wrongs"] else ""
        )
        checks["sales that were never decided"] = f"{told['given_up']}" if told["given_up"] else ""
        checks["the rate that was wanted"] = (
            f"{taken[-1]['acknowledged']:,} sales in {taken[-1]['at']:.0f} s"
            if taken[-1]["acknowledged"] < 0.95 * sales_per_s * taken[-1]["at"]
            else ""
        )
        missed = sum(one["missed"] for one in taken)
        checks["requests that could not leave in time"] = f"{missed:,}" if missed else ""
        if self.fulfil:
            behind = taken[-1]["queue"]
            checks["completions that do not keep up"] = (
                f"{behind:,} orders wait" if behind > BEHIND_S * sales_per_s else ""
            )
        return checks
