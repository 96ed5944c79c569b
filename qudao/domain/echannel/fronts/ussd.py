"""The USSD hall: screens of 182 septets, or of 80 characters with Chinese in them."""

from qudao.domain.echannel.fronts import fronts
from qudao.domain.echannel.types import FrontLimits, Room

fronts.register("ussd")(
    FrontLimits(
        front="ussd",
        name_zh="USSD营业厅",
        name_en="USSD hall",
        page=Room(182, 80),
        lines=10,
        label=Room(30, 12),
        text=Room(100, 40),
        entries=18,
        depth=3,
        digits="123456789",
    )
)
