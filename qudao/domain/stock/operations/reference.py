"""The articles that ship with the platform."""

from __future__ import annotations

from dataclasses import asdict

from qudao.domain.stock import data
from qudao.domain.stock.models import Item
from qudao.platform.commands.command import command
from qudao.platform.commands.context import Context


@command("stock.load_reference")
def load_reference(ctx: Context) -> int:
    """
    Load a dozen common articles; add what is missing, never overwrite. Returns how many it added.
    """
    known = set(Item.objects.values_list("code", flat=True))
    missing = [item for item in data.items() if item.code not in known]
    Item.objects.bulk_create(
        [
            Item(
                **{
                    **asdict(item),
                    "price": item.price.minor,
                    "wholesale": item.wholesale.minor,
                    "created_at": ctx.at,
                }
            )
            for item in missing
        ]
    )
    return len(missing)
