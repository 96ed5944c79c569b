"""The command: who may bind is in a file, and what is wrong is said."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from simulators.smsc.pdus import Status
from tests.simulators.smsc.application import Application
from tests.smsc_process import ROOT, SmscProcess

ACCOUNTS = [
    {"system_id": "hall", "password": "one", "addresses": ["10086"], "ussd": ["*100"]},
    {"system_id": "bank", "password": "two", "addresses": ["100865"], "most_binds": 1},
    {"system_id": "rest", "password": "three"},
]


def test_messages_go_to_whom_they_belong(tmp_path: Path) -> None:
    file = tmp_path / "accounts.json"
    file.write_text(json.dumps(ACCOUNTS))
    smsc = SmscProcess("--accounts", str(file))
    applications = {}
    try:
        for account in ACCOUNTS:
            application = Application(smsc.host, smsc.port)
            assert application.bind(name=account["system_id"], password=account["password"]) == 0
            applications[account["system_id"]] = application
        for to in ("10086", "100865", "12345"):
            smsc.text(smsc.number(), to, to)
        got = {name: each.delivery().octets for name, each in applications.items()}
        assert got == {"hall": b"10086", "bank": b"100865", "rest": b"12345"}
        smsc.ussd("13900000001", dial="*100*2#", wait_s=0)
        assert applications["hall"].delivery().octets == b"*100*2#"
        smsc.ussd("13900000002", dial="*200#", wait_s=0)
        assert applications["rest"].delivery().octets == b"*200#"
        # the bank may bind once, and nobody with another's password
        second = Application(smsc.host, smsc.port)
        assert second.bind(name="bank", password="two") == Status.BIND_FAILED
        assert second.bind(name="hall", password="two") == Status.INVALID_PASSWORD
        second.close()
    finally:
        for application in applications.values():
            application.close()
        smsc.close()


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["--faults", '{"throttle": 2}'], 2, "--faults: "),
        (["--ussd", '{"dial": "x"}'], 2, "--ussd: "),
        (["--accounts", "/nowhere.json"], 2, "/nowhere.json"),
    ],
)
def test_what_is_wrong_is_said(arguments: list[str], status: int, said: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "simulators.smsc", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert (done.returncode, done.stdout) == (status, "")
    assert said in done.stderr and "Traceback" not in done.stderr


def test_a_port_in_use_is_said(smsc: SmscProcess) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "simulators.smsc", "--port", str(smsc.port)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert done.returncode == 1
    assert f"Port {smsc.port}" in done.stderr and "Traceback" not in done.stderr
