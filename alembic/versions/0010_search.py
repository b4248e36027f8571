"""Search: an index of its own, which two functions read for whoever looks.

Revision ID: 0010
Revises: 0009
"""

from pathlib import Path

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import DBAPIError

from portal.db.protect import BOUND_TENANT, protect
from portal.db.roles import APPLICATION
from portal.settings import BootError

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

#: Both come with PostgreSQL and are trusted: a database's owner may create them.
EXTENSIONS = ("pg_trgm", "unaccent")
#: The functions, with names in braces for what is known only here.
FUNCTIONS = Path(__file__).with_name("0010_search.sql")
#: What PostgreSQL stems. A language that the server does not know yet is not stemmed.
STEMMED = {
    "ar": "arabic", "da": "danish", "de": "german", "el": "greek", "en": "english",
    "es": "spanish", "et": "estonian", "eu": "basque", "fi": "finnish", "fr": "french",
    "ga": "irish", "hi": "hindi", "hu": "hungarian", "hy": "armenian", "id": "indonesian",
    "it": "italian", "lt": "lithuanian", "nb": "norwegian", "ne": "nepali", "nl": "dutch",
    "nn": "norwegian", "no": "norwegian", "pt": "portuguese", "ro": "romanian",
    "ru": "russian", "sr": "serbian", "sv": "swedish", "ta": "tamil", "tr": "turkish",
    "ca": "catalan", "yi": "yiddish",
}  # fmt: skip

# What is written while the tenant is bound stays the tenant's, for the owner as well. Reading is
# the owner's alone, and free, because any condition of a policy would keep PostgreSQL from using
# the index: `@@` and LIKE are not leakproof. See docs/decisions/0010-search.md.
READERS_POLICY = "create policy search_reads on {table} for select to current_user using (true)"

GRANTED = (
    "search_tickets(bigint, bigint, text, text, text[], boolean, bigint[])",
    "search_people(bigint, bigint, text[], boolean, integer)",
    "search_query(bigint, text, text)",
    "search_document(text, text, text)",
    "search_language(text)",
    "search_codes(text)",
    "search_fold(text)",
)
TRIGGERS = (
    "index_new_tickets()",
    "index_new_messages()",
    "index_subject()",
    "index_message()",
    "index_person()",
    "index_organisation()",
)


