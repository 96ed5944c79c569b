"""Django's view of this package."""

from django.apps import AppConfig


class ResourceConfig(AppConfig):
    name = "qudao.domain.resource"
    label = "resource"
