"""Back-office screens: outlets, and the kinds of channel."""

from qudao.domain.saleschannel.admin import kinds, outlets

__all__ = ["kinds", "outlets"]
