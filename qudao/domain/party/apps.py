"""Django's view of this package."""

from django.apps import AppConfig


class PartyConfig(AppConfig):
    name = "qudao.domain.party"
    label = "party"
