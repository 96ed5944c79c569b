"""Django's view of this package."""

from django.apps import AppConfig


class SaleschannelConfig(AppConfig):
    name = "qudao.domain.saleschannel"
    label = "saleschannel"
