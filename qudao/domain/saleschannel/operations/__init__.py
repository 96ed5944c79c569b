"""Change outlets, and load the reference data of the sales channels."""

from qudao.domain.saleschannel.operations.outlets import (
    change,
    move,
    open_outlet,
    set_businesses,
    set_limits,
    sign_contract,
)
from qudao.domain.saleschannel.operations.places import (
    ContractMissing,
    NodeCodeInvalid,
    NodeCodesExhausted,
    NodeCodeTaken,
    OpeningHoursInvalid,
    OutletFieldInvalid,
    OutletStateConflict,
    PlaceUnsuitable,
    ReasonMissing,
)
from qudao.domain.saleschannel.operations.reference import load_reference
from qudao.domain.saleschannel.operations.states import activate, close, resume, suspend
from qudao.domain.saleschannel.operations.stretches import note_attributes
from qudao.domain.saleschannel.operations.surveys import (
    LONGEST_REMARKS,
    MOST_PHOTOGRAPHS,
    PhotographsUneven,
    survey,
)

__all__ = [
    "LONGEST_REMARKS",
    "MOST_PHOTOGRAPHS",
    "ContractMissing",
    "NodeCodeInvalid",
    "NodeCodeTaken",
    "NodeCodesExhausted",
    "OpeningHoursInvalid",
    "OutletFieldInvalid",
    "OutletStateConflict",
    "PhotographsUneven",
    "PlaceUnsuitable",
    "ReasonMissing",
    "activate",
    "change",
    "close",
    "load_reference",
    "move",
    "note_attributes",
    "open_outlet",
    "resume",
    "set_businesses",
    "set_limits",
    "sign_contract",
    "survey",
    "suspend",
]
