"""Django's view of this package."""

from django.apps import AppConfig


class OfficeConfig(AppConfig):
    name = "qudao.platform.backoffice"
    label = "office"
