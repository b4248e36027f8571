"""What PostgreSQL itself says about the tables: each function lists the faults it finds."""

from typing import Any

from sqlalchemy import Connection, text

from portal.db.protect import POLICY
from portal.db.roles import OWNER

#: How PostgreSQL writes back the one condition that every policy has.
BOUND = (
    "(tenant_id = ( SELECT (NULLIF(current_setting('portal.tenant_id'::text, true), "
    "''::text))::bigint AS \"nullif\"))"
)
#: Alembic's own, and of the queue when a worker was last heard of and a periodic job last made.
BOOKKEEPING = frozenset(
    {"alembic_version", "procrastinate_workers", "procrastinate_periodic_defers"}
)
_WORKER = "(COALESCE(current_setting('portal.jobs'::text, true), ''::text) = 'worker'::text)"
#: The queue's tables are the library's and have no column for the tenant. Their policies, for
#: every role and command, with one condition for reading and writing: a worker sees all, and
#: everybody else the bound tenant's. See docs/decisions/0008-jobs.md.
QUEUE = {
    "procrastinate_jobs": {
        "queue_worker": _WORKER,
        POLICY: "(((args ->> 'tenant_id'::text))::bigint = ( SELECT "
        "(NULLIF(current_setting('portal.tenant_id'::text, true), ''::text))::bigint "
        'AS "nullif"))',
    },
    "procrastinate_events": {
        "queue_worker": _WORKER,
        POLICY: "(EXISTS ( SELECT\n   FROM procrastinate_jobs of_tenant\n"
        "  WHERE (of_tenant.id = procrastinate_events.job_id)))",
    },
}

#: Policies beside that one, by table: the role's name, the command (r: reading) and the condition.
#: Each is read only by a function with its owner's rights, and has a page in docs/decisions/.
EXCEPTIONS = {
    "users": (
        "email_lookup",
        OWNER,
        "r",
        "(email = NULLIF(current_setting('portal.sought_email'::text, true), ''::text))",
    ),
    "sso_keys": (
        "key_lookup",
        OWNER,
        "r",
        "(tenant_id = (NULLIF(current_setting('portal.sought_keys_of'::text, true), "
        "''::text))::bigint)",
    ),
    "search_entries": ("search_reads", OWNER, "r", "true"),
    "search_names": ("search_reads", OWNER, "r", "true"),
}

#: Functions that run with their owner's rights. Each has a page in docs/decisions/.
OWNERS_RIGHTS = {
    "email_has_other_company(sought text) returns boolean, of portal_owner, "
    "called by portal_app, search_path=pg_catalog, pg_temp",
    "keys_of_same_admins(OUT found_tenant_id bigint, OUT found_kid text, OUT found_secret bytea) "
    "returns SETOF record, of portal_owner, called by portal_app, "
    "search_path=pg_catalog, pg_temp",
    "search_tickets(in_tenant bigint, reader bigint, all_of text, last text, codes text[], "
    "loose boolean, among bigint[]) "
    "returns TABLE(ticket_number bigint, message_id bigint, rank real, more boolean), "
    "of portal_owner, called by portal_app, search_path=pg_catalog, pg_temp "
    "plan_cache_mode=force_custom_plan enable_seqscan=off enable_indexscan=on",
    "search_people(in_tenant bigint, reader bigint, parts text[], loose boolean, most integer) "
    "returns TABLE(kind text, named_id bigint, rank real), of portal_owner, "
    "called by portal_app, search_path=pg_catalog, pg_temp "
    "plan_cache_mode=force_custom_plan enable_seqscan=off",
}

