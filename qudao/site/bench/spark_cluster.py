"""A Spark cluster on this machine, for as long as a bench needs it: a master and its workers."""

from __future__ import annotations

import os
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from qudao.site.bench.ports import free_port

HOST: Final = "127.0.0.1"
PATIENCE_S: Final = 120
WORKER_MEMORY: Final = "2g"


@contextmanager
def cluster(workers: int) -> Iterator[str]:
    """
    Start a master and workers of one core each, pyspark's own processes; yield an engine's URL.

    They listen on the loopback alone, and end with the block.
    """
    import pyspark

    home = Path(pyspark.__file__).parent
    port, page = free_port(), free_port()
    with tempfile.TemporaryDirectory(prefix="qudao-spark-") as folder, ExitStack() as stack:

        def start(name: str, *arguments: str) -> None:
            log = stack.enter_context(Path(folder, f"{name}.log").open("wb"))
            kind = f"org.apache.spark.deploy.{name.rstrip('0123456789')}"
            process = subprocess.Popen(
                [home / "bin" / "spark-class", kind, "--host", HOST, *arguments],
                env={**os.environ, "SPARK_HOME": str(home), "SPARK_LOCAL_IP": HOST},
                stdout=log,
                stderr=subprocess.STDOUT,
            )
            stack.callback(_end, process)

        start("master.Master", "--port", str(port), "--webui-port", str(page))
        _wait_for(port)
        for number in range(workers):
            start(
                f"worker.Worker{number}",
                *("--cores", "1", "--memory", WORKER_MEMORY, "--work-dir", folder),
                *("--webui-port", str(free_port()), f"spark://{HOST}:{port}"),
            )
        yield (
            f"spark://{HOST}:{port}?partitions={workers}&driver_memory=2g&executor_memory=1g"
            f"&spark.driver.host={HOST}&spark.driver.bindAddress={HOST}"
            f"&spark.scheduler.minRegisteredResourcesRatio=1.0"
            f"&spark.scheduler.maxRegisteredResourcesWaitingTime={PATIENCE_S}s"
        )


def _wait_for(port: int) -> None:
    until = time.monotonic() + PATIENCE_S
    while True:
        try:
            socket.create_connection((HOST, port), timeout=1).close()
            return
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.2)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(timeout=20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
