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

__all__ = [
    "ContractMissing",
    "NodeCodeInvalid",
    "NodeCodeTaken",
    "NodeCodesExhausted",
    "OpeningHoursInvalid",
    "OutletFieldInvalid",
    "OutletStateConflict",
    "PlaceUnsuitable",
    "ReasonMissing",
    "activate",
    "change",
    "close",
    "load_reference",
    "move",
    "open_outlet",
    "resume",
    "set_businesses",
    "set_limits",
    "sign_contract",
    "suspend",
]
