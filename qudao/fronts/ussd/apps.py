"""Django's view of this package."""

from django.apps import AppConfig


class UssdConfig(AppConfig):
    name = "qudao.fronts.ussd"
    label = "ussd"

    def ready(self) -> None:
        from qudao.fronts.ussd import hall  # noqa: F401  (registers the hall)
