"""`qudao user` and `qudao token`: the first people and programs of an installation."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import NoReturn

import click

from qudao.kernel.personal import Personal
from qudao.kernel.refusals import Refusal
from qudao.platform.commands.context import Context
from qudao.platform.identity.types import UserId
from qudao.site.cli import django_setup


@click.group()
def user() -> None:
    """Accounts and what they may do."""
    django_setup()


@user.command()
@click.argument("username")
@click.option("--role", required=True, help="What the person does: see `qudao user roles`.")
@click.option("--at", "code", required=True, help="Code of the organization: 000 is the group.")
@click.option("--name", required=True, help="The person's name.")
@click.option("--phone", help="Mobile number that gets one-time codes.")
@click.option("--language", type=click.Choice(["zh-hans", "en"]), default="zh-hans")
def create(
    username: str, role: str, code: str, name: str, phone: str | None, language: str
) -> None:
    """Open an account with a role at an organization, and print its first password.

    The password has to be changed at the first sign-in. For example:

    \b
        qudao user create li.hua --role province_administrator --at 41 --name 李华
    """
    from qudao.domain.party import operations, queries

    ctx = _context("create", username)
    place = queries.organization_by_code(ctx, code)
    if place is None:
        raise click.ClickException(f"there is no organization with the code {code}.")
    try:
        admitted = operations.admit_member(
            ctx,
            organization=place.id,
            role=role,
            username=username,
            name=Personal(name),
            phone=Personal(phone) if phone else None,
            language=language,
        )
    except Refusal as refusal:
        _refused(refusal)
    assert admitted.password is not None
    click.echo(f"{username}  {str.__str__(admitted.password)}  (to be changed at first sign-in)")


@user.command("reset-password")
@click.argument("username")
def reset_password(username: str) -> None:
    """Give an account a temporary password and end its sessions."""
    from qudao.platform.identity import operations

    try:
        password = operations.reset_password(_context("reset", username), user=_user(username))
    except Refusal as refusal:
        _refused(refusal)
    click.echo(f"{username}  {str.__str__(password)}  (to be changed at the next sign-in)")


@user.command("roles")
def roles() -> None:
    """List the roles that `qudao user create --role` takes."""
    from qudao.platform.identity.roles import roles as declared

    for code, role in sorted(declared.items()):
        click.echo(f"{code:24} {role.name_en}, {role.name_zh}")


@click.group()
def token() -> None:
    """Tokens for programs that call the HTTP API."""
    django_setup()


@token.command("create")
@click.argument("username")
@click.option("--name", default="console", show_default=True, help="What the token is for.")
@click.option("--days", type=click.IntRange(1, 3650), help="Expires after so many days.")
def create_token(username: str, name: str, days: int | None) -> None:
    """Make a token for an account and print it: it is shown this once."""
    from qudao.platform.identity import operations

    ctx = _context("token", username)
    expires = ctx.at + timedelta(days=days) if days else None
    try:
        issued = operations.issue_token(ctx, user=_user(username), name=name, expires_at=expires)
    except Refusal as refusal:
        _refused(refusal)
    click.echo(str.__str__(issued.secret))


def _context(what: str, about: str) -> Context:
    from qudao.platform.identity.roles import system_context

    at = datetime.now(UTC)
    return system_context(at, f"console.{what}.{about}.{at.isoformat()}", channel="console")


def _user(username: str) -> UserId:
    from qudao.platform.identity.models import User

    found = User.objects.filter(username=username.lower()).values_list("id", flat=True).first()
    if found is None:
        raise click.ClickException(f"there is no account {username}.")
    return UserId(found)


def _refused(refusal: Refusal) -> NoReturn:
    from django.utils import translation

    from qudao.fronts.wording import word

    with translation.override("en"):
        raise click.ClickException(str(word(refusal)))
