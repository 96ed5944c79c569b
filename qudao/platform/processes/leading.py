"""What a process leads its subject through, is not done beside it."""

from __future__ import annotations

from uuid import UUID

from qudao.kernel.refusals import Refusal
from qudao.platform.processes.models import Instance
from qudao.platform.processes.refusals import ProcessLeads
from qudao.platform.processes.registry import processes
from qudao.platform.processes.types import RUNNING


def led(subject: UUID) -> Refusal | None:
    """Return the refusal of a command that belongs to a process under way about its subject."""
    running = Instance.objects.unscoped("whoever may act on the subject is told that it is led")
    known = processes()
    found = running.filter(process__in=list(known), subject=subject, state=RUNNING)
    code = found.values_list("process", flat=True).first()
    return None if code is None else ProcessLeads(str(known[code].words))
