"""Back-office screens: what each front shows to whom, its versions, and when they are shown."""

from qudao.domain.echannel.admin import configurations

__all__ = ["configurations"]
