"""Outlets change and leave by a process; and checks on site."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from qudao.domain.party.types import OrganizationId
from qudao.domain.saleschannel import queries as outlets
from qudao.fronts.backoffice.channel_forms import ChangeForm, LeaveForm, change_of
from qudao.journeys import channels
from qudao.platform.backoffice.acts import Act
from qudao.platform.backoffice.screen import add_to
from qudao.platform.backoffice.values import Coded, Link, Mono, Section, Several, Table
from qudao.platform.commands.context import Context


def _in_service(row: Any) -> bool:
    return row.state in ("active", "suspended")


def _checks(ctx: Context, key: Any) -> Iterator[Section]:
    found = outlets.surveys(ctx, outlet=OrganizationId(key))
    if not found:
        return
    yield Table(
        _("On-site checks"),
        (
            _("Time"),
            _("For"),
            _("Result"),
            _("Position"),
            _("Distance (m)"),
            _("Remarks"),
            _("Photographs"),
        ),
        [
            (
                one.surveyed_at,
                Coded("survey_purpose", one.purpose),
                Coded("survey_result", "passed" if one.passed else "failed"),
                Mono(f"{one.longitude}, {one.latitude}"),
                one.distance_m,
                one.remarks,
                Several(
                    [
                        Link(
                            reverse("admin:channel_photograph", args=[one.id, position]),
                            str(position + 1),
                        )
                        for position in range(one.photographs)
                    ]
                ),
            )
            for one in found
        ],
    )


add_to(
    "saleschannel.outlet",
    acts=[
        Act(
            "ask-change",
            _("Ask for a change"),
            "channels.change",
            lambda ctx, row, data: channels.change(
                ctx,
                outlet=OrganizationId(row.pk),
                changes=change_of(data),
                reason=data["reason"],
            ),
            form=ChangeForm,
            when=_in_service,
            lead=_(
                "Opening hours change at once. All else is filed with the province, or approved by "
                "it where the shop is our own; a new place is looked at first."
            ),
            icon="settings",
            done=_("The process has begun: its tasks are in the worklist."),
        ),
        Act(
            "leave",
            _("Ask for the exit"),
            "channels.leave",
            lambda ctx, row, data: channels.leave(
                ctx,
                outlet=OrganizationId(row.pk),
                last_day=data["last_day"],
                reason=data["reason"],
            ),
            form=LeaveForm,
            when=_in_service,
            lead=_(
                "It closes once goods, commission, wallet and deposit are settled and it was "
                "looked at on site."
            ),
            icon="logout",
            tone="danger",
            done=_("The process has begun: its tasks are in the worklist."),
        ),
    ],
    sections=_checks,
)
