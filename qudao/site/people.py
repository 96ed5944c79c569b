"""`qudao user` and `qudao token`: the first people and programs of an installation."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import click

from qudao.kernel.personal import Personal, Secret
from qudao.kernel.refusals import Refusal
from qudao.site.cli import django_setup


@click.group()
def user() -> None:
    """Accounts and what they may do."""
    django_setup()


@user.command("create")
@click.argument("username")
@click.option("--role", help="Role of the membership, for instance province_administrator.")
@click.option("--organization", default="000.41", show_default=True, help="Path of its place.")
@click.option("--phone", help="Mobile number that gets one-time codes.")
@click.option("--language", type=click.Choice(["zh-hans", "en"]), default="zh-hans")
def create(
    username: str, role: str | None, organization: str, phone: str | None, language: str
) -> None:
    """Open an account, print its first password, and give it a role at an organization.

    The password has to be changed at the first sign-in. Without --role the account can sign in
    and do nothing; `qudao user roles` lists the roles.
    """
    from qudao.platform.identity.operations import create_user
    from qudao.platform.identity.rules import temporary_password

    password = temporary_password()
    try:
        account = create_user(
            _context("create", username),
            username=username,
            password=password,
            phone=Personal(phone) if phone else None,
            language=language,
        )
        click.echo(f"{username}  {str.__str__(password)}  (to be changed at the first sign-in)")
        if role is not None:
            _admit(account, role, organization)
            click.echo(f"{username} is {role} at {organization}")
    except Refusal as refusal:
        _refused(refusal)


@user.command("reset-password")
@click.argument("username")
def reset_password(username: str) -> None:
    """Give an account a temporary password and end its sessions."""
    from qudao.platform.identity.operations import reset_password as reset

    try:
        password = reset(_context("reset", username), user=_user(username))
    except Refusal as refusal:
        _refused(refusal)
    click.echo(f"{username}  {str.__str__(password)}  (to be changed at the next sign-in)")


@user.command("roles")
def roles() -> None:
    """List the roles."""
    from qudao.platform.identity.roles import roles as declared

    for code, role in sorted(declared.items()):
        click.echo(f"{code:24} {role.name_en} {role.name_zh}")


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
    from qudao.platform.identity.operations import issue_token

    ctx = _context("token", username)
    expires = ctx.at + timedelta(days=days) if days else None
    try:
        issued = issue_token(ctx, user=_user(username), name=name, expires_at=expires)
    except Refusal as refusal:
        _refused(refusal)
    click.echo(str.__str__(issued.secret))


def _context(what: str, about: str):  # type: ignore[no-untyped-def]
    from qudao.platform.identity.roles import system_context

    at = datetime.now(UTC)
    return system_context(at, f"console.{what}.{about}.{at.isoformat()}", channel="console")


def _refused(refusal: Refusal) -> None:
    raise click.ClickException(f"refused: {refusal.code} {refusal}".rstrip())


__all__ = ["Secret", "token", "user"]
