"""Django's view of this package."""

from django.apps import AppConfig


class SmsConfig(AppConfig):
    name = "qudao.fronts.sms"
    label = "sms"

    def ready(self) -> None:
        """Registers the hall, its health check and its readings."""
        from qudao.fronts.sms import health
        from qudao.fronts.sms.front import HALL
        from qudao.journeys import halls

        halls.register(HALL)
        assert health
