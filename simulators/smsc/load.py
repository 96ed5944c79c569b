"""Many phones that talk with an application at once, and how fast it answers them."""

from __future__ import annotations

import asyncio
import time
from typing import Annotated, Any

import msgspec

from simulators.smsc.centre import Centre
from simulators.smsc.phones import Phone
from simulators.smsc.ussd import NotNow


class Load(msgspec.Struct, forbid_unknown_fields=True):
    """
    Every phone says the texts one after the other, each once the one before was answered, and then
    all of them again.

    By SMS a text is answered by the first whole message from `to`. By USSD the first text is
    dialled, the others answer menus; what is still open after the last is hung up.
    """

    texts: Annotated[list[str], msgspec.Meta(max_length=100)] = []
    dialogues: Annotated[list[list[str]], msgspec.Meta(max_length=1_000)] = []
    """Instead of `texts`: each phone says the next one, round and round."""
    to: str = ""
    ussd: bool = False
    phones: Annotated[int, msgspec.Meta(ge=1, le=100_000)] = 100
    first_msisdn: Annotated[str, msgspec.Meta(pattern="^[0-9]{5,15}$")] = "13900000000"
    msisdns: Annotated[list[str], msgspec.Meta(max_length=100_000)] = []
    """The phones, instead of so many from `first_msisdn` on."""
    for_s: Annotated[float, msgspec.Meta(gt=0, le=600)] = 5.0
    """No phone begins anew after so many seconds."""
    patience_s: Annotated[float, msgspec.Meta(gt=0, le=60)] = 10.0
    """How long a phone waits for an answer before it says the next."""


async def run(centre: Centre, load: Load) -> dict[str, Any]:
    """Steps (texts that were answered), how many a second, and how long they took."""
    said = load.dialogues or [load.texts]
    first, width = int(load.first_msisdn), len(load.first_msisdn)
    numbers = load.msisdns or [f"{first + at:0{width}}" for at in range(load.phones)]
    took_s: list[float] = []
    unanswered = 0
    began = time.perf_counter()

    async def talk(phone: Phone, texts: list[str]) -> None:
        nonlocal unanswered
        while True:
            for at, text in enumerate(texts):
                asked = time.perf_counter()
                if await (_ussd if load.ussd else _sms)(centre, load, phone, at, text):
                    took_s.append(time.perf_counter() - asked)
                else:
                    unanswered += 1
                    break
            if load.ussd and phone.screen.state in ("menu", "waiting"):
                centre.ussd.hang_up(phone)
            if time.perf_counter() - began >= load.for_s:
                return

    await asyncio.gather(
        *(talk(centre.phones[one], said[at % len(said)]) for at, one in enumerate(numbers))
    )
    seconds = time.perf_counter() - began
    took_s.sort()

    def percentile_ms(share: float) -> float:
        return round(took_s[int((len(took_s) - 1) * share)] * 1_000, 2) if took_s else 0.0

    return {
        "steps": len(took_s),
        "unanswered": unanswered,
        "seconds": round(seconds, 3),
        "steps_per_s": round(len(took_s) / seconds, 1),
        "p50_ms": percentile_ms(0.5),
        "p99_ms": percentile_ms(0.99),
    }


async def _sms(centre: Centre, load: Load, phone: Phone, at: int, text: str) -> bool:
    latest = phone.latest
    centre.send(phone, load.to, text)

    def answered() -> bool:
        return any(message.sender == load.to for message in phone.after(latest))

    return await phone.bell.until(answered, load.patience_s)


async def _ussd(centre: Centre, load: Load, phone: Phone, at: int, text: str) -> bool:
    try:
        (centre.ussd.answer if at else centre.ussd.dial)(phone, text)
    except NotNow:
        return False
    answered = await phone.bell.until(lambda: phone.screen.state != "waiting", load.patience_s)
    return answered and phone.screen.state in ("menu", "final")
