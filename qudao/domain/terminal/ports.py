"""
What a kiosk wants from its devices.

How customers pay with them is `checkout.ports.Means`: the notes in escrow and the card in the
terminal go there as the charge's token.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from qudao.domain.terminal.types import BankCard, Escrow, Part, ReadDocument
from qudao.kernel.money import Money
from qudao.kernel.refusals import Kind, Refusal


@dataclass(eq=False)
class DeviceFails(Refusal, kind=Kind.UNAVAILABLE):
    """A device of the kiosk does not answer, or cannot do what it is asked for."""

    part: Part
    problem: str
    """For whoever mends it; not for customers."""


class Devices(Protocol):
    """The devices of one kiosk. An intake of notes is known by the id that its front gave it."""

    def working(self) -> frozenset[Part]:
        """Return what is built in and works; nothing if the kiosk cannot be reached."""

    def take_notes(self, intake: str, at_most: Money | None = None) -> Escrow:
        """
        Open the slot: notes go into escrow, up to an amount; the same intake again changes nothing.

        What another customer has left in escrow, bound to no payment, is given back first.

        :raises DeviceFails: if it cannot be opened.
        """

    def escrow(self, intake: str) -> Escrow:
        """
        Return what has been put in. Notes that nobody asks for any more are given back.

        :raises DeviceFails: if the unit does not answer.
        """

    def give_back(self, intake: str) -> Escrow:
        """
        Close the slot and give the notes back, unless they are bound to a payment; again: nothing.

        :raises DeviceFails: if the unit does not answer.
        """

    def card(self) -> BankCard | None:
        """
        Return the bank card that is in the terminal, once its PIN was entered.

        :raises DeviceFails: if the terminal does not answer.
        """

    def eject_card(self) -> None:
        """
        Give the card back, and forget it.

        :raises DeviceFails: if the terminal does not answer.
        """

    def document(self) -> ReadDocument | None:
        """
        Return what the identity card on the reader says.

        :raises DeviceFails: if the reader does not answer.
        """

    def print_slip(self, lines: Sequence[str]) -> None:
        """
        Print a slip, and cut it off.

        :raises DeviceFails: if it was not printed, or not whole.
        """
