"""Labels whose words mean something of their own where goods move."""

from __future__ import annotations

from typing import Final

from django.utils.translation import pgettext_lazy

FROM: Final = pgettext_lazy("goods", "From")
TO: Final = pgettext_lazy("goods", "To")
TERMS: Final = pgettext_lazy("goods", "Terms")
NOTE: Final = pgettext_lazy("goods", "Note")
ANSWER: Final = pgettext_lazy("goods", "Answer")
ASKED: Final = pgettext_lazy("goods", "Asked for")
SENT: Final = pgettext_lazy("goods", "Sent")
RECEIVED: Final = pgettext_lazy("goods", "Received")
SINCE: Final = pgettext_lazy("goods", "Since")
DECIDED: Final = pgettext_lazy("goods", "Decided at")
PLACE: Final = pgettext_lazy("goods", "Place")
FOR: Final = pgettext_lazy("goods", "For")
