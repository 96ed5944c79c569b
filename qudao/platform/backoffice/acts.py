"""Acts: what a person may do on a screen, each one operation."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_lazy as _

from qudao.kernel.refusals import Refusal
from qudao.platform.backoffice.forms import ActForm
from qudao.platform.backoffice.values import Cell, Section, Text
from qudao.platform.commands.command import Command, commands
from qudao.platform.commands.context import Context


@dataclass(frozen=True)
class Act:
    """
    A form and the operation that it calls.

    It is offered to who was granted the command, on rows for which `when` holds; the operation
    itself decides again, under its locks.
    """

    code: str
    """Its part of the address."""
    label: Text
    command: str
    """Name of the command: who was not granted it, does not see the act."""
    run: Callable[[Context, Any, Mapping[str, Any]], Any]
    """Called with the context, the row (None for an act of the list) and the form's data."""
    form: type[ActForm] = ActForm
    when: Callable[[Any], bool] = lambda row: True
    lead: Text = ""
    """What it does and what follows from it, for the one who is about to do it."""
    verb: Text = ""
    """On the button; the label, if empty."""
    headed: bool = False
    """The row's own name stands over the form: the act is what the row is there for."""
    icon: str = "check"
    tone: str = ""
    """`danger` for what stops somebody's work."""
    done: Text = _("Done.")
    preview: bool = False
    """Offer to try it out first: everything is checked, nothing is kept."""
    effects: Callable[[Context, Any, Mapping[str, Any]], Sequence[Section]] | None = None
    """What it would change, by the form's data. It is shown first; who has seen it confirms."""
    shows: Callable[[Any], Sequence[tuple[Text, Cell]]] | None = None
    """What of the answer is shown, once, instead of going back to the row."""
    goes_to: Callable[[Any], object] | None = None
    """From the answer to the key of the row to go to; without it, back to where one came from."""
    beside: Callable[[Context, Any], Sequence[Section]] | None = None
    """What one looks at while one fills in the form."""
    more: frozenset[str] = field(default=frozenset())
    """Grants that it needs besides the command."""
    grants: Callable[[frozenset[str], Any], bool] | None = None
    """A further condition on grants and row, such as whether the row's role is appointable."""

    @property
    def has_effects(self) -> bool:
        return self.effects is not None

    def offered(self, grants: frozenset[str], row: Any) -> bool:
        """Say whether somebody with these grants may do it to the row, as far as one can see."""
        return (
            self.command in grants
            and self.more <= grants
            and self.when(row)
            and (self.grants is None or self.grants(grants, row))
        )

    def held_back(self, row: Any) -> Refusal | None:
        """Return why it is not done here now: a process that is under way does it."""
        made = commands.get(self.command)
        return made.held_back(row.pk) if row is not None and isinstance(made, Command) else None
