"""What a scope covers."""

from qudao.kernel.scope import EVERYWHERE, Scope


def test_a_scope_covers_its_subtrees_and_nothing_beside_them() -> None:
    scope = Scope.of(["000.41.4101", "000.41.4103.410305"])
    assert scope.covers("000.41.4101") and scope.covers("000.41.4101.410102.A1")
    assert scope.covers("000.41.4103.410305")
    assert not scope.covers("000.41") and not scope.covers("000.41.4103")
    assert not scope.covers("000.41.41010"), "a longer code is another place"


def test_nothing_and_everything() -> None:
    assert not Scope().covers("000")
    assert EVERYWHERE.covers("000") and EVERYWHERE.covers("000.41.4101")
