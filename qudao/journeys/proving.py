"""
How callers prove who they are within a dialogue: by the service password, by a one-time code, or by
an identity document that a device has read.

A front puts one of these into its `Talk`. What is proved is proved to the platform itself, whoever
the front acts as.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext_lazy as _

from qudao.domain.credential.types import Caller, CodePurpose, CodeTooSoon, Need
from qudao.journeys import callers
from qudao.journeys.menu.item import Call, Input, Kind
from qudao.kernel.personal import Personal, Secret
from qudao.platform.commands.context import Context
from qudao.platform.identity.roles import system_context

NUMBER: Final = Input(
    code="number",
    kind=Kind.DIGITS,
    prompt=_("Which number is it about?"),
    help=_("The eleven digits of your mobile number."),
    shortest=11,
    longest=11,
)
PASSWORD: Final = Input(
    code="password",
    kind=Kind.PIN,
    prompt=_("Your service password, please."),
    help=_("The digits that you chose for this number; not the password of an account."),
    shortest=6,
    longest=8,
)
CODE: Final = Input(
    code="code",
    kind=Kind.PIN,
    prompt=_("The code that was just sent to the number, please."),
    help=_("Six digits, in a short message to the number itself."),
    shortest=6,
    longest=6,
)
DOCUMENT: Final = Input(
    code=PASSWORD.code,
    kind=Kind.TEXT,
    prompt=_("Your identity card, please."),
    help=_("Lay it on the reader."),
    shortest=4,
    longest=40,
)
PURPOSES: Final[Mapping[Need, CodePurpose]] = {
    Need.NUMBER: CodePurpose.LOGIN,
    Need.MONEY: CodePurpose.MONEY,
    Need.DATA: CodePurpose.DATA,
}


@dataclass(frozen=True, slots=True)
class ByPassword:
    """The number, where it is not known, and its service password."""

    address: str
    """Who asks, as the front knows it; wrong tries are counted by it."""

    def inputs(self, call: Call, need: Need) -> tuple[Input, ...]:
        return (PASSWORD,) if call.caller.msisdn else (NUMBER, PASSWORD)

    def challenge(self, call: Call, need: Need, code: str) -> None:
        """Nothing has to be sent."""

    def prove(self, call: Call, need: Need) -> Caller:
        return callers.identify_by_password(
            _ours(call, "prove"),
            msisdn=_number(call),
            password=Secret(call.text(PASSWORD.code)),
            address=self.address,
            known=call.caller,
        )


@dataclass(frozen=True, slots=True)
class ByDocument:
    """
    The number, where it is not known, and an identity document that a device has read.

    For the message that brings what was read, in the place of `ByPassword`: it answers the same
    question.
    """

    address: str

    def inputs(self, call: Call, need: Need) -> tuple[Input, ...]:
        return (DOCUMENT,) if call.caller.msisdn else (NUMBER, DOCUMENT)

    def challenge(self, call: Call, need: Need, code: str) -> None:
        """Nothing has to be sent."""

    def prove(self, call: Call, need: Need) -> Caller:
        return callers.identify_by_document(
            _ours(call, "prove"),
            msisdn=_number(call),
            document_number=Personal(call.text(DOCUMENT.code)),
            address=self.address,
            known=call.caller,
        )


@dataclass(frozen=True, slots=True)
class ByCode:
    """The number, where it is not known, and a code that is sent to it for what is needed."""

    address: str
    language: str = ""

    def inputs(self, call: Call, need: Need) -> tuple[Input, ...]:
        return (CODE,) if call.caller.msisdn else (NUMBER, CODE)

    def challenge(self, call: Call, need: Need, code: str) -> None:
        if code != CODE.code:
            return
        try:
            callers.send_code(
                _ours(call, "send"),
                msisdn=_number(call),
                purpose=PURPOSES[need],
                address=self.address,
                language=self.language,
            )
        except CodeTooSoon:
            return  # the one that was sent a moment ago is still good

    def prove(self, call: Call, need: Need) -> Caller:
        return callers.identify_by_code(
            _ours(call, "prove"),
            msisdn=_number(call),
            purpose=PURPOSES[need],
            code=Secret(call.text(CODE.code)),
            address=self.address,
            known=call.caller,
        )


def _number(call: Call) -> str:
    return call.caller.msisdn or call.text(NUMBER.code)


def _ours(call: Call, part: str) -> Context:
    """The platform's own context, of this message of the caller's."""
    return system_context(call.ctx.at, call.ctx.part(part).request_key, channel=call.ctx.channel)
