"""The web hall: pages that scroll, entries that are clicked."""

from qudao.domain.echannel.fronts import fronts
from qudao.domain.echannel.types import FrontLimits, Room

fronts.register("web")(
    FrontLimits(
        front="web",
        name_zh="网上营业厅",
        name_en="Web hall",
        page=None,
        lines=None,
        label=Room(40, 20),
        text=Room(400, 200),
        entries=60,
        depth=3,
        digits="",
    )
)
