"""Which parts of the organization somebody may see."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

ROOT_PATH: Final = "000"
"""The path of the group, above every other organization."""


@dataclass(frozen=True, slots=True)
class Scope:
    """
    The parts of the organization that an actor may see: subtrees, by their paths.

    A path is the dot-joined codes from the group down, such as `000.41.4101`. An empty scope
    covers nothing.
    """

    paths: frozenset[str] = frozenset()

    @classmethod
    def of(cls, paths: Iterable[str]) -> Scope:
        return cls(frozenset(paths))

    def covers(self, path: str) -> bool:
        return any(path == own or path.startswith(f"{own}.") for own in self.paths)


EVERYWHERE: Final = Scope(frozenset({ROOT_PATH}))
