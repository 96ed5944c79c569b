"""Write down contacts; see to complaints, appointments and who waits for a person."""

from qudao.domain.care.operations.agents import (
    abandon_request,
    finish_request,
    request_agent,
    take_next_request,
    take_request,
)
from qudao.domain.care.operations.appointments import (
    book_appointment,
    cancel_appointment,
    keep_appointment,
    move_appointment,
    set_desk,
)
from qudao.domain.care.operations.complaints import (
    answer_complaint,
    close_complaint,
    note_complaint,
    open_complaint,
    release_complaint,
    reopen_complaint,
    take_complaint,
    withdraw_complaint,
)
from qudao.domain.care.operations.interactions import record_interactions
from qudao.domain.care.operations.upkeep import reveal_number, sweep

__all__ = [
    "abandon_request",
    "answer_complaint",
    "book_appointment",
    "cancel_appointment",
    "close_complaint",
    "finish_request",
    "keep_appointment",
    "move_appointment",
    "note_complaint",
    "open_complaint",
    "record_interactions",
    "release_complaint",
    "reopen_complaint",
    "request_agent",
    "reveal_number",
    "set_desk",
    "sweep",
    "take_complaint",
    "take_next_request",
    "take_request",
    "withdraw_complaint",
]
