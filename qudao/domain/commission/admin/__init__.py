"""Back-office screens."""

from qudao.domain.commission.admin import payouts, points, policies, settlements, taxes

__all__ = ["payouts", "points", "policies", "settlements", "taxes"]
