"""Where requests wait: a line for each outlet, served in turn."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from uuid import UUID

from qudao.fronts.counter.tickets import Ticket


class _Line(deque[Ticket]):
    """The requests of one outlet, in the order in which they came."""

    __slots__ = ("outlet",)

    def __init__(self, outlet: UUID) -> None:
        super().__init__()
        self.outlet = outlet


class Queue:
    """
    At most `most` requests, of one outlet at most `share`; bounded, or waiting would only grow.

    Who takes goes round the outlets and takes one of each: an outlet with many requests waits for
    itself, and not the others for it. Within one outlet who came first is served first.
    """

    def __init__(self, most: int, share: int) -> None:
        self.most, self.share = most, share
        self._count = 0
        self._lines: dict[UUID, _Line] = {}
        self._turns: deque[_Line] = deque()
        self._away: set[UUID] = set()
        """Outlets of which something has left and not come back."""
        self._parked: set[UUID] = set()
        """Of those, the ones whose line has lost its turn for that."""

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Ticket]:
        for line in self._lines.values():
            yield from line

    def add(self, ticket: Ticket) -> bool:
        """Put a request at the end of its outlet's line; False: there is no room."""
        if self._count >= self.most:
            return False
        line = self._lines.get(ticket.outlet)
        if line is None:
            line = self._open(ticket.outlet)
        elif len(line) >= self.share:
            return False
        line.append(ticket)
        self._count += 1
        return True

    def put_back(self, ticket: Ticket) -> None:
        """Put a request that was taken at the head of its outlet's line; there is always room."""
        line = self._lines.get(ticket.outlet)
        if line is None:
            line = self._open(ticket.outlet)
        line.appendleft(ticket)
        self._count += 1

    def take(self, most: int) -> list[Ticket]:
        """
        Take up to so many, one of each outlet in turn; of an outlet of which something is away,
        nothing: two batches that want the same wallet would only stand in each other's way.
        """
        turns, taken = self._turns, list[Ticket]()
        while turns and len(taken) < most:
            line = turns.popleft()
            if line.outlet in self._away:
                self._parked.add(line.outlet)
                continue
            if line:
                taken.append(line.popleft())
            if line:
                turns.append(line)
            else:
                del self._lines[line.outlet]
        self._count -= len(taken)
        return taken

    def sent(self, tickets: Iterable[Ticket]) -> None:
        """What was taken has left: nothing more of its outlets until it is `back`."""
        self._away.update([ticket.outlet for ticket in tickets])

    def back(self, tickets: Iterable[Ticket]) -> None:
        """What was taken has come back: its outlets have their turns again."""
        for outlet in {ticket.outlet for ticket in tickets}:
            self._away.discard(outlet)
            if outlet in self._parked:
                self._parked.discard(outlet)
                self._turns.append(self._lines[outlet])

    def drop(self, ticket: Ticket) -> bool:
        """Take one certain request out; False: it is not here."""
        line = self._lines.get(ticket.outlet)
        if line is None or ticket not in line:
            return False
        line.remove(ticket)
        self._count -= 1
        return True  # an empty line goes when its turn comes

    def _open(self, outlet: UUID) -> _Line:
        line = self._lines[outlet] = _Line(outlet)
        self._turns.append(line)
        return line
