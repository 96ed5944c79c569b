"""Django's view of this package."""

from django.apps import AppConfig


class BackofficeConfig(AppConfig):
    name = "qudao.fronts.backoffice"
    label = "backoffice"
