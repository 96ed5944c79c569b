"""The SMS hall: messages of at most five parts (153 septets or 67 units each), keywords."""

from qudao.domain.echannel.fronts import fronts
from qudao.domain.echannel.types import FrontLimits, Room

fronts.register("sms")(
    FrontLimits(
        front="sms",
        name_zh="短信营业厅",
        name_en="SMS hall",
        page=Room(5 * 153, 5 * 67),
        lines=None,
        label=Room(40, 20),
        text=Room(160, 70),
        entries=30,
        depth=2,
        digits="123456789",
        keywords=True,
        reserved=frozenset(
            {"0", "00", "88", "?", "help", "back", "menu", "cancel", "more", "previous"}
            | {"y", "yes", "ok", "n", "no"}
            | {"帮助", "返回", "菜单", "取消", "下页", "上页", "是", "否", "确认"}
        ),
    )
)
