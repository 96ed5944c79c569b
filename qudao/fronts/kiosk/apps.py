"""Django's view of this package."""

from django.apps import AppConfig


class KioskConfig(AppConfig):
    name = "qudao.fronts.kiosk"
    label = "kiosk"

    def ready(self) -> None:
        from qudao.fronts.kiosk import hall  # noqa: F401  (registers it)
