"""Django's view of this package."""

from django.apps import AppConfig


class WordingConfig(AppConfig):
    name = "qudao.fronts.wording"
    label = "wording"
