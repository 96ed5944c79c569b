"""A refusal has a public, stable code."""

from qudao.kernel.refusals import Kind, Refusal
from qudao.platform.commands.command import KeyReused


def test_the_code_is_made_of_package_and_name() -> None:
    assert KeyReused.code == "commands.key_reused"
    assert KeyReused.kind is Kind.CONFLICT
    refusal = KeyReused("k")
    assert isinstance(refusal, Refusal) and refusal.request_key == "k"
    assert refusal != KeyReused("k"), "two refusals are two events"
