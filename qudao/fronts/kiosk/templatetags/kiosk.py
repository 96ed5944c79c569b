"""What the kiosk's templates write: `{% load kiosk %}`."""

from __future__ import annotations

from django import template
from django.template.base import FilterExpression, NodeList, Parser, Token
from django.template.context import Context
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from qudao.fronts.design.templatetags.design import icon

register = template.Library()


class SendNode(template.Node):
    """A form of one button, which sends one answer to the screen that stands."""

    def __init__(self, arguments: list[FilterExpression], inside: NodeList) -> None:
        self._arguments, self._inside = arguments, inside

    def render(self, context: Context) -> SafeString:
        key, css, *rest = (one.resolve(context) for one in self._arguments)
        sign = icon(rest[0]) if rest else mark_safe("")
        return format_html(
            '<form method="post" action="{}" data-once>'
            '<input type="hidden" name="csrfmiddlewaretoken" value="{}">'
            '<input type="hidden" name="step" value="{}">'
            '<button class="{}" name="text" value="{}">{}{}</button></form>',
            reverse("kiosk:talk"),
            context["csrf_token"],
            context["screen"].step,
            css,
            key,
            sign,
            self._inside.render(context),
        )


@register.tag
def send(parser: Parser, token: Token) -> SendNode:
    """`{% send key css icon %}words{% endsend %}`: a button that answers with a key."""
    arguments = [parser.compile_filter(bit) for bit in token.split_contents()[1:]]
    inside = parser.parse(("endsend",))
    parser.delete_first_token()
    return SendNode(arguments, inside)
