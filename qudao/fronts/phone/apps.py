"""Django's view of this package."""

from django.apps import AppConfig


class PhoneConfig(AppConfig):
    name = "qudao.fronts.phone"
    label = "phone"

    def ready(self) -> None:
        from qudao.fronts.phone import hall  # noqa: F401  (registers the hall)
