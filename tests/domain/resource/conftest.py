"""A province with numbers: ten thousand in Zhengzhou, ten thousand in Luoyang."""

from dataclasses import dataclass
from datetime import datetime

import pytest

from qudao.domain.party.types import OrganizationId
from qudao.domain.resource import operations
from qudao.domain.resource.types import Held, Reserve
from qudao.platform.commands.context import Context
from tests.province import NOON, Province

ZHENGZHOU, LUOYANG = "1383711", "1383791"
"""Real prefixes of these cities."""


@dataclass
class Numbers:
    """Ways to act on numbers in the province."""

    province: Province

    def clerk(self, *, at: datetime = NOON, key: str | None = None) -> Context:
        return self.province.clerk(at=at, key=key)

    def far_clerk(self, *, at: datetime = NOON) -> Context:
        return self.province.context("outlet_clerk", self.province.far, at=at)

    def system(self, at: datetime = NOON) -> Context:
        return self.province.system(at)

    def keeper(self, *, at: datetime = NOON) -> Context:
        """The stock keeper of Zhengzhou."""
        return self.province.context("stock_keeper", self.branch("4101"), at=at)

    def marketing(self, *, at: datetime = NOON) -> Context:
        return self.province.context("marketing", self.branch("41"), at=at)

    def branch(self, code: str) -> OrganizationId:
        return self.province.organizations[code]

    def hold(self, number: str, *, at: datetime = NOON, minutes: int = 30) -> Held:
        """Let the agent's clerk hold a number."""
        return operations.reserve.one(
            self.clerk(at=at), Reserve(self.province.agent, number, minutes)
        )


def build(province: Province) -> Numbers:
    operations.load_reference(province.system())
    for branch, prefix in (("4101", ZHENGZHOU), ("4103", LUOYANG)):
        operations.load_segments(
            province.system(), branch=province.organizations[branch], prefixes=[prefix]
        )
    return Numbers(province)


@pytest.fixture
def numbers(province: Province) -> Numbers:
    return build(province)


@pytest.fixture
def committed_numbers(committed_province: Province) -> Numbers:
    """The same, committed: for threads."""
    return build(committed_province)
