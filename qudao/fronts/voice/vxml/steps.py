"""What a page wants done, and what came of it: all that page and telephone tell each other."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from qudao.fronts.voice.vxml.grammars import Grammar, Heard, best


@dataclass(frozen=True)
class Text:
    """Words to be spoken; the language as the page gives it (`zh-CN`, `en`)."""

    words: str
    language: str = ""


@dataclass(frozen=True)
class Pause:
    """Silence."""

    milliseconds: int


@dataclass(frozen=True)
class Audio:
    """A recording, and what is said when it cannot be had."""

    url: str
    otherwise: tuple[Part, ...] = ()


Part = Text | Pause | Audio


@dataclass(frozen=True)
class Prompt:
    """What is said in one go; a key stops it if `bargein`."""

    parts: tuple[Part, ...]
    bargein: bool = True

    def length(self) -> int:
        """Characters of all its words."""
        return sum(_length(part) for part in self.parts)


def _length(part: Part) -> int:
    match part:
        case Text(words=words):
            return len(words)
        case Audio(otherwise=parts):
            return sum(_length(one) for one in parts)
        case _:
            return 0


@dataclass(frozen=True)
class Say:
    """Say these to the end; answered by `Done` or `HungUp`."""

    prompts: tuple[Prompt, ...]


@dataclass(frozen=True)
class Ask:
    """Say these, then wait for keys; answered by `Pressed`, `Quiet` or `HungUp`."""

    prompts: tuple[Prompt, ...]
    grammars: tuple[Grammar, ...]
    timeout_s: float
    """How long after the prompts the first key may take."""
    between_s: float
    """How long the next key may take while more may follow."""
    last_s: float
    """The same, when what was pressed is whole already and only the closing key may follow."""
    closing: str
    """The key that ends the input (`#`); empty: none."""

    def heard(self, keys: str) -> Heard:
        """What keys are to its grammars."""
        return best(self.grammars, keys)


@dataclass(frozen=True)
class Fetch:
    """Get a page; answered by `Fetched` or `Failed`."""

    url: str
    method: str = "GET"
    fields: tuple[tuple[str, str], ...] = ()
    """Sent in the query of a GET, as a form in a POST."""
    timeout_s: float | None = None


@dataclass(frozen=True)
class Transfer:
    """Put the caller through and leave; answered by `Moved`, `NotMoved` or `HungUp`."""

    to: str


@dataclass(frozen=True)
class Done:
    """It was said."""


@dataclass(frozen=True)
class Pressed:
    """The keys that were pressed, without the closing one."""

    keys: str


@dataclass(frozen=True)
class Quiet:
    """No key in time."""


@dataclass(frozen=True)
class HungUp:
    """The caller is gone."""


@dataclass(frozen=True)
class Fetched:
    """A page has come, from this address."""

    url: str
    content: bytes


@dataclass(frozen=True)
class Failed:
    """No page; the HTTP status, or 0 if there was no answer."""

    status: int
    why: str


@dataclass(frozen=True)
class Moved:
    """The caller is with somebody else now."""


@dataclass(frozen=True)
class NotMoved:
    """Nobody took the caller: an event of VoiceXML (`error.connection.noroute`)."""

    event: str
    why: str


@dataclass(frozen=True)
class End:
    """The call is over: `exit`, `disconnect`, `hangup`, `transfer`, `limit` or `error`."""

    why: str
    event: str = ""
    """What was thrown and caught by nobody."""


Step = Say | Ask | Fetch | Transfer
Answer = Done | Pressed | Quiet | HungUp | Fetched | Failed | Moved | NotMoved


def words(prompts: Iterable[Prompt]) -> str:
    """All that is spoken, recordings by `[their name]`: for tests and logs."""
    said: list[str] = []
    for prompt in prompts:
        for part in prompt.parts:
            match part:
                case Text(words=spoken):
                    said.append(spoken)
                case Audio(url=url):
                    said.append(f"[{url.rsplit('/', 1)[-1]}]")
                case Pause(milliseconds=length):
                    said.append(f"({length} ms)")
    return " ".join(said)
