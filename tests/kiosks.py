"""A kiosk in the small province, admitted as an operator admits one, with devices behind it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from django.test.utils import override_settings

from qudao.domain.party import operations as party
from qudao.domain.party.types import OrganizationId
from qudao.domain.saleschannel import operations as saleschannel
from qudao.domain.saleschannel import queries as outlets
from qudao.domain.saleschannel.types import Market, OutletDraft
from qudao.domain.wallet import operations as wallet
from qudao.gateways.kiosk_devices import host
from qudao.kernel.personal import Personal
from qudao.platform.identity import operations as identity
from qudao.platform.identity.types import TokenId
from tests.kiosk_process import TOKEN, KioskProcess
from tests.province import Province

_names = itertools.count(1)


@dataclass(frozen=True)
class Terminal:
    """A kiosk's outlet, and the token by which its browser is known."""

    outlet: OrganizationId
    node: str
    token: str
    token_id: TokenId


def terminal(province: Province, outlet: OrganizationId | None = None) -> Terminal:
    """Open an outlet of the kind kiosk, unless there is one, and have a token made for it."""
    at, name = datetime.now(UTC), f"kiosk{next(_names)}"
    if outlet is None:
        draft = OutletDraft(
            name_zh="郑州站自助终端",
            name_en="Kiosk, Zhengzhou Station",
            kind="kiosk",
            market=Market.CITY,
            address="郑州站",
            longitude=Decimal("113.6580"),
            latitude=Decimal("34.7460"),
        )
        outlet = saleschannel.open_outlet(
            province.system(at), place=province.organizations["410102"], draft=draft
        )
        wallet.open(province.system(at), outlet=outlet)
        saleschannel.activate(province.system(at), outlet=outlet)
    admitted = party.admit_member(
        province.system(at),
        organization=outlet,
        role="kiosk",
        username=name,
        name=Personal("自助终端"),
    )
    issued = identity.issue_token(
        province.system(at), user=admitted.user, name="kiosk", organization=outlet
    )
    row = outlets.outlet(province.system(at), outlet=outlet)
    return Terminal(outlet, row.node_code, str.__str__(issued.secret), issued.token)


@contextmanager
def devices_of(process: KioskProcess) -> Iterator[None]:
    """While inside, kiosks of this process use these devices."""
    host.host.cache_clear()
    with override_settings(KIOSK_DEVICES_URL=process.address, KIOSK_DEVICES_TOKEN=TOKEN):
        yield
    host.host.cache_clear()
