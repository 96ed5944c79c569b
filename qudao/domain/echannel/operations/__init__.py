"""Write what fronts show: drafts, what is published when, and the switch."""

from qudao.domain.echannel.operations.drafts import discard_draft, save_draft
from qudao.domain.echannel.operations.publishing import publish, withdraw
from qudao.domain.echannel.operations.switching import switch_off, switch_on

__all__ = [
    "discard_draft",
    "publish",
    "save_draft",
    "switch_off",
    "switch_on",
    "withdraw",
]
