"""Messages in, texts out, by the dialogue engine; in threads that may use the database."""

from __future__ import annotations

import logging
import re
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import InterfaceError, OperationalError
from django.utils import translation
from django.utils.translation import gettext as _

from qudao.domain.credential import queries as credentials
from qudao.domain.credential.types import Policy
from qudao.fronts.sms.front import HALL
from qudao.fronts.sms.lines import Mail
from qudao.fronts.wording import word
from qudao.journeys import callers
from qudao.journeys.dialogue import talking
from qudao.journeys.dialogue.types import LANGUAGES, Message, Role, Screen, ScreenKind, Talk
from qudao.journeys.proving import ByPassword
from qudao.journeys.waiting import Answers, MustWait, write_down
from qudao.kernel.refusals import Refusal

FRESH: Final = timedelta(seconds=1)
"""So long the hall's outlet, and the rules of identification, are not asked for again."""
REMEMBERED: Final = 100_000
"""Numbers whose language, and whether they were helped, is remembered."""
HELPED: Final = timedelta(hours=1)
"""Within it, who was helped and still writes what nobody understands gets no answer."""
HELPS: Final = 3
"""As many answers: as an item that was begun is patient."""

_QUOTES: Final = re.compile(
    r"^[\s“”‘’\"'「」『』《》<>\[\]【】]+|[\s“”‘’\"'「」『』《》<>\[\]【】。.!！;；]+$"
)
_log = logging.getLogger(__name__)


def bare(text: str) -> str:
    """
    Return a text without the quotes and the full stop that people copy from what they were told:
    “YE”。 A text that is nothing else stays what it is.
    """
    return _QUOTES.sub("", text) or text


@dataclass(frozen=True, slots=True)
class Reply:
    """What to send back; nothing: whoever, or whatever, wrote needs no answer."""

    text: str | None
    kind: str
    """For measurements: the screen's kind, or what went wrong."""


@dataclass(slots=True)
class _Number:
    """What is remembered of a number."""

    language: str
    lost: int = 0
    """How often in a row, within an hour, it was told that it was not understood."""
    lost_at: datetime = datetime.min.replace(tzinfo=UTC)
    puzzled: str = ""
    """The last text that was not understood."""


class Away(Exception):
    """The database does not answer: to be tried again."""


class Answering:
    """For threads; one for the whole process."""

    def __init__(self) -> None:
        self._base: Talk | None = None
        self._policy: Policy | None = None
        self._numbers: OrderedDict[str, _Number] = OrderedDict()
        self._begun: dict[UUID, datetime] = {}
        """When messages were begun with that are looked at once more: what is done for one of them
        both times is the same then, and done once."""
        self._lock = threading.Lock()

    def together(
        self, mails: Sequence[Mail], asked: Sequence[Answers]
    ) -> list[Reply | MustWait | None]:
        """
        Answer many messages at once, as `talking.together` does; None: `alone` has to answer it,
        which may take longer. MustWait: something has to be asked first, and is handed in then.

        :raises Away: if the database does not answer.
        """
        try:
            pairs = [(self._talk(mail), self._message(mail)) for mail in mails]
            answers = talking.together(pairs, asked)
            write_down([one for one in answers if isinstance(one, MustWait)])
        except (OperationalError, InterfaceError) as error:
            raise Away(str(error)) from error
        except Exception:
            _log.exception("a set could not be answered: its messages are, one by one")
            return [None] * len(mails)
        replies: list[Reply | MustWait | None] = []
        for mail, (talk, _message), answer in zip(mails, pairs, answers, strict=True):
            if answer is None or isinstance(answer, MustWait):
                self._begun[mail.id] = talk.ctx.at
                replies.append(answer)
            else:
                replies.append(self._reply(mail, answer))
        return replies

    def alone(self, mail: Mail) -> Reply:
        """
        Answer one message, doing what it confirms.

        :raises Away: if the database does not answer.
        """
        answer: Screen | Exception
        try:
            answer = talking.step(self._talk(mail), self._message(mail))
        except Exception as error:  # whatever an item fails at, who wrote is told
            answer = error
        return self._reply(mail, answer)

    def _message(self, mail: Mail) -> Message:
        return Message(bare(mail.text), str(mail.id))

    def _talk(self, mail: Mail) -> Talk:
        now = datetime.now(UTC)
        at = self._begun.pop(mail.id, now)
        base = self._base
        if base is None or not now - FRESH < base.ctx.at <= now:
            self._policy = credentials.policy()
            base = self._base = HALL.talk(HALL.place(), at=now, key="sms")
        ctx = replace(base.ctx, at=at, request_key=f"sms:{mail.id}")
        known = self._numbers.get(mail.msisdn)
        return replace(
            base,
            ctx=ctx,
            caller=callers.identify_by_network(ctx, msisdn=mail.msisdn, policy=self._policy),
            language=LANGUAGES[0] if known is None else known.language,
            identify=ByPassword(mail.msisdn),
        )

    def _reply(self, mail: Mail, answer: Screen | Exception) -> Reply:
        if isinstance(answer, Screen):
            return self._shown(mail, answer)
        if isinstance(answer, OperationalError | InterfaceError):
            raise Away(str(answer)) from answer
        known = self._numbers.get(mail.msisdn)
        with translation.override(LANGUAGES[0] if known is None else known.language):
            if isinstance(answer, Refusal):
                return Reply(word(answer), answer.code)
            _log.error("a message could not be answered", exc_info=answer)
            sorry = _("Something went wrong on our side. Please try again in a few minutes.")
            return Reply(sorry, "failed")

    def _shown(self, mail: Mail, screen: Screen) -> Reply:
        number = self._remember(mail.msisdn, screen.language)
        lost = screen.kind is ScreenKind.CLOSED or (
            screen.kind is ScreenKind.MENU and any(one.role is Role.PROBLEM for one in screen.lines)
        )
        if not lost:
            number.lost, number.puzzled = 0, ""
            return Reply(screen.text, screen.kind)
        # An answering machine answers help as well: so it is given once, and not to the same text.
        if number.lost and mail.taken_at - number.lost_at >= HELPED:
            number.lost = 0
        said = mail.text.strip()
        begins = screen.kind is ScreenKind.MENU and screen.step <= 1
        if number.lost >= HELPS or (number.lost and (begins or said == number.puzzled)):
            return Reply(None, "silent")
        if not number.lost:
            number.lost_at = mail.taken_at
        number.lost, number.puzzled = number.lost + 1, said
        return Reply(screen.text, "help")

    def _remember(self, msisdn: str, language: str) -> _Number:
        with self._lock:
            number = self._numbers.get(msisdn)
            if number is None:
                number = self._numbers[msisdn] = _Number(language)
                if len(self._numbers) > REMEMBERED:
                    self._numbers.popitem(last=False)
            else:
                self._numbers.move_to_end(msisdn)
            number.language = language
        return number
