"""Messages on their way to people: whether they go out, not what they say."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from qudao.kernel.scope import EVERYWHERE
from qudao.platform.backoffice.filters import by_code, by_days
from qudao.platform.backoffice.screen import Column, Place, Screen, screen
from qudao.platform.backoffice.values import Coded
from qudao.platform.commands.context import Context
from qudao.platform.identity.personal import blind_index, mask_phone
from qudao.platform.messaging.models import OutgoingMessage

STATES = ["queued", "sending", "sent", "failed", "expired"]


@screen(OutgoingMessage)
class MessageScreen(Screen):
    """Masked; the texts (one-time codes) are shown to nobody. They belong to no branch."""

    read = "journal.read"
    title = _("Messages")
    one = _("Message")
    lead = _("Whether messages go out. Their texts are shown to nobody.")
    menu = Place("control", 4, "mail")
    search_help = _("Whole phone number")
    has_pages = False
    ordering = ("-id",)
    columns = (
        Column(_("Time"), lambda row: row.created_at, "created_at"),
        Column(_("State"), lambda row: Coded("message_state", row.state), "state"),
        Column(_("Kind"), lambda row: Coded("message_kind", row.kind), "kind"),
        Column(pgettext_lazy("message", "To"), lambda row: mask_phone(row.recipient)),
        Column(_("Attempts"), lambda row: row.attempts),
        Column(_("Problem"), lambda row: row.problem),
        Column(_("Sent"), lambda row: row.sent_at),
    )
    list_filter = (
        by_code(_("State"), "state", STATES, field="message_state"),
        by_days(_("Date"), "created_at"),
    )

    def rows(self, ctx: Context) -> QuerySet[OutgoingMessage]:
        # They carry no place: only who sees everything above the branches may see them all.
        rows = OutgoingMessage.objects.all()
        wide = ctx.scope == EVERYWHERE or any(path.count(".") < 2 for path in ctx.scope.paths)
        return rows if wide else rows.none()

    def found(self, ctx: Context, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
        mark = blind_index(text.replace(" ", ""), "messaging_outgoing_message.recipient")
        return rows.filter(recipient_hash=mark)
