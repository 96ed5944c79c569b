"""Back-office screens: pools and segments, numbers, pattern rules, grades and their prices."""

from qudao.domain.resource.admin import grades, numbers, patterns, pools

__all__ = ["grades", "numbers", "patterns", "pools"]