def upgrade() -> None:
    schema = _extensions()
    known = _configurations(schema)
    op.create_table(
        "search_entries",
        sa.Column("tenant_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("ticket_number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("message_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("is_public", sa.Boolean(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("words", postgresql.TSVECTOR(), nullable=False),
        sa.Column("codes", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "ticket_number"],
            ["tickets.tenant_id", "tickets.number"],
            name=op.f("fk_search_entries_tenant_id_ticket_number_tickets"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenants.id"],
            name=op.f("fk_search_entries_tenant_id_tenants"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "tenant_id", "ticket_number", "message_id", name=op.f("pk_search_entries")
        ),
    )
    op.create_table(
        "search_names",
        sa.Column("tenant_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("named_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("folded", sa.Text(), nullable=False),
        sa.CheckConstraint("kind in ('person', 'organisation')", name=op.f("ck_search_names_kind")),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenants.id"],
            name=op.f("fk_search_names_tenant_id_tenants"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "kind", "named_id", name=op.f("pk_search_names")),
    )
    for table in ("search_entries", "search_names"):
        protect(table)
        op.execute(READERS_POLICY.format(table=table))
    _functions(schema, known)
    _fill()
    # After the rows: filling an index as it stands takes several times as long. The tenant stands
    # in it as an array, which no other index has: so that a search for words that are common each,
    # but never together, is not tempted to read all of the tenant's rows by the primary key.
    op.execute(
        "create index ix_search_entries_words on search_entries using gin "
        f"((array[tenant_id]), words, codes {schema}.gin_trgm_ops) "
        "with (gin_pending_list_limit = 512)"
    )
    op.execute(
        "create index ix_search_names_folded on search_names using gin "
        f"((array[tenant_id]), folded {schema}.gin_trgm_ops) with (gin_pending_list_limit = 256)"
    )
    op.create_index("ix_search_entries_tenant_id_locale", "search_entries", ["tenant_id", "locale"])
    for table in ("messages", "tickets"):
        op.drop_index(f"ix_{table}_search", table_name=table)
        op.drop_column(table, "search")


def _extensions() -> str:
    """Make the extensions that are not there; the schema that holds them, quoted.

    Raises BootError that says what somebody else has to do.
    """
    connection = op.get_bind()
    for name in EXTENSIONS:
        try:
            with connection.begin_nested():
                op.execute(f"create extension if not exists {name}")
        except DBAPIError as error:
            reason = str(error.orig).splitlines()[0]
            raise BootError(
                f"Search needs PostgreSQL’s extension {name}, which could not be created "
                f"({reason}): have a superuser run “create extension {name}” in this database, "
                "where Debian needs the package postgresql-contrib, and migrate again."
            ) from error
    schemas: set[str] = set(
        connection.scalars(
            sa.text(
                "select quote_ident(n.nspname) from pg_extension e "
                "join pg_namespace n on n.oid = e.extnamespace where e.extname = any (:names)"
            ),
            {"names": list(EXTENSIONS)},
        )
    )
    if len(schemas) != 1:
        raise BootError(
            f"Search needs PostgreSQL’s extensions {', '.join(EXTENSIONS)} in one schema; "
            f"here they are in {', '.join(sorted(schemas))}."
        )
    return schemas.pop()


def _configurations(schema: str) -> dict[str, str]:
    """A configuration for each stemmer that takes accents off first; by language."""
    there = set(
        op.get_bind().scalars(
            sa.text(
                "select cfgname from pg_ts_config where cfgnamespace = 'pg_catalog'::regnamespace"
            )
        )
    )
    known = {code: name for code, name in STEMMED.items() if name in there}
    for name in sorted({"simple", *known.values()}):
        stemmer = "simple" if name == "simple" else f"{name}_stem"
        op.execute(f"create text search configuration portal_{name} (copy = pg_catalog.{name})")
        # Words that have a letter from outside ASCII are of other kinds than those that have not.
        op.execute(
            f"alter text search configuration portal_{name} "
            f"alter mapping for hword, hword_part, word with {schema}.unaccent, {stemmer}"
        )
    return known


def _functions(schema: str, known: dict[str, str]) -> None:
    cases = "\n".join(
        f"    when '{code}' then 'public.portal_{name}'::pg_catalog.regconfig"
        for code, name in sorted(known.items())
    )
    written = FUNCTIONS.read_text(encoding="utf-8")
    for name, value in {
        "schema": schema, "languages": cases, "bound_tenant": BOUND_TENANT
    }.items():  # fmt: skip
        written = written.replace("{" + name + "}", value)
    # As it is: it holds percent signs and several statements.
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(written)
    for function in (*GRANTED, *TRIGGERS):
        op.execute(f"revoke all on function {function} from public")
    for function in GRANTED:
        op.execute(f"grant execute on function {function} to {APPLICATION}")


def _fill() -> None:
    """Index what is there, tenant by tenant: the owner, too, sees only the bound one's rows."""
    connection = op.get_bind()
    bind = sa.text("select set_config('portal.tenant_id', :tenant, true)")
    for tenant in connection.scalars(sa.text("select id from tenants order by id")).all():
        connection.execute(bind, {"tenant": str(tenant)})
        for statement in FILL:
            op.execute(statement)
    connection.execute(bind, {"tenant": ""})


FILL = (
    """
    insert into search_entries
      (tenant_id, ticket_number, message_id, is_public, locale, words, codes)
    select t.tenant_id, t.number, 0, true, n.locale, d.words, d.codes
    from tickets t join tenants n on n.id = t.tenant_id
    cross join lateral search_document(n.locale, t.subject, '') d
    """,
    """
    insert into search_entries
      (tenant_id, ticket_number, message_id, is_public, locale, words, codes)
    select t.tenant_id, t.number, m.id, m.kind = 'reply', n.locale, d.words, d.codes
    from messages m join tenants n on n.id = m.tenant_id
    join tickets t on t.tenant_id = m.tenant_id and t.number = m.ticket_number
    cross join lateral search_document(n.locale, t.subject, m.body) d
    """,
    """
    insert into search_names (tenant_id, kind, named_id, folded)
    select tenant_id, 'person', id, search_fold(name || ' ' || email) from users
    """,
    """
    insert into search_names (tenant_id, kind, named_id, folded)
    select tenant_id, 'organisation', id, search_fold(name) from organisations
    """,
)


def downgrade() -> None:
    for table, text in (("tickets", "subject"), ("messages", "left(body, 100000)")):
        op.add_column(
            table,
            sa.Column(
                "search",
                postgresql.TSVECTOR(),
                sa.Computed(f"to_tsvector('simple', {text})", persisted=True),
            ),
        )
        op.create_index(f"ix_{table}_search", table, ["search"], postgresql_using="gin")
    for function in TRIGGERS:
        op.execute(f"drop function {function} cascade")
    for function in GRANTED:
        op.execute(f"drop function {function}")
    op.drop_table("search_names")
    op.drop_table("search_entries")
    for name in sorted({"simple", *STEMMED.values()}):
        op.execute(f"drop text search configuration if exists portal_{name}")
    for name in EXTENSIONS:
        op.execute(f"drop extension {name}")
