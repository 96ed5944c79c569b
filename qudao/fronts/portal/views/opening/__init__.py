"""Opening an account: what a dossier has come to (`draft`), and the four steps (`steps`)."""

from qudao.fronts.portal.views.opening.steps import (
    contract,
    contract_pdf,
    leave,
    new,
    number,
    plan,
    price,
    resume,
    start,
    who,
)

__all__ = [
    "contract",
    "contract_pdf",
    "leave",
    "new",
    "number",
    "plan",
    "price",
    "resume",
    "start",
    "who",
]
