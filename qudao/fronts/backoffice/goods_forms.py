"""Forms about goods that need more than one package."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from qudao.domain.stock import queries as stock
from qudao.fronts.backoffice.templatetags.backoffice import named_of
from qudao.platform.backoffice.forms import ActForm

LONGEST = 100_000
MOST = 1_000_000


def serials_area(rows: int = 3) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows, "class": "q-mono", "spellcheck": "false"})


def lines(text: str) -> tuple[str, ...]:
    """Return the lines of a text box that say something, each once."""
    found = (line.strip() for line in text.splitlines())
    return tuple(dict.fromkeys(line for line in found if line))


class ReceiveForm(ActForm):
    """What has arrived: all of it, or what was scanned and counted."""

    everything = forms.BooleanField(
        label=_("All of it has arrived as it was sent"),
        required=False,
        initial=True,
        help_text=_("Otherwise take the tick away, and scan and count what is there."),
    )

    def prepare(self) -> None:
        record = stock.requisition(self.ctx, requisition=self.row.pk)
        late = record.row.state == "received"
        for line in record.lines:
            left = line.missing if late else line.dispatched
            if not left:
                continue
            said = {"item": named_of(line, "item"), "sent": left}
            if line.serialised:
                field: forms.Field = forms.CharField(
                    label=gettext("%(item)s: scanned serials of %(sent)s") % said,
                    max_length=LONGEST,
                    required=False,
                    widget=serials_area(),
                    help_text=_("A line each."),
                )
                self.fields[f"s:{line.item}"] = field
            else:
                field = forms.IntegerField(
                    label=gettext("%(item)s: arrived of %(sent)s") % said,
                    min_value=0,
                    max_value=MOST,
                    required=False,
                    initial=left,
                )
                field.widget.attrs |= {"class": "q-num", "inputmode": "numeric"}
                self.fields[f"n:{line.item}"] = field

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        serials: list[str] = []
        quantities: dict[str, int] = {}
        if not data.get("everything"):
            for name, value in data.items():
                if name.startswith("s:") and value:
                    serials += lines(value)
                elif name.startswith("n:") and value:
                    quantities[name[2:]] = value
        return {**data, "serials": tuple(serials), "quantities": quantities}
