"""`request.db`, and how a transaction is bound to its tenant.

Row-level security compares each row's `tenant_id` with the setting `portal.tenant_id`. The
setting is local to the transaction: a plain SET would stay with the pooled connection and
serve the next visitor somebody else's tenant.
"""

from collections.abc import Sequence
from typing import Any

import zope.sqlalchemy
from pyramid.request import Request
from sqlalchemy import Connection, Engine, Text, cast, create_engine, event, func, inspect, text
from sqlalchemy.orm import Session, SessionTransaction, sessionmaker
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.sql import ColumnElement

from portal.db.deadline import keep_deadline

SETTING = "portal.tenant_id"
#: Where a session carries those who hear of what happens to tickets.
LISTENERS = "ticket.listeners"
_BIND = text(f"select set_config('{SETTING}', :tenant_id, true)")


class TenantSession(Session):
    """A session that binds each of its transactions to the tenant it was told."""

    @property
    def tenant_id(self) -> int | None:
        """The tenant bound now, or None: then every tenant table looks empty."""
        bound: int | None = self.info.get("tenant_id")
        return bound

    def bind_tenant(self, tenant_id: int | None) -> None:
        """Bind this and all later transactions of the session."""
        self.note_tenant(tenant_id)
        if self.in_transaction():
            self.connection().execute(_BIND, {"tenant_id": str(tenant_id or "")})

    def note_tenant(self, tenant_id: int | None) -> None:
        """Remember the tenant for later transactions; the running one is bound already."""
        self.info["tenant_id"] = tenant_id

    def keep_readable(self, row: object) -> None:
        """Let a row be read after a rollback too, with the values that it has now.

        A rollback expires whatever the session loaded, and the page for an error is made after
        one, without a query.
        """
        columns = inspect(type(row)).column_attrs.keys()
        values = {name: getattr(row, name) for name in columns}
        self.info.setdefault("kept", []).append((row, values))


@event.listens_for(TenantSession, "after_soft_rollback")
def _restore_kept(session: TenantSession, ended: SessionTransaction) -> None:
    if ended.nested:
        return
    for row, values in session.info.get("kept", ()):
        for name, value in values.items():
            set_committed_value(row, name, value)


@event.listens_for(TenantSession, "after_begin")
def _bind_transaction(
    session: TenantSession, _transaction: SessionTransaction, connection: Connection
) -> None:
    if session.tenant_id is not None:
        connection.execute(_BIND, {"tenant_id": str(session.tenant_id)})


def binding(tenant_id: ColumnElement[int]) -> ColumnElement[str]:
    """A column that binds the transaction to the tenant which the same statement finds.

    Finding the tenant and binding it in one statement saves a round trip on every request.
    """
    return func.set_config(SETTING, cast(tenant_id, Text), True)


def make_engine(url: str, *, pool_size: int = 8, statement_timeout_ms: int = 15_000) -> Engine:
    """An engine for the application role.

    A frozen server keeps no `statement_timeout` and still acknowledges packets, so every wait
    has a deadline on our side too, a little later than the server's own.
    """
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=4,
        pool_timeout=5,
        pool_pre_ping=True,
        # An error's text goes to the log, and parameters are people's words and secrets' hashes.
        hide_parameters=True,
        connect_args={
            "connect_timeout": 5,
            "keepalives_idle": 15,
            "keepalives_interval": 5,
            "keepalives_count": 3,
            "tcp_user_timeout": statement_timeout_ms + 5_000,
            "options": f"-c statement_timeout={statement_timeout_ms} -c timezone=UTC",
            "application_name": "portal",
        },
    )
    keep_deadline(engine, statement_timeout_ms / 1000 + 2)
    return engine


def make_sessionmaker(engine: Engine, listeners: Sequence[Any] = ()) -> sessionmaker[TenantSession]:
    """A factory of sessions that know their tenant, and who listens to what is done with them."""
    return sessionmaker(
        engine, class_=TenantSession, expire_on_commit=False, info={LISTENERS: listeners}
    )


def request_db(request: Request) -> TenantSession:
    """`request.db`: joined to the request's transaction, closed with it."""
    session: TenantSession = request.registry["db.sessionmaker"]()
    # "changed", because zope.sqlalchemy cannot see writes made with Core or text() and
    # would roll them back in silence.
    zope.sqlalchemy.register(session, transaction_manager=request.tm, initial_state="changed")
    return session


def separate_transaction(request: Request) -> TenantSession:
    """A session of its own, bound to the request's tenant, for what must outlive an abort.

    The sign-in log and the throttles record refusals, and a refusal aborts the request's
    own transaction. Use it as a context manager, with `session.begin()`.
    """
    session: TenantSession = request.registry["db.sessionmaker"]()
    tenant = getattr(request, "tenant", None)
    session.note_tenant(tenant.id if tenant is not None else None)
    return session
