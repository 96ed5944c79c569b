"""Numbers of the specification: commands (5.1.2.1), statuses (5.1.3), parameters (5.3.2)."""

from __future__ import annotations

from enum import IntEnum
from typing import Final

RESPONSE: Final = 0x80000000
"""The bit of a command that makes it the answer to one."""


class Command(IntEnum):
    """What a PDU asks for, or answers."""

    BIND_RECEIVER = 0x00000001
    BIND_TRANSMITTER = 0x00000002
    QUERY_SM = 0x00000003
    SUBMIT_SM = 0x00000004
    DELIVER_SM = 0x00000005
    UNBIND = 0x00000006
    REPLACE_SM = 0x00000007
    CANCEL_SM = 0x00000008
    BIND_TRANSCEIVER = 0x00000009
    OUTBIND = 0x0000000B
    ENQUIRE_LINK = 0x00000015
    SUBMIT_MULTI = 0x00000021
    ALERT_NOTIFICATION = 0x00000102
    DATA_SM = 0x00000103
    GENERIC_NACK = 0x80000000
    BIND_RECEIVER_RESP = 0x80000001
    BIND_TRANSMITTER_RESP = 0x80000002
    QUERY_SM_RESP = 0x80000003
    SUBMIT_SM_RESP = 0x80000004
    DELIVER_SM_RESP = 0x80000005
    UNBIND_RESP = 0x80000006
    REPLACE_SM_RESP = 0x80000007
    CANCEL_SM_RESP = 0x80000008
    BIND_TRANSCEIVER_RESP = 0x80000009
    ENQUIRE_LINK_RESP = 0x80000015
    SUBMIT_MULTI_RESP = 0x80000021
    DATA_SM_RESP = 0x80000103


class Status(IntEnum):
    """How a request ended. The specification's names without their ESME_; vendors add more."""

    ROK = 0x00
    RINVMSGLEN = 0x01
    RINVCMDLEN = 0x02
    RINVCMDID = 0x03
    RINVBNDSTS = 0x04
    RALYBND = 0x05
    RINVPRTFLG = 0x06
    RINVREGDLVFLG = 0x07
    RSYSERR = 0x08
    RINVSRCADR = 0x0A
    RINVDSTADR = 0x0B
    RINVMSGID = 0x0C
    RBINDFAIL = 0x0D
    RINVPASWD = 0x0E
    RINVSYSID = 0x0F
    RCANCELFAIL = 0x11
    RREPLACEFAIL = 0x13
    RMSGQFUL = 0x14
    RINVSERTYP = 0x15
    RINVNUMDESTS = 0x33
    RINVDLNAME = 0x34
    RINVDESTFLAG = 0x40
    RINVSUBREP = 0x42
    RINVESMCLASS = 0x43
    RCNTSUBDL = 0x44
    RSUBMITFAIL = 0x45
    RINVSRCTON = 0x48
    RINVSRCNPI = 0x49
    RINVDSTTON = 0x50
    RINVDSTNPI = 0x51
    RINVSYSTYP = 0x53
    RINVREPFLAG = 0x54
    RINVNUMMSGS = 0x55
    RTHROTTLED = 0x58
    RINVSCHED = 0x61
    RINVEXPIRY = 0x62
    RINVDFTMSGID = 0x63
    RX_T_APPN = 0x64
    RX_P_APPN = 0x65
    RX_R_APPN = 0x66
    RQUERYFAIL = 0x67
    RINVOPTPARSTREAM = 0xC0
    ROPTPARNOTALLWD = 0xC1
    RINVPARLEN = 0xC2
    RMISSINGOPTPARAM = 0xC3
    RINVOPTPARAMVAL = 0xC4
    RDELIVERYFAILURE = 0xFE
    RUNKNOWNERR = 0xFF


SLOW_DOWN: Final = frozenset({Status.RTHROTTLED, Status.RMSGQFUL})
"""Nothing is wrong with the message: it came too early."""


def status_name(status: int) -> str:
    """Return a status as the specification writes it, or its number."""
    try:
        return f"ESME_{Status(status).name}"
    except ValueError:
        return f"0x{status:08X}"


