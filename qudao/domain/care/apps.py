"""Django's view of this package."""

from django.apps import AppConfig


class CareConfig(AppConfig):
    name = "qudao.domain.care"
    label = "care"

    def ready(self) -> None:
        from qudao.domain.care import reactions  # noqa: F401  (registers its consumers)
