from collections.abc import Callable, Iterator

import pytest

from tests.simulators.smsc.application import Application
from tests.smsc_process import SmscProcess, smsc, smsc_process

__all__ = ["smsc", "smsc_process"]


@pytest.fixture
def connect(smsc: SmscProcess) -> Iterator[Callable[[], Application]]:
    """Opens connections that end with the test."""
    opened: list[Application] = []

    def one() -> Application:
        opened.append(Application(smsc.host, smsc.port))
        return opened[-1]

    yield one
    for application in opened:
        application.close()


@pytest.fixture
def application(connect: Callable[[], Application]) -> Application:
    """A transceiver."""
    opened = connect()
    assert opened.bind() == 0
    return opened
