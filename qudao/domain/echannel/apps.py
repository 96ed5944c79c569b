"""Django's view of this package."""

from django.apps import AppConfig


class EchannelConfig(AppConfig):
    name = "qudao.domain.echannel"
    label = "echannel"
