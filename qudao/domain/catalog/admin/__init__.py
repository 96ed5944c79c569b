"""Back-office screens: offerings with versions and shelves, discounts, businesses of an outlet."""

from qudao.domain.catalog.admin import discounts, offerings, outlets

__all__ = ["discounts", "offerings", "outlets"]
