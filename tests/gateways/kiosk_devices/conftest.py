"""What the gateway to kiosks is tested with."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest

from qudao.gateways.kiosk_devices.host import Host
from tests.kiosk_process import TOKEN, KioskProcess, kiosk_devices

__all__ = ["kiosk_devices"]

_names = itertools.count(1)


@pytest.fixture
def kiosk() -> str:
    """Node code of a kiosk that no test has had."""
    return f"K{next(_names):05}"


@pytest.fixture
def host(kiosk_devices: KioskProcess) -> Iterator[Host]:
    host = Host(kiosk_devices.address, TOKEN)
    yield host
    host.close()
