"""Django's view of this package."""

from django.apps import AppConfig


class CatalogConfig(AppConfig):
    name = "qudao.domain.catalog"
    label = "catalog"
