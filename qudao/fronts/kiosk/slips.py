"""What is printed on a kiosk's slip."""

from __future__ import annotations

from django.utils.translation import gettext as _

from qudao.fronts.design.templatetags.design import local_time
from qudao.fronts.kiosk.hall import Kiosk
from qudao.fronts.kiosk.looks import fact_text
from qudao.journeys.dialogue.types import Role, Screen

RULE = "-" * 32


def lines(kiosk: Kiosk, screen: Screen) -> list[str]:
    """Return the lines of a slip, in the dialogue's language, numbers masked."""
    name = kiosk.name_en if screen.language == "en" else kiosk.name_zh
    told = [one for one in screen.lines if one.role is Role.FACT]
    return [
        name or kiosk.name_zh,
        f"{_('Terminal')}: {kiosk.node}",
        f"{_('Printed')}: {local_time(kiosk.at, 'full')}",
        RULE,
        *(one.text for one in screen.lines if one.role is Role.TITLE),
        *(f"{one.label}: {fact_text(one)}" if one.label else fact_text(one) for one in told),
        RULE,
        _("Keep this slip. Thank you."),
    ]
