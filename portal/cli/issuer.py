"""`portal issuer`: the keys with which a tenant signs for its other sites."""

from collections.abc import Iterator
from contextlib import contextmanager

import click

from portal.cli import Invocation, pass_invocation
from portal.cli.tenant import tenant_session
from portal.issuer.keys import IssuerKeys
from portal.security.secrets import secret_box
from portal.tenants.audit import AuditLog

_tenant_option = click.option("--tenant", "slug", required=True, help="The tenant's slug.")


@click.group()
def issuer() -> None:
    """Show and rotate the keys that sign for a tenant's other sites."""


@issuer.command()
@_tenant_option
@pass_invocation
def keys(invocation: Invocation, slug: str) -> None:
    """List the keys that are published: the current one, the next and the previous one."""
    with _issuer(invocation, slug) as (found, _):
        lines = [f"{row.kid:<16} {row.state:<10} {row.created_at:%Y-%m-%d}" for row in found.live()]
    for line in lines or ["No key yet: the first one is made when a site asks."]:
        click.echo(line)


@issuer.command()
@_tenant_option
@pass_invocation
def rotate(invocation: Invocation, slug: str) -> None:
    """Let the next key sign from now on, keep the current one published, and make a new next one.

    No site has to do anything, if the rotation before was some hours ago.
    """
    with _issuer(invocation, slug) as (found, audit):
        kid = found.rotate().kid
        audit.record("issuer.key_rotated", kid)
    click.echo(f"{slug}: the key {kid} signs from now on.")


@contextmanager
def _issuer(invocation: Invocation, slug: str) -> Iterator[tuple[IssuerKeys, AuditLog]]:
    """The tenant's keys and its audit log, in one transaction. Raises BootError."""
    with tenant_session(invocation, slug) as (db, tenant, _):
        yield IssuerKeys(db, tenant, secret_box(invocation.settings)), AuditLog(db, tenant)
