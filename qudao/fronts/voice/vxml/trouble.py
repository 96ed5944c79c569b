"""What goes wrong in a page: events in the sense of VoiceXML 2.1, section 5.2.6."""

from __future__ import annotations


class Thrown(Exception):
    """An event on its way to a `<catch>`: its name (`noinput`), and words for the log."""

    def __init__(self, event: str, message: str = "") -> None:
        super().__init__(f"{event}: {message}" if message else event)
        self.event, self.message = event, message


def bad_page(message: str) -> Thrown:
    """The page is not one that we can run."""
    return Thrown("error.badfetch", message)


def bad_expression(message: str) -> Thrown:
    """An expression makes no sense."""
    return Thrown("error.semantic", message)


class TooLong(Exception):
    """The call has reached a limit: it ends, and no page is asked."""
