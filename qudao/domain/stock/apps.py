"""Django's view of this package."""

from django.apps import AppConfig


class StockConfig(AppConfig):
    name = "qudao.domain.stock"
    label = "stock"
