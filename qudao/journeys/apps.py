"""Django's view of this package."""

from django.apps import AppConfig


class JourneysConfig(AppConfig):
    name = "qudao.journeys"
    label = "journeys"

    def ready(self) -> None:
        from qudao.journeys import bulk  # noqa: F401  (registers its jobs)
        from qudao.journeys.reactions import low_balance, low_stock  # noqa: F401  (consumers)
