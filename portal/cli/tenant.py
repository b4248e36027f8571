"""`portal tenant`: tenants as files."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from pyramid.registry import Registry
from sqlalchemy import select

from portal.cli import Invocation, pass_invocation
from portal.cli.serve import build
from portal.db import TenantSession
from portal.settings import BootError
from portal.tenants.directory import TenantDirectory
from portal.tenants.files import TenantFileError, TenantFiles, UnknownTenant
from portal.tenants.models import Tenant


@click.group()
def tenant() -> None:
    """Make tenants from files, and show them as files."""


@tenant.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@pass_invocation
def apply(invocation: Invocation, file: Path) -> None:
    """Make the tenant that FILE describes, or bring it up to date.

    What FILE leaves out is left alone, so the same file may be applied again and again.
    """
    try:
        with installation(invocation) as registry:
            text = file.read_text(encoding="utf-8")
            applied = TenantFiles(registry).apply_text(text, os.environ)
    except UnicodeDecodeError as error:
        raise click.ClickException(f"{file} is no UTF-8 text: {error}.") from error
    except TenantFileError as error:
        raise click.ClickException(f"{file} was not applied.\n{error}") from error
    for change in applied.changes:
        click.echo(str(change))
    number = len(applied.changes)
    done = f"{number} change{'s' if number > 1 else ''}" if number else "nothing to change"
    click.echo(f"{applied.slug}: {done}.")


@tenant.command()
@click.argument("slug")
@pass_invocation
def show(invocation: Invocation, slug: str) -> None:
    """Print a tenant as a file, secrets masked. The file can be applied again."""
    try:
        with installation(invocation) as registry:
            click.echo(TenantFiles(registry).show(slug), nl=False)
    except UnknownTenant as error:
        raise unknown(slug) from error


@tenant.command("list")
@pass_invocation
def list_(invocation: Invocation) -> None:
    """List the tenants: slug, state and name."""
    with installation(invocation) as registry, registry["db.sessionmaker"]() as db:
        for row in TenantDirectory(db).all():
            click.echo(f"{row.slug:<24} {row.status:<10} {row.name}")


@contextmanager
def installation(invocation: Invocation) -> Iterator[Registry]:
    """The configured application's registry; its connections are closed afterwards."""
    registry: Registry = build(invocation.settings).registry
    try:
        yield registry
    finally:
        registry["db.engine"].dispose()


@contextmanager
def tenant_session(
    invocation: Invocation, slug: str
) -> Iterator[tuple[TenantSession, Tenant, Registry]]:
    """A transaction that is bound to the tenant. Raises BootError when there is none."""
    with (
        installation(invocation) as registry,
        registry["db.sessionmaker"]() as db,
        db.begin(),
    ):
        tenant = db.scalar(select(Tenant).where(Tenant.slug == slug))
        if tenant is None:
            raise unknown(slug)
        db.bind_tenant(tenant.id)
        yield db, tenant, registry


def unknown(slug: str) -> BootError:
    """What is said when there is no such tenant."""
    return BootError(f"There is no tenant {slug}: portal tenant list shows them all.")
