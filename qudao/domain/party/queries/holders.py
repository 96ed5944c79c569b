"""Who holds which role where: for processes, which find the people of their tasks so."""

from __future__ import annotations

from django.db.models import Q
from django.db.models.functions import Length

from qudao.domain.party.models import Membership
from qudao.domain.party.queries import authority
from qudao.kernel.personal import Personal
from qudao.platform.commands.context import Context
from qudao.platform.identity.types import UserId
from qudao.platform.processes.types import Recipient, Seat


class Members:
    """Tells the host of processes who holds which role where."""

    def seats(self, ctx: Context) -> list[Seat]:
        """Return the roles that the actor holds now, and where."""
        held = authority(UserId(ctx.actor), ctx.at).memberships
        return [Seat(one.role, one.path) for one in held]

    def holders(self, ctx: Context, role: str, path: str) -> list[Recipient]:
        """Return who holds a role now at the organization of a path or above it."""
        codes = path.split(".")
        rows = Membership.objects.unscoped("tasks find their people, whoever asks").filter(
            Q(ended_at__isnull=True) | Q(ended_at__gt=ctx.at),
            organization__path__in=[".".join(codes[: n + 1]) for n in range(len(codes))],
            role=role,
            state="active",
            started_at__lte=ctx.at,
            user__is_active=True,
        )
        # The nearest first: those above are many, and seldom meant.
        found = rows.order_by(Length("organization__path").desc(), "started_at", "id")
        return [
            Recipient(user, Personal(phone) if phone else None, language)
            for user, phone, language in found.values_list(
                "user_id", "user__phone", "user__language"
            )
        ]
