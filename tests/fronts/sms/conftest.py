"""What the SMS hall is tested with."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest

from qudao.domain.credential import operations as credential
from qudao.kernel.personal import Secret
from tests.acquirer_process import AcquirerProcess, acquirer, acquirer_process
from tests.boss_process import BossProcess, boss, boss_process
from tests.cmpp_gateway import CmppGateway, cmpp_gateway
from tests.province import Province
from tests.sms_process import SmsProcess, open_hall, smpp_link, sms_process
from tests.smsc_process import SmscProcess, smsc, smsc_process

__all__ = ["acquirer", "acquirer_process", "boss", "boss_process", "smsc", "smsc_process"]

PASSWORD: Final = "270519"
LIMIT: Final = 1_000_00


@pytest.fixture
def environment(
    server_environment: dict[str, str], boss: BossProcess, acquirer: AcquirerProcess
) -> dict[str, str]:
    """For the hall's process; a test may add to it before it asks for `hall`."""
    return {
        **server_environment,
        **acquirer.environment,
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "QUDAO_BOSS_URL": boss.url,
    }


@pytest.fixture
def gateway() -> Iterator[CmppGateway]:
    """A gateway with mobiles behind it."""
    with cmpp_gateway() as found:
        yield found


@pytest.fixture
def hall(
    committed_province: Province,
    environment: dict[str, str],
    smsc: SmscProcess,
    gateway: CmppGateway,
    tmp_path: Path,
) -> Iterator[SmsProcess]:
    """The hall, bound to the simulated centre and connected to the gateway."""
    open_hall(committed_province)
    links = [smpp_link(smsc), gateway.link()]
    with sms_process(environment, tmp_path, links) as running:
        yield running


@pytest.fixture
def payer(committed_province: Province, boss: BossProcess, acquirer: AcquirerProcess) -> str:
    """The number of a line with a bound card, and `PASSWORD` as its service password."""
    msisdn = boss.fresh().msisdn
    credential.set_password(
        committed_province.system(datetime.now(UTC)), msisdn=msisdn, password=Secret(PASSWORD)
    )
    acquirer.bind(msisdn, limit=LIMIT)
    return msisdn
