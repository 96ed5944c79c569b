"""Links as JSON: what an installation says of its centres."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

Name = Annotated[str, msgspec.Meta(pattern="^[a-z0-9][a-z0-9-]{0,30}$")]
Port = Annotated[int, msgspec.Meta(ge=1, le=65535)]
Window = Annotated[int, msgspec.Meta(ge=1, le=1000)]


class _Link(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    name: Name
    """How it is called in logs and measurements."""
    host: str
    number: Annotated[str, msgspec.Meta(pattern="^[0-9]{0,20}$")] = ""
    """Ours: what phones show with messages that answer none."""
    receipts: bool = False
    """Whether the centre is asked what became of each message of ours."""

    def __repr__(self) -> str:  # without passwords
        return f"{type(self).__name__}({self.name})"


class SmppLink(_Link, frozen=True, kw_only=True, tag_field="protocol", tag="smpp"):
    """A bind to an SMSC."""

    port: Port = 2775
    system_id: Annotated[str, msgspec.Meta(max_length=15)]
    password: Annotated[str, msgspec.Meta(max_length=8)]
    system_type: Annotated[str, msgspec.Meta(max_length=12)] = ""
    pair: bool = False
    """Bound as receiver and as transmitter, not as transceiver."""
    window: Window = 10
    """Messages of ours without an answer."""
    long: Literal["header", "wide-header", "sar", "payload"] = "header"
    """How a text goes that is too long for one message."""
    default: Literal["gsm7", "latin1"] = "gsm7"
    """What data_coding 0 means here."""
    ton: Annotated[int, msgspec.Meta(ge=0, le=6)] = 0
    npi: Annotated[int, msgspec.Meta(ge=0, le=18)] = 0
    """Of numbers to which we write first."""
    tls: bool = False
    ca_file: str = ""
    """Who vouches for the centre, where it is nobody whom the system knows."""


class CmppLink(_Link, frozen=True, kw_only=True, tag_field="protocol", tag="cmpp"):
    """A connection to an ISMG."""

    port: Port = 7890
    sp_id: Annotated[str, msgspec.Meta(min_length=1, max_length=6)]
    secret: str
    service_id: Annotated[str, msgspec.Meta(max_length=10)] = ""
    versions: Annotated[tuple[Literal["3.0", "2.0"], ...], msgspec.Meta(min_length=1)] = (
        "3.0",
        "2.0",
    )
    """To be tried, in this order."""
    window: Window = 16
    check_gateway: bool = True
    """Whether the gateway must prove that it knows the secret."""


Link = SmppLink | CmppLink


def read_links(text: str) -> tuple[Link, ...]:
    """
    Read a list of links.

    :raises ValueError: if it is none; the message says where.
    """
    if not text.strip():
        return ()
    try:
        found = msgspec.json.decode(text.encode(), type=list[Link])
    except msgspec.MsgspecError as error:
        raise ValueError(str(error)) from None
    names = [one.name for one in found]
    if twice := {name for name in names if names.count(name) > 1}:
        raise ValueError(f"two links are called {', '.join(sorted(twice))}")
    return tuple(found)


def read_link(text: str) -> Link:
    """
    Read one link.

    :raises ValueError: if it is none; the message says where.
    """
    (found,) = read_links(f"[{text}]")
    return found
