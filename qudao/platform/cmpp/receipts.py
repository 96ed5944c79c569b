"""
Status reports: what became of a message, as the content of a CMPP_DELIVER.

Their parts are of 2.0 (60 octets) or 3.0 (71 octets); the length tells, for gateways were seen to
send one in a connection of the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any, Final

from qudao.platform.cmpp.layout import Fixed, Version
from qudao.platform.cmpp.pdu import Deliver
from qudao.platform.cmpp.wire import ProtocolError

DELIVERED: Final = "DELIVRD"
UNDECIDED: Final = frozenset({"ACCEPTD", "ENROUTE", "UNKNOWN", ""})
"""More will come. After all others nothing does: `EXPIRED`, or a gateway's own, as `MA:0001`."""

_HEAD = Fixed(
    msg_id="Q",
    stat="7t",
    submit_time="10t",
    done_time="10t",
    dest_terminal_id=("21t", "32t"),
)
_TAIL = Fixed(optional=True, smsc_sequence="I")


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    msg_id: int
    """Of the CMPP_SUBMIT, as CMPP_SUBMIT_RESP told it."""
    stat: str
    submit_time: str = ""
    """YYMMDDHHMM."""
    done_time: str = ""
    dest_terminal_id: str = ""
    smsc_sequence: int = 0

    @property
    def delivered(self) -> bool:
        """Whether the mobile has it."""
        return self.stat == DELIVERED

    @property
    def final(self) -> bool:
        """Whether nothing more will come of this message."""
        return self.stat not in UNDECIDED

    def done_at(self, zone: tzinfo) -> datetime | None:
        """When it became so, to the minute; None where the gateway does not say it."""
        if len(self.done_time) != 10:
            return None
        try:
            return datetime.strptime(self.done_time, "%y%m%d%H%M").replace(tzinfo=zone)
        except ValueError:
            return None


def read(deliver: Deliver) -> Report:
    """
    Read a message that has `registered_delivery`.

    :raises ProtocolError: if its content is too short for a report.
    """
    content = deliver.msg_content
    version = next(
        (one for one in (Version.V30, Version.V20) if len(content) >= _HEAD.size(one)), None
    )
    if version is None:
        raise ProtocolError(f"a status report cannot have {len(content)} octets")
    values: dict[str, Any] = {}
    _TAIL.unpack(content, _HEAD.unpack(content, 0, version, values), version, values)
    return Report(**values)


def content(report: Report, version: Version) -> bytes:
    """
    The report as the content of a CMPP_DELIVER.

    :raises Unencodable: if a value does not fit.
    """
    return _HEAD.pack(report, version) + _TAIL.pack(report, version)
