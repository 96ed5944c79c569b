"""
Who talks to a hall: every way of identifying a caller, and what proves that a line is theirs.

Each `identify_…` returns a `Caller`, which the front keeps with its session and gives back at the
next step, or refuses. Wrong tries are counted in a transaction of their own before they are
refused; so none of this is called from inside a command, which would undo the count.

`known` is the caller as they were known before: what they had proved still holds after a step-up.
"""

from __future__ import annotations

from dataclasses import dataclass

from qudao.domain.credential import operations as credential
from qudao.domain.credential import queries as credentials
from qudao.domain.credential.types import (
    ANYBODY,
    Caller,
    CodePurpose,
    CodeSent,
    NotALine,
    Policy,
    Verdict,
)
from qudao.domain.customer import queries as customers
from qudao.kernel.numbers import valid_msisdn
from qudao.kernel.personal import Personal, Secret
from qudao.kernel.refusals import Kind, Refusal
from qudao.platform.commands.command import command
from qudao.platform.commands.context import Context


@dataclass(eq=False)
class OwnerUnknown(Refusal, kind=Kind.CONFLICT):
    """Whose line it is, is not known here: there is no document to compare with."""

    number: str


@dataclass(eq=False)
class AnotherDocument(Refusal, kind=Kind.CONFLICT):
    """The document that is shown at the counter is not the one of the line's owner."""

    number: str


def identify_by_network(
    ctx: Context, *, msisdn: str, known: Caller = ANYBODY, policy: Policy | None = None
) -> Caller:
    """
    Identify a caller by the number that the network told: level `number`. Nothing is written.

    A front that asks often may pass the rules (`credential.queries.policy`) that it keeps.

    :raises NotALine: if the number is no mobile number.
    """
    return known.and_also(
        credentials.network_caller(msisdn=msisdn, at=ctx.at, rules_kept=policy),
    )


def send_code(
    ctx: Context, *, msisdn: str, purpose: CodePurpose, address: str, language: str = ""
) -> CodeSent:
    """Send a one-time code to a line; see `credential.operations.send_code`."""
    return credential.send_code(
        ctx, msisdn=msisdn, purpose=purpose, address=address, language=language
    )


def identify_by_code(
    ctx: Context,
    *,
    msisdn: str,
    purpose: CodePurpose,
    code: Secret,
    address: str,
    known: Caller = ANYBODY,
) -> Caller:
    """
    Identify a caller by the code that was sent to the line for a purpose.

    `login` shows the number, `money` and `data` prove the line for that.

    :raises NotPermitted: without `credential.try_code`.
    :raises NotALine: if the number is no mobile number.
    :raises CodeWrong: if it is another code; it is counted.
    :raises CodeExpired: if there is no code that could be right.
    :raises TooManyTries: if too many wrong tries came from the address.
    """
    verdict = credential.try_code(ctx, msisdn=msisdn, purpose=purpose, code=code, address=address)
    return known.and_also(verdict.identified())


def identify_by_password(
    ctx: Context, *, msisdn: str, password: Secret, address: str, known: Caller = ANYBODY
) -> Caller:
    """
    Identify a caller by the line's service password; it proves the line, for money and for data.

    :raises NotPermitted: without `credential.try_password`.
    :raises NotALine: if the number is no mobile number.
    :raises PasswordWrong: if it is not the password, or the line has none; it is counted.
    :raises LineLocked: if the line is locked, or was by this try.
    :raises TooManyTries: if too many wrong tries came from the address.
    """
    verdict = credential.try_password(ctx, msisdn=msisdn, password=password, address=address)
    return known.and_also(verdict.identified())


