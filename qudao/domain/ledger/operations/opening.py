"""Open accounts of many at once."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from qudao.domain.ledger.models import Account, AccountBalance
from qudao.domain.ledger.types import AccountId
from qudao.kernel.ids import new_id
from qudao.kernel.period import business_date
from qudao.platform.commands.command import command
from qudao.platform.commands.context import Context


@command("ledger.open_accounts")
def open_accounts(
    ctx: Context, *, kind: str, owners: Sequence[UUID], asset: str = "CNY"
) -> list[AccountId]:
    """
    Return persons' accounts of this kind, in the order of the persons, opening those that are
    missing.

    They have a limit, and a home of nobody: a person belongs to no branch.
    """
    day = business_date(ctx.at)
    Account.objects.bulk_create(
        [
            Account(
                id=new_id(ctx.at),
                asset=asset,
                kind=kind,
                owner=owner,
                limited=True,
                opened_at=ctx.at,
                home="",
            )
            for owner in sorted(set(owners) - _known(kind, owners, asset).keys())
        ],
        batch_size=1000,
        ignore_conflicts=True,  # somebody else was first
    )
    found = _known(kind, owners, asset)
    balances = [AccountBalance(account_id=one, day=day, home="") for one in found.values()]
    AccountBalance.objects.bulk_create(balances, batch_size=1000, ignore_conflicts=True)
    return [found[owner] for owner in owners]


def _known(kind: str, owners: Sequence[UUID], asset: str) -> dict[UUID, AccountId]:
    rows = Account.objects.filter(owner__in=owners, kind=kind, asset=asset, limited=True, home="")
    found = rows.values_list("owner", "id")
    return {owner: AccountId(id) for owner, id in found if owner is not None}
