"""Read contacts, complaints, appointments and who waits for a person."""

from qudao.domain.care.queries.agents import agent_queue, agent_request, ahead_of
from qudao.domain.care.queries.appointments import (
    appointments,
    appointments_of,
    desks,
    divisions_with_desks,
    slots,
)
from qudao.domain.care.queries.complaints import (
    categories,
    complaint,
    complaint_by_number,
    complaints,
    complaints_of,
)
from qudao.domain.care.queries.interactions import Grain, contact_figures, interactions

__all__ = [
    "Grain",
    "agent_queue",
    "agent_request",
    "ahead_of",
    "appointments",
    "appointments_of",
    "categories",
    "complaint",
    "complaint_by_number",
    "complaints",
    "complaints_of",
    "contact_figures",
    "desks",
    "divisions_with_desks",
    "interactions",
    "slots",
]
