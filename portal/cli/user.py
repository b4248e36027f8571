"""`portal user`: people, and the way back in for an admin who is locked out."""

import os
import sys
from datetime import UTC, datetime

import click

from portal.cli import Invocation, pass_invocation
from portal.cli.tenant import tenant_session
from portal.db import TenantSession
from portal.factors.service import Factors
from portal.people.models import Role, User
from portal.people.passwords import good_password, hash_password
from portal.people.service import EmailTaken, PeopleService
from portal.people.settings_service import LastAdminError, PeopleAdministration, ways_in
from portal.security.sessions import SessionService
from portal.settings import BootError
from portal.tenants.audit import AuditLog
from portal.tenants.models import Tenant
from portal.web.i18n import translate

_password_env = click.option(
    "--password-env",
    metavar="NAME",
    help="Read the password from this variable of the environment.",
)


@click.group()
def user() -> None:
    """Add people, and set their passwords."""


@user.command()
@click.argument("slug")
@click.argument("email")
@click.option("--name", help="How the person is called; otherwise as the address begins.")
@click.option(
    "--role", type=click.Choice([role.value for role in Role]), default=Role.CUSTOMER.value
)
@_password_env
@pass_invocation
def add(
    invocation: Invocation,
    slug: str,
    email: str,
    name: str | None,
    role: str,
    password_env: str | None,
) -> None:
    """Add a person to the tenant SLUG, with a password that is asked for."""
    with tenant_session(invocation, slug) as (db, tenant, _):
        people = PeopleService(db, tenant)
        try:
            row = people.create(email, name or "", role=Role(role))
        except ValueError as error:
            raise BootError(f"{email} is no e-mail address.") from error
        except EmailTaken as error:
            raise BootError(f"{email} is a user of {slug} already.") from error
        _set_password(invocation, row, _password(password_env))
        AuditLog(db, tenant).record("person.created", row.email, {"role": [None, role]})
    click.echo(f"Added {row.email} to {slug} as {role}.")


@user.command("set-password")
@click.argument("slug")
@click.argument("email")
@_password_env
@pass_invocation
def set_password(invocation: Invocation, slug: str, email: str, password_env: str | None) -> None:
    """Give a person of the tenant SLUG a new password, and end their sessions.

    This is the way back in for an admin whose sign-in settings are wrong: it also enables the
    account, and admins may always use the local sign-in, whose address is printed.
    """
    with tenant_session(invocation, slug) as (db, tenant, _):
        row = _person(db, tenant, email)
        _set_password(invocation, row, _password(password_env))
        audit = AuditLog(db, tenant)
        PeopleAdministration(db, tenant, audit).set_disabled(row, False)
        SessionService(db, tenant).end_all(row.id)
        audit.record("person.password_set", row.email)
        local = "local_password" in tenant.authenticators
    click.echo(f"The password of {row.email} is set, and their open sessions have ended.")
    if row.role == Role.ADMIN or local:
        page = "login/local" if row.role == Role.ADMIN else "login"
        click.echo(f"Sign in at {invocation.settings.origin}/{slug}/{page}")
    else:
        click.echo("Signing in with a password is off for this tenant, except for admins.")


@user.command("reset-second-factor")
@click.argument("slug")
@click.argument("email")
@pass_invocation
def reset_second_factor(invocation: Invocation, slug: str, email: str) -> None:
    """Forget the second factor of a person of the tenant SLUG, and end their sessions.

    This is the way back in for an admin who has lost phone, key and recovery codes. The password
    stays; where the tenant wants a second factor, the person sets up a new one at the next
    sign-in.
    """
    with tenant_session(invocation, slug) as (db, tenant, _):
        row = _person(db, tenant, email)
        had = Factors(db, tenant).reset(row, AuditLog(db, tenant))
    if had:
        click.echo(f"{row.email} signs in to {slug} with the password alone again.")
    else:
        click.echo(f"{row.email} has no second factor.")


@user.command()
@click.argument("slug")
@click.argument("email")
@pass_invocation
def disable(invocation: Invocation, slug: str, email: str) -> None:
    """Shut a person of the tenant SLUG out, and end their sessions."""
    with tenant_session(invocation, slug) as (db, tenant, registry):
        row = _person(db, tenant, email)
        people = PeopleAdministration(db, tenant, AuditLog(db, tenant), ways_in(registry))
        try:
            people.set_disabled(row, True)
        except LastAdminError as error:
            raise BootError(
                f"{row.email} is the only admin of {slug} who can sign in: make another one "
                "first, with portal user add --role admin."
            ) from error
    click.echo(f"{row.email} can no longer sign in to {slug}.")


def _person(db: TenantSession, tenant: Tenant, email: str) -> User:
    row = PeopleService(db, tenant).by_email(email)
    if row is None:
        raise BootError(f"{email} is no user of {tenant.slug}.")
    return row


def _password(variable: str | None) -> str:
    """The password: from the environment, from a pipe, or asked for twice on a terminal.

    Never from an argument, which every user of the machine could read.
    """
    if variable is not None:
        password = os.environ.get(variable, "")
        if not password:
            raise BootError(f"The variable {variable} is not set.")
    elif sys.stdin.isatty():
        password = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    else:
        password = sys.stdin.readline().rstrip("\r\n")
    return password


def _set_password(invocation: Invocation, row: User, password: str) -> None:
    try:
        good = good_password(password, row.name, row.email)
    except ValueError as error:
        raise BootError(f"The password was not set. {translate('en', error.args[0])}") from error
    row.password_hash = hash_password(good, invocation.settings.passwords_profile)
    # The operator vouches for the address, so that a sign-in by token keeps the password.
    row.email_verified_at = datetime.now(UTC)
