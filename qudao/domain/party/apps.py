"""Django's view of this package."""

from django.apps import AppConfig


class PartyConfig(AppConfig):
    name = "qudao.domain.party"
    label = "party"

    def ready(self) -> None:
        from qudao.domain.party.queries import reaches
        from qudao.domain.party.queries.holders import Members
        from qudao.platform.identity import reach
        from qudao.platform.processes import people

        reach.provide(reaches)
        people.provide(Members())
