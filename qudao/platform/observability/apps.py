"""Django's view of this package."""

from django.apps import AppConfig


class ObservabilityConfig(AppConfig):
    name = "qudao.platform.observability"
    label = "observability"
