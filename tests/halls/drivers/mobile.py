"""The mobile hall: the pages of the web hall under an address of its own."""

from __future__ import annotations

from contextlib import AbstractContextManager

from tests.halls.driver import Driver, World
from tests.halls.drivers.web import browser


def drive(world: World) -> AbstractContextManager[Driver]:
    return browser("mobile", world, "/m/")
