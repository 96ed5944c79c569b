"""`qudao messages` and `qudao keys`: what a developer may read, and the keys of personal data."""

from __future__ import annotations

import base64
import os
import secrets
from pathlib import Path

import click

from qudao.kernel.period import MARKET_ZONE
from qudao.site import paths
from qudao.site.cli import django_setup


@click.command()
@click.option("--last", default=10, show_default=True, help="How many messages to show.")
def messages(last: int) -> None:
    """Show the newest messages that nobody carried to a phone: one-time codes for signing in.

    Without an SMS carrier (QUDAO_MESSENGER), messages become files in the data folder.
    """
    django_setup()
    from django.conf import settings

    from qudao.gateways.sms.spool import spooled

    folder = Path(settings.SMS_SPOOL)
    found = spooled(folder) if folder.is_dir() else []
    if not found:
        click.echo("no messages; they appear when the worker has delivered them.")
    for message in found[-last:]:
        at = message.at.astimezone(MARKET_ZONE)
        click.echo(f"{at:%Y-%m-%d %H:%M:%S}  {message.recipient}  {message.text}")


@click.group()
def keys() -> None:
    """The keys that encrypt personal data."""


@keys.command()
def rotate() -> None:
    """Put a fresh key on top of the key ring: it encrypts from the next start on.

    Then restart, run `qudao keys rewrap`, and keep the old key as long as backups need it.
    """
    if os.environ.get("QUDAO_KEYS"):
        raise click.ClickException("the key ring is in QUDAO_KEYS: put a new key in front there.")
    data = paths.data_directory()
    ring = paths.key_ring(data)
    number = 1 + max(int(name[1:]) for name in ring if name[:1] == "k" and name[1:].isdigit())
    fresh = f"k{number}:{base64.b64encode(secrets.token_bytes(32)).decode()}"
    file = data / "keys"
    draft = data / f".keys.{secrets.token_hex(4)}"
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as out:
        out.write(f"{fresh}\n{file.read_text('utf-8')}")
        out.flush()
        os.fsync(out.fileno())
    draft.replace(file)
    click.echo(f"k{number} is the first key now. Restart, then run: qudao keys rewrap")


@keys.command()
def rewrap() -> None:
    """Encrypt with the first key what older keys encrypted; may be interrupted and repeated."""
    django_setup()
    from django.apps import apps

    from qudao.platform.identity.personal import EncryptedTextField, key_ring, reencrypt
    from qudao.platform.vault import files

    click.echo(f"the first key is {key_ring().primary}")
    for model in apps.get_models():
        if any(isinstance(field, EncryptedTextField) for field in model._meta.concrete_fields):
            click.echo(f"{model._meta.label}: {reencrypt(model)} values encrypted anew")
    click.echo(f"vault: {files.rewrap()} files encrypted anew")
    click.echo(f"second factors: {rewrap_second_factors()} encrypted anew")


def rewrap_second_factors() -> int:
    """The secrets of authenticator apps and recovery codes stand in allauth's own table."""
    from allauth.mfa.models import Authenticator
    from django.db import transaction

    from qudao.fronts.signin.adapter import SecondFactorAdapter

    adapter = SecondFactorAdapter()

    def anew(value: object) -> object:
        match value:
            case str():
                return adapter.encrypt(adapter.decrypt(value))
            case list():
                return [anew(one) for one in value]
        return value

    count = 0
    for key in Authenticator.objects.values_list("pk", flat=True):
        with transaction.atomic():
            row = Authenticator.objects.select_for_update().get(pk=key)
            row.data = {name: anew(value) for name, value in row.data.items()}
            row.save(update_fields=["data"])
            count += 1
    return count
