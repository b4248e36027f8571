"""`portal secrets`: the tenants' secrets under another master key."""

from collections.abc import Iterator

import click

from portal.cli import Invocation, pass_invocation
from portal.cli.tenant import installation
from portal.security.sealed import SealedSecrets, Tally, sealed_columns
from portal.security.secrets import secret_box
from portal.settings import BootError
from portal.tenants.directory import TenantDirectory


@click.group()
def secrets() -> None:
    """Change the master key that protects the tenants' secrets."""


@secrets.command()
@pass_invocation
def rotate(invocation: Invocation) -> None:
    """Seal every secret anew that a former master key sealed.

    It may run beside a server that knows both keys, and be started again after an interruption.
    """
    total = Tally()
    for slug, sealed in _tenants(invocation):
        tally = sealed.rotate()
        if tally.former:
            click.echo(f"{slug}: {_counted(tally.former)} sealed anew.")
        _add(total, slug, tally)
    click.echo(
        f"{_counted(total.former)} sealed anew, {total.current} under the present key already."
    )
    _require_all_open(total)
    click.echo("No secret needs a former key any more: portal.former_secret_keys may be empty.")


@secrets.command()
@pass_invocation
def check(invocation: Invocation) -> None:
    """Say how many secrets still need a former master key; end with 1 if any does not open."""
    total = Tally()
    for slug, sealed in _tenants(invocation):
        tally = sealed.check()
        if tally.former:
            click.echo(f"{slug}: {_counted(tally.former)} under a former key.")
        _add(total, slug, tally)
    click.echo(
        f"{_counted(total.current)} under the present key, {total.former} under a former one."
    )
    _require_all_open(total)
    if total.former:
        click.echo("Run portal secrets rotate before you empty portal.former_secret_keys.")


def _tenants(invocation: Invocation) -> Iterator[tuple[str, SealedSecrets]]:
    """Every tenant's slug and secrets."""
    with installation(invocation) as registry:
        sessions = registry["db.sessionmaker"]
        box, columns = secret_box(invocation.settings), sealed_columns(registry)
        with sessions() as db:
            tenants = TenantDirectory(db).all()
        for tenant in tenants:
            yield tenant.slug, SealedSecrets(sessions, tenant, box, columns)


def _add(total: Tally, slug: str, tally: Tally) -> None:
    total.current += tally.current
    total.former += tally.former
    total.lost += [f"{slug} {name}" for name in tally.lost]


def _require_all_open(total: Tally) -> None:
    if total.lost:
        raise BootError(
            f"{_counted(len(total.lost))} cannot be opened with any key that is set: "
            f"{', '.join(total.lost)}. Add the master key they were sealed with to "
            "portal.former_secret_keys; if it is lost, the tenant makes a new key."
        )


def _counted(number: int) -> str:
    return f"{number} secret" if number == 1 else f"{number} secrets"
