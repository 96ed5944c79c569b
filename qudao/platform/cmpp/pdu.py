"""
The messages of CMPP as records; `wire` turns them into octets and back.

Fields are named as the specification names them (Msg_Id → `msg_id`), in its order, with the values
that most messages have as defaults. Where 2.0 and 3.0 differ, a record has the fields of both, and
those that a version does not know are left out of its octets. Sources: China Mobile Peer to Peer,
versions 2.0 (QB-037) and 3.0.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import ClassVar, Generic, NamedTuple, TypeVar

from qudao.platform.cmpp.layout import Version

A = TypeVar("A", bound="Answer")


class Result(IntEnum):
    """What is answered to CMPP_SUBMIT and CMPP_DELIVER; gateways have more of their own."""

    TAKEN = 0
    STRUCTURE = 1
    COMMAND = 2
    REPEATED = 3
    LENGTH = 4
    FEE_CODE = 5
    TOO_LONG = 6
    SERVICE = 7
    THROTTLED = 8
    """Too much at once: to be sent again, later."""
    FEE_NUMBER_ELSEWHERE = 9
    SOURCE = 10
    SP = 11
    FEE_NUMBER = 12
    DESTINATION = 13
    OTHER = 99
    """Whatever is not said above, as a failure of whom the message was handed to."""


class Status(IntEnum):
    """What is answered to CMPP_CONNECT; from 5 on: any other error."""

    CONNECTED = 0
    STRUCTURE = 1
    SOURCE = 2
    PROOF = 3
    VERSION = 4
    """The version asked for is higher than the gateway's."""
    OTHER = 5


class Format(IntEnum):
    """Msg_Fmt: how the octets of a content are to be read."""

    ASCII = 0
    CARD = 3
    BINARY = 4
    UCS2 = 8
    GB = 15


class Body:
    """What follows the header."""

    __slots__ = ()
    COMMAND: ClassVar[int]


class Answer(Body):
    __slots__ = ()


class Request(Body, Generic[A]):
    """A message to which the other side answers with an `A`."""

    __slots__ = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectResp(Answer):
    COMMAND: ClassVar[int] = 0x80000001
    status: int = Status.CONNECTED
    authenticator_ismg: bytes = field(default=bytes(16), repr=False)
    version: int = Version.V30
    """The highest that the gateway knows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Connect(Request[ConnectResp]):
    COMMAND: ClassVar[int] = 0x00000001
    source_addr: str
    """SP_Id, 6 octets."""
    authenticator_source: bytes = field(repr=False)
    version: int = Version.V30
    timestamp: int
    """MMDDHHMMSS as a number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TerminateResp(Answer):
    COMMAND: ClassVar[int] = 0x80000002


@dataclass(frozen=True, slots=True, kw_only=True)
class Terminate(Request[TerminateResp]):
    COMMAND: ClassVar[int] = 0x00000002


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitResp(Answer):
    COMMAND: ClassVar[int] = 0x80000004
    msg_id: int = 0
    result: int = Result.TAKEN


@dataclass(frozen=True, slots=True, kw_only=True)
class Submit(Request[SubmitResp]):
    """A short message from the SP to up to 99 mobiles."""

    COMMAND: ClassVar[int] = 0x00000004
    msg_id: int = 0
    """Left to the gateway."""
    pk_total: int = 1
    pk_number: int = 1
    registered_delivery: int = 0
    """1: a status report is wanted."""
    msg_level: int = 0
    service_id: str = ""
    fee_user_type: int = 2
    """Who is charged: 0 the destination, 1 the source, 2 the SP, 3 `fee_terminal_id`."""
    fee_terminal_id: str = ""
    fee_terminal_type: int = 0
    """3.0 only. 0: a true number, 1: a pseudonym."""
    tp_pid: int = 0
    tp_udhi: int = 0
    """1: the content begins with a user data header."""
    msg_fmt: int = Format.ASCII
    msg_src: str
    """SP_Id."""
    fee_type: str = "01"
    fee_code: str = "0"
    """Fen."""
    valid_time: str = ""
    at_time: str = ""
    src_id: str
    """The number that the mobile shows and answers to."""
    dest_terminal_id: tuple[str, ...]
    dest_terminal_type: int = 0
    msg_content: bytes
    link_id: str = ""
    """3.0: LinkID, 20 octets. 2.0: the 8 octets of Reserve, where 2.1 has its LinkID."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverResp(Answer):
    COMMAND: ClassVar[int] = 0x80000005
    msg_id: int = 0
    result: int = Result.TAKEN


@dataclass(frozen=True, slots=True, kw_only=True)
class Deliver(Request[DeliverResp]):
    """A short message from a mobile to the SP, or a status report."""

    COMMAND: ClassVar[int] = 0x00000005
    msg_id: int
    dest_id: str
    service_id: str = ""
    tp_pid: int = 0
    tp_udhi: int = 0
    msg_fmt: int = Format.ASCII
    src_terminal_id: str
    src_terminal_type: int = 0
    """3.0 only."""
    registered_delivery: int = 0
    """1: the content is a status report (`receipts`)."""
    msg_content: bytes
    link_id: str = ""
    """As in CMPP_SUBMIT."""

    def taken(self, result: int = Result.TAKEN) -> DeliverResp:
        """The answer to it."""
        return DeliverResp(msg_id=self.msg_id, result=result)


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryResp(Answer):
    """Messages of a day: to mobiles (mt) and from them (mo): done, waiting, failed."""

    COMMAND: ClassVar[int] = 0x80000006
    time: str
    query_type: int = 0
    query_code: str = ""
    mt_tlmsg: int = 0
    mt_tlusr: int = 0
    mt_scs: int = 0
    mt_wt: int = 0
    mt_fl: int = 0
    mo_scs: int = 0
    mo_wt: int = 0
    mo_fl: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Query(Request[QueryResp]):
    COMMAND: ClassVar[int] = 0x00000006
    time: str
    """YYYYMMDD."""
    query_type: int = 0
    """0: of everything, 1: of the service `query_code`."""
    query_code: str = ""
    reserve: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelResp(Answer):
    COMMAND: ClassVar[int] = 0x80000007
    success_id: int = 0
    """0: cancelled, 1: not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancel(Request[CancelResp]):
    COMMAND: ClassVar[int] = 0x00000007
    msg_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ActiveTestResp(Answer):
    COMMAND: ClassVar[int] = 0x80000008
    reserved: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ActiveTest(Request[ActiveTestResp]):
    COMMAND: ClassVar[int] = 0x00000008


class Pdu(NamedTuple):
    sequence: int
    body: Body


def answer_to(command: int) -> int:
    """The Command_Id of the answer to a request."""
    return command | 0x80000000


def refusal(command: int, msg_id: int, result: Result) -> Answer | None:
    """The answer that says no; CMPP has none for what is neither message nor cancellation."""
    match command:
        case Submit.COMMAND:
            return SubmitResp(msg_id=msg_id, result=result)
        case Deliver.COMMAND:
            return DeliverResp(msg_id=msg_id, result=result)
        case Cancel.COMMAND:
            return CancelResp(success_id=1)
    return None