class Tag(IntEnum):
    """Optional parameters."""

    DEST_ADDR_SUBUNIT = 0x0005
    DEST_NETWORK_TYPE = 0x0006
    DEST_BEARER_TYPE = 0x0007
    DEST_TELEMATICS_ID = 0x0008
    SOURCE_ADDR_SUBUNIT = 0x000D
    SOURCE_NETWORK_TYPE = 0x000E
    SOURCE_BEARER_TYPE = 0x000F
    SOURCE_TELEMATICS_ID = 0x0010
    QOS_TIME_TO_LIVE = 0x0017
    PAYLOAD_TYPE = 0x0019
    ADDITIONAL_STATUS_INFO_TEXT = 0x001D
    RECEIPTED_MESSAGE_ID = 0x001E
    MS_MSG_WAIT_FACILITIES = 0x0030
    PRIVACY_INDICATOR = 0x0201
    SOURCE_SUBADDRESS = 0x0202
    DEST_SUBADDRESS = 0x0203
    USER_MESSAGE_REFERENCE = 0x0204
    USER_RESPONSE_CODE = 0x0205
    SOURCE_PORT = 0x020A
    DESTINATION_PORT = 0x020B
    SAR_MSG_REF_NUM = 0x020C
    LANGUAGE_INDICATOR = 0x020D
    SAR_TOTAL_SEGMENTS = 0x020E
    SAR_SEGMENT_SEQNUM = 0x020F
    SC_INTERFACE_VERSION = 0x0210
    CALLBACK_NUM_PRES_IND = 0x0302
    CALLBACK_NUM_ATAG = 0x0303
    NUMBER_OF_MESSAGES = 0x0304
    CALLBACK_NUM = 0x0381
    DPF_RESULT = 0x0420
    SET_DPF = 0x0421
    MS_AVAILABILITY_STATUS = 0x0422
    NETWORK_ERROR_CODE = 0x0423
    MESSAGE_PAYLOAD = 0x0424
    DELIVERY_FAILURE_REASON = 0x0425
    MORE_MESSAGES_TO_SEND = 0x0426
    MESSAGE_STATE = 0x0427
    USSD_SERVICE_OP = 0x0501
    DISPLAY_TIME = 0x1201
    SMS_SIGNAL = 0x1203
    MS_VALIDITY = 0x1204
    ALERT_ON_MESSAGE_DELIVERY = 0x130C
    ITS_REPLY_TYPE = 0x1380
    ITS_SESSION_INFO = 0x1383


WIDTHS: Final = {
    **dict.fromkeys(
        (
            Tag.DEST_ADDR_SUBUNIT,
            Tag.DEST_NETWORK_TYPE,
            Tag.DEST_BEARER_TYPE,
            Tag.SOURCE_ADDR_SUBUNIT,
            Tag.SOURCE_NETWORK_TYPE,
            Tag.SOURCE_BEARER_TYPE,
            Tag.SOURCE_TELEMATICS_ID,
            Tag.PAYLOAD_TYPE,
            Tag.MS_MSG_WAIT_FACILITIES,
            Tag.PRIVACY_INDICATOR,
            Tag.USER_RESPONSE_CODE,
            Tag.LANGUAGE_INDICATOR,
            Tag.SAR_TOTAL_SEGMENTS,
            Tag.SAR_SEGMENT_SEQNUM,
            Tag.SC_INTERFACE_VERSION,
            Tag.CALLBACK_NUM_PRES_IND,
            Tag.NUMBER_OF_MESSAGES,
            Tag.DPF_RESULT,
            Tag.SET_DPF,
            Tag.MS_AVAILABILITY_STATUS,
            Tag.DELIVERY_FAILURE_REASON,
            Tag.MORE_MESSAGES_TO_SEND,
            Tag.MESSAGE_STATE,
            Tag.USSD_SERVICE_OP,
            Tag.DISPLAY_TIME,
            Tag.MS_VALIDITY,
            Tag.ITS_REPLY_TYPE,
        ),
        1,
    ),
    **dict.fromkeys(
        (
            Tag.DEST_TELEMATICS_ID,
            Tag.USER_MESSAGE_REFERENCE,
            Tag.SOURCE_PORT,
            Tag.DESTINATION_PORT,
            Tag.SAR_MSG_REF_NUM,
            Tag.SMS_SIGNAL,
            Tag.ITS_SESSION_INFO,
        ),
        2,
    ),
    Tag.QOS_TIME_TO_LIVE: 4,
}
"""Octets of the optional parameters that are numbers."""

TEXTS: Final = {Tag.ADDITIONAL_STATUS_INFO_TEXT: 256, Tag.RECEIPTED_MESSAGE_ID: 65}
"""Octets, with the NUL at the end, of the optional parameters that are texts."""
