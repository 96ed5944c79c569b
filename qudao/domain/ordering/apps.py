"""Django's view of this package."""

from django.apps import AppConfig


class OrderingConfig(AppConfig):
    name = "qudao.domain.ordering"
    label = "ordering"
