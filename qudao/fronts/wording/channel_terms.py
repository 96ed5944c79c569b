"""What the fields of outlets are called, where one of them is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

OUTLET_FIELDS: Final[Mapping[str, str | Promise]] = {
    "star": pgettext_lazy("field of outlets", "star"),
    "tier": pgettext_lazy("field of outlets", "tier"),
    "market": pgettext_lazy("field of outlets", "market"),
    "longitude": pgettext_lazy("field of outlets", "longitude"),
    "latitude": pgettext_lazy("field of outlets", "latitude"),
    "owner": pgettext_lazy("field of outlets", "owner"),
    "contract_number": pgettext_lazy("field of outlets", "contract number"),
    "deposit": pgettext_lazy("field of outlets", "deposit"),
    "businesses": pgettext_lazy("field of outlets", "businesses"),
    "accuracy_m": pgettext_lazy("field of outlets", "accuracy of the position"),
    "remarks": pgettext_lazy("field of outlets", "remarks"),
}