_TABLES = text(
    """
    select c.oid, c.relname, c.relrowsecurity, c.relforcerowsecurity, c.relkind
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = 'public' and c.relkind in ('r', 'p', 'f', 'm', 'v')
    order by c.relname
    """
)
_POLICIES = text(
    """
    select p.polname, p.polcmd::text, p.polpermissive, p.polroles = array[0::oid] as for_all,
           pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid),
           array(select r.rolname::text from pg_roles r where r.oid = any (p.polroles))
    from pg_policy p where p.polrelid = :oid
    """
)
_UNIQUE_INDEXES = text(
    """
    select i.relname, x.indisprimary,
           (select a.attname from pg_attribute a
            where a.attrelid = x.indrelid and a.attnum = x.indkey[0]) as first_column
    from pg_index x join pg_class i on i.oid = x.indexrelid
    where x.indrelid = :oid and x.indisunique
    """
)
_FOREIGN_KEYS = text(
    """
    select k.conname, target.relname,
           (select array_agg(a.attname order by u.place) from unnest(k.conkey)
              with ordinality as u(number, place)
              join pg_attribute a on a.attrelid = k.conrelid and a.attnum = u.number),
           (select array_agg(a.attname order by u.place) from unnest(k.confkey)
              with ordinality as u(number, place)
              join pg_attribute a on a.attrelid = k.confrelid and a.attnum = u.number)
    from pg_constraint k join pg_class target on target.oid = k.confrelid
    where k.conrelid = :oid and k.contype = 'f'
    """
)


def tables_without_security(connection: Connection) -> set[str]:
    """The tables whose rows every tenant can see."""
    return {row.relname for row in connection.execute(_TABLES) if not row.relrowsecurity}


def faults_of_tables(connection: Connection, directory: frozenset[str]) -> list[str]:
    """All faults of all tables that belong to tenants, and of what is no plain table."""
    faults = []
    for row in connection.execute(_TABLES).all():
        if row.relkind not in ("r", "p"):
            faults.append(f"{row.relname}: a view or foreign table passes policies by")
        elif row.relname in QUEUE:
            faults += [f"{row.relname}: {fault}" for fault in _queue(connection, row)]
        elif row.relname not in directory | BOOKKEEPING:
            faults += [
                f"{row.relname}: {fault}"
                for fault in (
                    *_security(connection, row),
                    *_uniqueness(connection, row.oid),
                    *_references(connection, row.oid, directory),
                )
            ]
    return faults


def _security(connection: Connection, row: object) -> list[str]:
    faults = []
    if not row.relrowsecurity:  # type: ignore[attr-defined]  # a row of _TABLES
        faults.append("row-level security is off")
    if not row.relforcerowsecurity:  # type: ignore[attr-defined]  # a row of _TABLES
        faults.append("row-level security does not bind the owner")
    policies = connection.execute(_POLICIES, {"oid": row.oid}).all()  # type: ignore[attr-defined]  # a row of _TABLES
    known = EXCEPTIONS.get(row.relname)  # type: ignore[attr-defined]  # a row of _TABLES
    policies = [each for each in policies if not _is_known(each, known)]
    if len(policies) != 1:
        faults.append(f"has {len(policies)} policies")
    for name, command, permissive, for_all, using, check, _roles in policies:
        if name != POLICY:
            faults.append(f"has the policy {name}")
        if command != "*" or not permissive or not for_all:
            faults.append("its policy is not for every command and role")
        if using != BOUND:
            faults.append(f"reads by {using}")
        if check != BOUND:
            faults.append(f"writes by {check}")
    return faults


def _queue(connection: Connection, row: Any) -> list[str]:
    policies = connection.execute(_POLICIES, {"oid": row.oid}).all()
    found = {
        name: using
        for name, command, permissive, for_all, using, check, _roles in policies
        if command == "*" and permissive and for_all and using == check
    }
    faults = []
    if not (row.relrowsecurity and row.relforcerowsecurity):
        faults.append("row-level security does not bind everybody")
    if found != QUEUE[row.relname] or len(policies) != len(found):
        faults.append(f"has the policies {found}")
    return faults


def _is_known(policy: Any, known: tuple[str, str, str, str] | None) -> bool:
    name, command, permissive, _for_all, using, check, held_by = policy
    found = (name, *held_by, command, using)
    return known is not None and permissive and check is None and found == known


