"""The two roles: one owns the tables and migrates, the other serves and owns nothing.

Row-level security binds neither a superuser nor a role that may bypass it, and an owner may
switch it off. So the portal prepares an application role that is none of these, and refuses
to start as anything else.
"""

import psycopg
from psycopg import sql
from sqlalchemy import Engine, text

from portal.settings import BootError

DATABASE = "portal"
OWNER = "portal_owner"
APPLICATION = "portal_app"

_RIGHTS = "login nosuperuser nobypassrls nocreatedb nocreaterole noreplication"
_AS_IT_SHOULD_BE = """
select rolcanlogin
  and not (rolsuper or rolbypassrls or rolcreatedb or rolcreaterole or rolreplication)
from pg_roles where rolname = %s
"""

#: Run in the database, as superuser. `{database}`, `{owner}` and `{application}` are names.
_GRANTS = (
    "revoke all on database {database} from public",
    "grant connect on database {database} to {application}",
    "alter schema public owner to {owner}",
    "revoke all on schema public from public",
    "grant usage on schema public to {application}",
    "alter default privileges for role {owner} in schema public "
    "grant select, insert, update, delete on tables to {application}",
    "alter default privileges for role {owner} in schema public "
    "grant usage on sequences to {application}",
    # Functions may run with their owner's rights, so each one is granted by its migration.
    "alter default privileges for role {owner} revoke execute on functions from public",
)


class RoleError(BootError):
    """The role that the portal was told to serve as must not serve."""


def prepare(superuser_url: str, database: str = DATABASE) -> None:
    """Make the database and both roles on a server where we are superuser. Twice is once.

    The roles have no passwords: access to the embedded server is by its folder.
    """
    with psycopg.connect(superuser_url, autocommit=True) as connection:
        for role in (OWNER, APPLICATION):
            known = connection.execute(_AS_IT_SHOULD_BE, [role]).fetchone()
            if known != (True,):
                verb = sql.SQL("alter" if known else "create")
                connection.execute(
                    sql.SQL("{} role {} " + _RIGHTS).format(verb, sql.Identifier(role))
                )
        exists = "select from pg_database where datname = %s"
        if not connection.execute(exists, [database]).rowcount:
            connection.execute(
                sql.SQL("create database {} owner {}").format(
                    sql.Identifier(database), sql.Identifier(OWNER)
                )
            )
    with psycopg.connect(superuser_url, dbname=database) as connection:
        for grant in _GRANTS:
            connection.execute(
                sql.SQL(grant).format(
                    database=sql.Identifier(database),
                    owner=sql.Identifier(OWNER),
                    application=sql.Identifier(APPLICATION),
                )
            )


_ROLE = text("select rolname, rolsuper, rolbypassrls from pg_roles where rolname = current_user")

#: A member of the owning role can become it, so membership counts as owning.
_OWNED = text(
    """
    select format('%I.%I', n.nspname, c.relname)
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'v', 'm')
      and n.nspname not in ('pg_catalog', 'information_schema')
      and n.nspname not like 'pg\\_toast%' and n.nspname not like 'pg\\_temp%'
      and pg_has_role(current_user, c.relowner, 'member')
    order by 1
    limit 1
    """
)


def check_role(engine: Engine) -> None:
    """Refuse a role whom row-level security would not bind.

    Raises RoleError, one sentence, if the engine's role is a superuser, may bypass row-level
    security, or owns a table.
    """
    with engine.connect() as connection:
        name, superuser, bypasses = connection.execute(_ROLE).one()
        owned = None if superuser else connection.scalar(_OWNED)
    if superuser:
        fault = "is a superuser"
    elif bypasses:
        fault = "may bypass row-level security"
    elif owned:
        fault = f"owns the table {owned}"
    else:
        return
    raise RoleError(
        f"The database role {name} {fault}, so that tenants would not be kept apart: "
        "set database.url to a role that is only granted the use of the tables."
    )
