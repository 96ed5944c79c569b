"""Django's view of this package."""

from django.apps import AppConfig


class DialoguesConfig(AppConfig):
    name = "qudao.platform.dialogues"
    label = "dialogues"
