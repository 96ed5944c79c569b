"""The mobile hall: the same pages on a narrow screen."""

from qudao.domain.echannel.fronts import fronts
from qudao.domain.echannel.types import FrontLimits, Room

fronts.register("mobile")(
    FrontLimits(
        front="mobile",
        name_zh="掌上营业厅",
        name_en="Mobile hall",
        page=None,
        lines=None,
        label=Room(24, 12),
        text=Room(200, 100),
        entries=60,
        depth=3,
        digits="",
    )
)
