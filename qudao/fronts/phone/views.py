"""The door for voice platforms: the first page of a call, and the page after each answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import wraps
from typing import Any, Concatenate, Final, ParamSpec
from uuid import UUID, uuid4

from django.core import signing
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from qudao.domain.credential.types import ANYBODY
from qudao.fronts.phone import keys, pages, recordings
from qudao.fronts.phone.gateways import Platform, platforms
from qudao.fronts.phone.hall import HALL
from qudao.fronts.phone.measures import CALLS, STEPS
from qudao.fronts.phone.pages import Around
from qudao.fronts.phone.script import OTHER, OTHER_KEY
from qudao.fronts.web.limits import over_limit
from qudao.fronts.web.machines import too_many_strangers, vouched
from qudao.journeys import callers
from qudao.journeys.dialogue import talking
from qudao.journeys.dialogue.types import DialogueUnknown, Message, Screen, ScreenKind, Talk
from qudao.journeys.menu.item import Kind
from qudao.journeys.proving import ByPassword
from qudao.kernel.numbers import national_msisdn
from qudao.platform.commands.arguments import printable
from qudao.platform.commands.command import Busy
from qudao.platform.identity.personal import blind_index

CONTENT_TYPE: Final = "application/voicexml+xml; charset=utf-8"
LARGEST: Final = 8_192
"""Octets of an answer."""
LONGEST_CALL_S: Final = 7_200
PER_MINUTE: Final = 120
"""Pages for one caller: nobody presses keys so fast."""
AGENT: Final = "agent"
"""The item after which a caller is put through."""
_SALT: Final = "phone"

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, str, Platform, P], HttpResponseBase]


@dataclass(frozen=True, slots=True)
class Call:
    """What goes with each page of a call, signed."""

    caller: str
    """The number as it was told; empty if it was withheld."""
    dialogue: UUID
    step: int
    language: str
    item: str
    kind: str
    """Of the input that is asked for."""
    other: bool
    """The other language was offered."""

    def dump(self) -> str:
        return signing.dumps(
            [
                self.caller,
                self.dialogue.hex,
                self.step,
                self.language,
                self.item,
                self.kind,
                self.other,
            ],
            salt=_SALT,
        )

    @classmethod
    def load(cls, text: str) -> Call:
        """:raises BadSignature: if it is not ours, or too old."""
        caller, dialogue, *rest = signing.loads(text, salt=_SALT, max_age=LONGEST_CALL_S)
        return cls(caller, UUID(dialogue), *rest)


def _platform(view: View[P]) -> Callable[..., HttpResponseBase]:
    """Let only voice platforms in that hold their secret."""

    @csrf_exempt
    @wraps(view)
    def guarded(
        request: HttpRequest, gateway: str, *args: P.args, **more: P.kwargs
    ) -> HttpResponseBase:
        platform = platforms().get(gateway)
        if vouched(request, None if platform is None else platform.secret):
            assert platform is not None
            return view(request, gateway, platform, *args, **more)
        if too_many_strangers(request, "phone"):
            return HttpResponse("Too many requests\n", status=429, content_type="text/plain")
        response = HttpResponse("The secret is wanted\n", status=401, content_type="text/plain")
        response["WWW-Authenticate"] = 'Basic realm="phone", charset="UTF-8"'
        return response

    return guarded


@_platform
@require_GET
def begin(request: HttpRequest, gateway: str, platform: Platform) -> HttpResponse:
    """
    Answer the first page of a call: `caller` is the number that calls; `language` may be said.
    """
    language = request.GET.get("language", "")
    language = language if language in OTHER else platform.language
    caller = printable(request.GET.get("caller", ""), 40)
    CALLS.labels(gateway).inc()
    if _too_often(gateway, caller):
        return _page(pages.of_phrases(language, _around(gateway, language), "too-fast"))
    screen = talking.start(_talk(gateway, platform, caller, language))
    return _page(_of_screen(gateway, platform, caller, screen, welcome=True))


@_platform
@require_POST
def step(request: HttpRequest, gateway: str, platform: Platform) -> HttpResponse:
    """Answer what was pressed: `talk` as the page before had it, `answer` the keys."""
    if len(request.body) > LARGEST:
        return HttpResponse("Too large\n", status=413, content_type="text/plain")
    try:
        call = Call.load(request.POST.get("talk", ""))
    except (signing.BadSignature, ValueError, TypeError):
        return HttpResponse("This is no call of ours\n", status=400, content_type="text/plain")
    if _too_often(gateway, call.caller):
        around = _around(gateway, call.language)
        return _page(pages.of_phrases(call.language, around, "too-fast", "goodbye"))
    pressed = request.POST.get("answer", "")
    try:
        screen = _next(gateway, platform, call, pressed)
    except Busy:
        return _page(
            pages.of_phrases(call.language, _around(gateway, call.language), "disturbed", "goodbye")
        )
    return _page(_of_screen(gateway, platform, call.caller, screen, before=call.item))


@_platform
@require_GET
def sound(
    request: HttpRequest, gateway: str, platform: Platform, language: str, name: str
) -> HttpResponseBase:
    """Answer a prepared recording."""
    path = recordings.file(language, name)
    if path is None:
        return HttpResponse("No such recording\n", status=404, content_type="text/plain")
    response = FileResponse(path.open("rb"), content_type="audio/wav")
    response["Cache-Control"] = "max-age=3600"
    return response


def _next(gateway: str, platform: Platform, call: Call, pressed: str) -> Screen:
    if call.other and pressed.strip() == OTHER_KEY:
        return talking.start(_talk(gateway, platform, call.caller, OTHER[call.language]))
    talk = _talk(gateway, platform, call.caller, call.language)
    text = keys.text_of(pressed, Kind(call.kind) if call.kind else None)
    try:
        return talking.step(talk, Message(text, step=call.step), call.dialogue)
    except DialogueUnknown:
        return talking.start(talk)


def _talk(gateway: str, platform: Platform, caller: str, language: str) -> Talk:
    at, key = datetime.now(UTC), f"phone:{uuid4()}"
    place = HALL.place()
    number = national_msisdn(caller) if platform.vouches else None
    known = ANYBODY
    if number is not None:
        known = callers.identify_by_network(HALL.context(place, at=at, key=key), msisdn=number)
    address = number or f"{gateway}:{caller}"
    return HALL.talk(
        place, at=at, key=key, caller=known, language=language, identify=ByPassword(address)
    )


def _of_screen(
    gateway: str,
    platform: Platform,
    caller: str,
    screen: Screen,
    *,
    before: str = "",
    welcome: bool = False,
) -> bytes:
    inside = any(one.value == "back" for one in screen.moves)
    root = screen.kind is ScreenKind.MENU and not inside
    call = Call(
        caller,
        screen.dialogue,
        screen.step,
        screen.language,
        screen.item,
        "" if screen.wanted is None else screen.wanted.kind,
        root,
    )
    through = screen.kind is ScreenKind.DONE and screen.item == AGENT
    STEPS.labels(screen.kind).inc()
    return pages.of_screen(
        screen,
        _around(
            gateway,
            screen.language,
            talk=call.dump(),
            before=before,
            agents=platform.agents if through else "",
            welcome=welcome and root,
            other=root,
        ),
    )


def _around(gateway: str, language: str, **more: Any) -> Around:
    sounds = reverse("phone:sound", args=[gateway, language, "x"]).rpartition("/")[0]
    return Around(
        next=reverse("phone:step", args=[gateway]),
        recordings=sounds,
        recorded=recordings.names(language),
        **more,
    )


def _too_often(gateway: str, caller: str) -> bool:
    who = blind_index(f"{gateway}:{caller}", "web_rate.key").hex()[:32]
    return bool(caller) and over_limit("phone", who, PER_MINUTE) > 0


def _page(octets: bytes) -> HttpResponse:
    response = HttpResponse(octets, content_type=CONTENT_TYPE)
    response["Cache-Control"] = "no-store"
    return response
