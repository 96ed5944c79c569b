"""Django's view of this package."""

from django.apps import AppConfig


class OrderingConfig(AppConfig):
    name = "qudao.domain.ordering"
    label = "ordering"

    def ready(self) -> None:
        from qudao.domain.ordering import reactions  # noqa: F401  (registers its consumers)
