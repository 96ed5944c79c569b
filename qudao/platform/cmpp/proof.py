"""
Who is who when a connection begins: both sides show that they know the shared secret.

MD5 is what the protocol prescribes. It is no protection against who can listen on the line, so
connections to a gateway go over a leased line or a tunnel.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime

from qudao.platform.cmpp.layout import Version
from qudao.platform.cmpp.pdu import Connect, ConnectResp


def timestamp_of(at: datetime) -> int:
    """MMDDHHMMSS, as the clock on the wall shows it in the zone of `at`."""
    return int(at.strftime("%m%d%H%M%S"))


def connect(sp_id: str, secret: bytes, at: datetime, version: Version) -> Connect:
    """The request of an SP that wants to connect."""
    timestamp = timestamp_of(at)
    return Connect(
        source_addr=sp_id,
        authenticator_source=_source(sp_id, secret, timestamp),
        version=version,
        timestamp=timestamp,
    )


def proves(request: Connect, secret: bytes) -> bool:
    """Whether the SP knows the secret."""
    expected = _source(request.source_addr, secret, request.timestamp)
    return hmac.compare_digest(expected, request.authenticator_source)


def answer(request: Connect, secret: bytes, status: int, version: Version) -> ConnectResp:
    """The gateway's answer, `version` being the highest that it knows."""
    width = 1 if version is Version.V20 or request.version < Version.V30 else 4
    return ConnectResp(
        status=status,
        authenticator_ismg=_gateway(status, width, request, secret),
        version=version,
    )


def answer_proves(response: ConnectResp, request: Connect, secret: bytes) -> bool:
    """
    Whether the gateway knows the secret, too.

    Status goes in with its own width. Gateways of 3.0 are known that take one octet all the same.
    """
    return any(
        hmac.compare_digest(
            _gateway(response.status, width, request, secret), response.authenticator_ismg
        )
        for width in (1, 4)
    )


def _source(sp_id: str, secret: bytes, timestamp: int) -> bytes:
    """AuthenticatorSource: MD5(Source_Addr + 9 octets of 0 + secret + timestamp in digits)."""
    return _md5(sp_id.encode("latin-1") + bytes(9) + secret + b"%010d" % timestamp)


def _gateway(status: int, width: int, request: Connect, secret: bytes) -> bytes:
    """AuthenticatorISMG: MD5(Status + AuthenticatorSource + secret)."""
    return _md5(status.to_bytes(4, "big")[-width:] + request.authenticator_source + secret)


def _md5(octets: bytes) -> bytes:
    # Said so, or a machine under FIPS rules refuses it.
    return hashlib.md5(octets, usedforsecurity=False).digest()
