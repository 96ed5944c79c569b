"""Back-office screens: organizations, people, individuals."""

from qudao.domain.party.admin import area, individuals, organizations, people

__all__ = ["area", "individuals", "organizations", "people"]
