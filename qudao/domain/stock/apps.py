"""Django's view of this package."""

from django.apps import AppConfig


class StockConfig(AppConfig):
    name = "qudao.domain.stock"
    label = "stock"

    def ready(self) -> None:
        from qudao.domain.stock import reactions  # noqa: F401  (registers its consumers)
