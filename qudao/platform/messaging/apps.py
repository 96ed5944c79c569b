"""Django's view of this package."""

from django.apps import AppConfig


class MessagingConfig(AppConfig):
    name = "qudao.platform.messaging"
    label = "messaging"
