"""`qudao kiosk`: admit kiosks, and run simulated devices for them."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime

import click

from qudao.kernel.personal import Personal
from qudao.kernel.refusals import Refusal
from qudao.site.cli import django_setup

ROLE = "kiosk"


@click.group()
def kiosk() -> None:
    """Admit kiosks, and try them out with simulated devices."""


@kiosk.command(
    context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
    add_help_option=False,
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def devices(arguments: tuple[str, ...]) -> None:
    """Run simulated devices for kiosks: notes, bank cards, identity cards, slips."""
    os.execv(sys.executable, [sys.executable, "-m", "simulators.kiosk", *arguments])


@kiosk.command()
@click.argument("node_code")
def admit(node_code: str) -> None:
    """Print a token for the kiosk at an outlet: its browser enters it once, at /kiosk/.

    NODE_CODE is that of an outlet of the kind kiosk. The token can be revoked like any other; it
    opens the kiosk's pages and nothing else.
    """
    django_setup()
    from qudao.fronts.wording import word

    try:
        token = token_for(node_code, datetime.now(UTC))
    except NotAKiosk as problem:
        raise click.ClickException(str(problem)) from None
    except Refusal as refusal:
        raise click.ClickException(str(word(refusal))) from refusal
    click.echo(token)


class NotAKiosk(Exception):
    """An outlet of another kind."""


def token_for(node_code: str, at: datetime) -> str:
    """
    Make a token for the kiosk at an outlet, and an account for it the first time.

    :raises NotAKiosk: if the outlet is none.
    :raises Refusal: if there is no such outlet, or it is not active.
    """
    from qudao.domain.party import operations as party
    from qudao.domain.saleschannel import queries as saleschannel
    from qudao.platform.identity import operations as identity
    from qudao.platform.identity.models import User
    from qudao.platform.identity.roles import system_context
    from qudao.platform.identity.types import UserId

    username = f"kiosk-{node_code}".lower()
    system = system_context(at, f"console.kiosk.{node_code}.{at.isoformat()}", channel="console")
    outlet = saleschannel.outlet_by_node_code(system, node_code=node_code)
    if outlet.kind != ROLE:
        raise NotAKiosk(f"{node_code} is no kiosk, but a {outlet.kind}.")
    known = User.objects.filter(username=username).values_list("id", flat=True).first()
    user = (
        UserId(known)
        if known is not None
        else party.admit_member(
            system.part("account"),
            organization=outlet.outlet,
            role=ROLE,
            username=username,
            name=Personal(outlet.name_zh),
        ).user
    )
    issued = identity.issue_token(
        system.part("token"), user=user, name="kiosk", organization=outlet.outlet
    )
    return str.__str__(issued.secret)
