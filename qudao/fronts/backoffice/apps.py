"""Django's view of this package."""

from django.apps import AppConfig


class BackofficeConfig(AppConfig):
    name = "qudao.fronts.backoffice"
    label = "backoffice"

    def ready(self) -> None:
        from qudao.fronts.wording import word
        from qudao.platform.backoffice import words

        words.provide(word)
