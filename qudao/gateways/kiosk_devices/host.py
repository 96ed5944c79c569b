"""Commands to the computer inside a kiosk, and what is known of each afterwards."""

from __future__ import annotations

import itertools
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

import httpx
import msgspec
from django.conf import settings

from qudao.gateways.kiosk_devices import measures

CONNECT_TIMEOUT_S: Final = 1.0
READ_TIMEOUT_S: Final = 5.0
LARGEST: Final = 262_144
"""Octets of an answer."""

_NAME: Final = re.compile(r"[A-Za-z0-9._-]{1,40}")
_ids: Final = itertools.count(1)


class _Header(msgspec.Struct, rename={"completion_code": "completionCode"}):
    completion_code: str
    name: str = ""


class _Completion(msgspec.Struct):
    header: _Header
    payload: dict[str, Any] = {}


@dataclass(frozen=True, slots=True)
class Done:
    """The device answered. `error` says why it did not do it; empty: it did."""

    error: str = ""
    payload: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Silent:
    """There is no usable answer."""

    problem: str
    arrived: bool
    """False only when the command certainly did not reach the device."""


class Host:
    """The computers in all kiosks. Thread-safe."""

    def __init__(self, address: str, token: str = "", ca_file: str = "") -> None:
        """`address` is that of any, with `{kiosk}` for its node code; empty: there are none."""
        self._address = address
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._client = httpx.Client(
            headers=headers,
            timeout=httpx.Timeout(READ_TIMEOUT_S, connect=CONNECT_TIMEOUT_S),
            limits=httpx.Limits(max_connections=64, max_keepalive_connections=32),
            verify=_trusted(ca_file),
            trust_env=False,
        )

    def command(self, kiosk: str, service: str, name: str, **payload: Any) -> Done | Silent:
        """Send one command, once."""
        answer = self._exchange(kiosk, service, name, payload)
        result = "done" if isinstance(answer, Done) else "silent" if answer.arrived else "unreached"
        measures.command(name, result)
        return answer

    def close(self) -> None:
        self._client.close()

    def _exchange(
        self, kiosk: str, service: str, name: str, payload: Mapping[str, Any]
    ) -> Done | Silent:
        if not self._address or not _NAME.fullmatch(kiosk):
            return Silent("no devices are known", arrived=False)
        url = f"{self._address.replace('{kiosk}', kiosk).rstrip('/')}/xfs4iot/v1.0/{service}"
        header = {"name": name, "requestId": next(_ids), "type": "command", "version": "1.0"}
        body = {key: value for key, value in payload.items() if value is not None}
        try:
            response = self._client.post(url, json={"header": header, "payload": body})
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            return Silent(_words(error), arrived=False)
        except httpx.HTTPError as error:
            return Silent(_words(error), arrived=True)
        if response.status_code in (400, 401, 403, 404, 413):
            return Silent(f"{name}: {response.status_code}", arrived=False)
        if response.status_code != 200 or len(response.content) > LARGEST:
            return Silent(f"{name}: {response.status_code}", arrived=True)
        try:
            completion = msgspec.json.decode(response.content, type=_Completion)
        except msgspec.DecodeError as error:
            return Silent(f"{name}: {error}", arrived=True)
        code = completion.header.completion_code
        if completion.header.name != name:
            return Silent(f"{name}: this answers {completion.header.name}", arrived=True)
        if code == "success":
            return Done("", completion.payload)
        error_code = completion.payload.get("errorCode")
        return Done(error_code if isinstance(error_code, str) else code, completion.payload)


@cache
def host() -> Host:
    """Return the one of this process, as the settings say."""
    return Host(
        settings.KIOSK_DEVICES_URL, settings.KIOSK_DEVICES_TOKEN, settings.KIOSK_DEVICES_CA_FILE
    )


def _trusted(ca_file: str) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=ca_file or None)


def _words(error: Exception) -> str:
    return f"{type(error).__name__} {error}".strip()
