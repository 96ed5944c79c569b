"""The kiosk: large targets, twelve on a page."""

from qudao.domain.echannel.fronts import fronts
from qudao.domain.echannel.types import FrontLimits, Room

fronts.register("kiosk")(
    FrontLimits(
        front="kiosk",
        name_zh="自助终端",
        name_en="Kiosk",
        page=None,
        lines=12,
        label=Room(24, 12),
        text=Room(200, 100),
        entries=36,
        depth=3,
        digits="",
    )
)
