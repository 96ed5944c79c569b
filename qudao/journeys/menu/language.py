"""Change the language (语言设置) of the dialogue."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from qudao.journeys.menu.item import (
    Audience,
    Call,
    Fact,
    Input,
    Item,
    Kind,
    Option,
    Outcome,
    add,
)

LANGUAGES = {"zh-hans": "中文", "en": "English"}


def _change(call: Call) -> Outcome:
    chosen = call.text("language")
    return Outcome((Fact("language", _("Language"), LANGUAGES[chosen]),), language=chosen)


LANGUAGE = add(
    Item(
        code="language",
        name="语言/Language",
        about=_("Go on in another language."),
        position=120,
        keywords=("YY", "语言", "LANGUAGE"),
        audiences=frozenset({Audience.ANYONE}),
        inputs=(
            Input(
                code="language",
                kind=Kind.CHOICE,
                prompt=_("Which language?"),
                help=_("Choose one of the list."),
                choices=lambda call: [Option(code, name) for code, name in LANGUAGES.items()],
            ),
        ),
        handler=_change,
        receipt=("language",),
    )
)
