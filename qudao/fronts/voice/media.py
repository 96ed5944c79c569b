"""What the two sides agree on: G.711 and keys, out of what a caller's side offers (RFC 3264)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address

from aiosipua import SdpNegotiationError, negotiate_sdp, parse_sdp, serialize_sdp

from qudao.fronts.voice.g711 import PCMA, PCMU


class Unacceptable(Exception):
    """An offer that we cannot take: why."""


@dataclass(frozen=True)
class Agreed:
    """How a call sounds."""

    answer: str
    """Our session description."""
    caller: tuple[str, int] | None
    """Where sound goes; None: nowhere, the line is held."""
    payload_type: int
    event_type: int
    """Payload type of keys; 0: the caller's side does not send them so."""


def agree(offer: str, host: str, port: int, allowed: Callable[[str], bool]) -> Agreed:
    """
    Answer an offer for a port of ours.

    :param allowed: whether sound may be sent to an address: an offer could name somebody else's
    :raises Unacceptable: if there is nothing in it for us
    """
    try:
        offered = parse_sdp(offer)
        audio, address = offered.audio, offered.rtp_address
        if audio is None or address is None or not 0 < address[1] < 65536:
            raise Unacceptable("no audio is offered")
        ip_address(address[0])
        events = [
            codec.payload_type
            for codec in audio.codecs
            if codec.encoding_name.lower() == "telephone-event" and codec.clock_rate == 8000
        ]
        event_type = events[0] if events else 0
        answer, payload_type = negotiate_sdp(
            offered,
            host,
            port,
            supported_codecs=[PCMA, PCMU],
            dtmf_payload_type=event_type,
        )
    except (SdpNegotiationError, ValueError, IndexError, TypeError) as error:
        raise Unacceptable(str(error)) from error
    held = audio.direction in {"sendonly", "inactive"} or address[0] == "0.0.0.0"
    if not held and not allowed(address[0]):
        raise Unacceptable(f"sound to {address[0]}, where none may be sent")
    return Agreed(serialize_sdp(answer), None if held else address, payload_type, event_type)