def identify_by_document(
    ctx: Context,
    *,
    msisdn: str,
    document_number: Personal,
    address: str,
    known: Caller = ANYBODY,
) -> Caller:
    """
    Identify a caller by their identity document, whose number a device has read; it proves the
    line, for money and for data.

    :raises NotPermitted: without `callers.compare_document`.
    :raises NotALine: if the number is no mobile number.
    :raises OwnerUnknown: if it is not known here whose line it is.
    :raises DocumentDiffers: if it is not the owner's; it is counted.
    :raises LineLocked: if the line is locked, or was by this try.
    :raises TooManyTries: if too many wrong tries came from the address.
    """
    verdict = compare_document(ctx, msisdn=msisdn, document_number=document_number, address=address)
    if verdict is None:
        raise OwnerUnknown(msisdn)
    return known.and_also(verdict.identified())


@command("callers.compare_document")
def compare_document(
    ctx: Context, *, msisdn: str, document_number: Personal, address: str
) -> Verdict | None:
    """
    Compare a document with that of a line's owner; None if the owner is not known here.

    Another document is counted as a wrong try, and is an answer.

    :raises NotALine: if the number is no mobile number.
    """
    if not valid_msisdn(msisdn):
        raise NotALine(msisdn)
    matches = customers.owner_shows(number=msisdn, document=document_number)
    if matches is None:
        return None
    return credential.note_document(ctx, msisdn=msisdn, matches=matches, address=address)


def change_password(
    ctx: Context, *, msisdn: str, old: Secret, new: Secret, address: str, language: str = ""
) -> Caller:
    """
    Set another service password with the old one; returns the caller, who has proved the line.

    :raises NotPermitted: without `credential.change_password`.
    :raises NotALine: if the number is no mobile number.
    :raises PasswordWeak: if the new one could be guessed.
    :raises PasswordSame: if the new one is the old one.
    :raises PasswordWrong: if the old one is not right; it is counted.
    :raises LineLocked: if the line is locked, or was by this try.
    :raises TooManyTries: if too many wrong tries came from the address.
    """
    return credential.change_password(
        ctx, msisdn=msisdn, old=old, new=new, address=address, language=language
    ).identified()


def reset_password(
    ctx: Context, *, msisdn: str, code: Secret, password: Secret, address: str, language: str = ""
) -> Caller:
    """
    Set a service password, the first or another one, by a code that was sent for `reset`; returns
    the caller, who has proved the line.

    :raises NotPermitted: without `credential.reset_password`.
    :raises NotALine: if the number is no mobile number.
    :raises PasswordWeak: if the password could be guessed; the code was not tried.
    :raises CodeWrong: if it is another code; it is counted.
    :raises CodeExpired: if there is no code that could be right.
    :raises TooManyTries: if too many wrong tries came from the address.
    """
    return credential.reset_password(
        ctx, msisdn=msisdn, code=code, password=password, address=address, language=language
    ).identified()


@command("callers.reset_at_counter")
def reset_at_counter(
    ctx: Context, *, msisdn: str, document_number: Personal, password: Secret, language: str = ""
) -> None:
    """
    Set a line's service password for its owner, who shows the document and keys the password in.

    Unlocks the line. Nothing of the document's number may be the password. The line is told by
    short message.

    :raises NotALine: if the number is no mobile number.
    :raises OwnerUnknown: if it is not known here whose line it is.
    :raises AnotherDocument: if the document is not the owner's.
    :raises PasswordWeak: if the password could be guessed.
    """
    if not valid_msisdn(msisdn):
        raise NotALine(msisdn)
    matches = customers.owner_shows(number=msisdn, document=document_number)
    if matches is None:
        raise OwnerUnknown(msisdn)
    if not matches:
        raise AnotherDocument(msisdn)
    credential.set_password(
        ctx, msisdn=msisdn, password=password, avoid=(document_number,), language=language
    )


def look_up(ctx: Context, *, caller: Caller, what: str) -> None:
    """
    Demand that a caller may see personal data of the line now, and write into the journal that it
    is shown. To be called before it is read; `what` is the code of the item that shows it.

    :raises NotPermitted: without `credential.note_look_up`.
    :raises StepUpNeeded: if the caller has to prove first, or once more, that the line is theirs.
    """
    credential.note_look_up(ctx, caller=caller, what=what)
