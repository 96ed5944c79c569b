"""Django's view of this package."""

from django.apps import AppConfig


class Config(AppConfig):
    name = "qudao.platform.events"
    label = "events"