def _uniqueness(connection: Connection, oid: int) -> list[str]:
    indexes = connection.execute(_UNIQUE_INDEXES, {"oid": oid}).all()
    faults = [
        f"{name} does not begin with tenant_id"
        for name, _primary, first in indexes
        if first != "tenant_id"
    ]
    if not any(primary for _name, primary, _first in indexes):
        faults.append("has no primary key")
    return faults


def _references(connection: Connection, oid: int, directory: frozenset[str]) -> list[str]:
    faults = []
    for name, target, columns, targets in connection.execute(_FOREIGN_KEYS, {"oid": oid}):
        if target == "tenants":
            good = (columns, targets) == (["tenant_id"], ["id"])
        elif target in directory:
            good = False
        else:
            good = columns[0] == targets[0] == "tenant_id"
        if not good:
            faults.append(f"{name} does not carry the tenant")
    return faults


_FUNCTIONS = text(
    """
    select format(
        '%s(%s) returns %s, of %s, called by %s, %s',
        p.proname, pg_get_function_identity_arguments(p.oid), pg_get_function_result(p.oid),
        owner.rolname,
        (select string_agg(distinct case when a.grantee = 0 then 'public' else r.rolname end, ' ')
           from aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
           left join pg_roles r on r.oid = a.grantee
          where a.privilege_type = 'EXECUTE' and a.grantee <> p.proowner),
        coalesce(array_to_string(p.proconfig, ' '), 'no settings')
    )
    from pg_proc p join pg_namespace n on n.oid = p.pronamespace
    join pg_roles owner on owner.oid = p.proowner
    where n.nspname = 'public' and p.prosecdef
    """
)


def functions_with_owners_rights(connection: Connection) -> set[str]:
    """Functions that run as their owner: what each takes and gives, whose it is, who may call it,
    and which settings it fixes."""
    return set(connection.scalars(_FUNCTIONS))


_ROLE = text(
    """
    select rolsuper, rolbypassrls, rolcreatedb, rolcreaterole, rolreplication
    from pg_roles where rolname = :role
    """
)
_MEMBERSHIPS = text(
    """
    select r.rolname from pg_auth_members m join pg_roles r on r.oid = m.roleid
    join pg_roles u on u.oid = m.member where u.rolname = :role
    """
)
_OWNED = text(
    """
    select c.relname from pg_class c join pg_roles r on r.oid = c.relowner
    where r.rolname = :role
    union all
    select p.proname from pg_proc p join pg_roles r on r.oid = p.proowner where r.rolname = :role
    union all
    select n.nspname from pg_namespace n join pg_roles r on r.oid = n.nspowner
    where r.rolname = :role
    union all
    select d.datname from pg_database d join pg_roles r on r.oid = d.datdba where r.rolname = :role
    """
)
_PRIVILEGES = text(
    """
    select c.relname, wanted.privilege
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    cross join unnest(array['TRUNCATE', 'REFERENCES', 'TRIGGER']) as wanted(privilege)
    where n.nspname = 'public' and c.relkind in ('r', 'p')
      and has_table_privilege(:role, c.oid, wanted.privilege)
    """
)


def faults_of_role(connection: Connection, role: str) -> list[str]:
    """What would let a role pass row-level security by."""
    rights = connection.execute(_ROLE, {"role": role}).one()._mapping
    faults = [f"has {name}" for name, held in rights.items() if held]
    values = {"role": role}
    faults += [f"is a member of {name}" for name in connection.scalars(_MEMBERSHIPS, values)]
    faults += [f"owns {name}" for name in connection.scalars(_OWNED, values)]
    # TRUNCATE asks no policy; REFERENCES and TRIGGER reach into other people's rows.
    faults += [f"may {verb} {table}" for table, verb in connection.execute(_PRIVILEGES, values)]
    if connection.scalar(text("select has_schema_privilege(:role, 'public', 'CREATE')"), values):
        faults.append("may create in the schema")
    return faults
