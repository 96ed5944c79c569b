"""The phone hall: nine keys, and no more entries than somebody keeps in mind."""

from qudao.domain.echannel.fronts import fronts
from qudao.domain.echannel.types import FrontLimits, Room

fronts.register("phone")(
    FrontLimits(
        front="phone",
        name_zh="电话营业厅",
        name_en="Phone hall",
        page=None,
        lines=9,
        label=Room(60, 30),
        text=Room(400, 200),
        entries=9,
        depth=3,
        digits="123456789",
    )
)
