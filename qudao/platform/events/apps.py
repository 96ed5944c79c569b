"""Django's view of this package."""

from django.apps import AppConfig


class EventsConfig(AppConfig):
    name = "qudao.platform.events"
    label = "events"
