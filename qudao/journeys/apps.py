"""Django's view of this package."""

from django.apps import AppConfig


class JourneysConfig(AppConfig):
    name = "qudao.journeys"
    label = "journeys"

    def ready(self) -> None:
        from qudao.domain.echannel import ports
        from qudao.journeys import bulk, settling, trials  # noqa: F401  (register their jobs)
        from qudao.journeys.hall_menus import Items
        from qudao.journeys.reactions import (  # noqa: F401  (consumers)
            disputes,
            low_balance,
            low_stock,
            paid_orders,
            policies,
        )

        ports.provide(Items())
