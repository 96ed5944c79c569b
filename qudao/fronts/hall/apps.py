"""Django's view of this package."""

from django.apps import AppConfig


class HallConfig(AppConfig):
    name = "qudao.fronts.hall"
    label = "hall"

    def ready(self) -> None:
        """Registers the two halls."""
        from qudao.fronts.hall import fronts
        from qudao.journeys import halls

        for hall in (fronts.WEB, fronts.MOBILE):
            halls.register(hall)
