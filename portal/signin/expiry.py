"""Rows that live for minutes are cleared away by those that write the next ones: no job needed."""

from datetime import datetime
from typing import Any

from sqlalchemy import CTE, ColumnElement, Integer, cast, delete, func, literal, select, tuple_

from portal.signin.models import PendingLogin, SsoAttempt, SsoConfig, SsoHandoff, SsoReplay

#: More than one sign-in leaves behind, so that a backlog shrinks.
_AT_ONCE = 50
#: Days for which the sign-in log is kept where nothing else was chosen.
DEFAULT_LOG_DAYS = 90


def expired(
    model: type[PendingLogin | SsoHandoff | SsoReplay], tenant_id: int, now: datetime
) -> CTE:
    """Part of a statement (``add_cte``) that deletes some of the tenant's expired rows.

    Those that another sign-in is deleting are passed over, so nobody waits.
    """
    return _cleared(model, model.tenant_id == tenant_id, model.expires_at < now)


def outlived_attempts(tenant_id: int, now: datetime) -> CTE:
    """As ``expired``, for lines of the sign-in log that are older than the tenant keeps them."""
    return _cleared(
        SsoAttempt,
        SsoAttempt.tenant_id == tenant_id,
        SsoAttempt.created_at < kept_since(tenant_id, now),
    )


def kept_since(tenant_id: int, now: datetime) -> ColumnElement[datetime]:
    """The moment from which on the tenant's sign-in log is kept: what is older is gone, also
    when nobody has cleared it away yet."""
    days = (
        select(cast(SsoConfig.log_days, Integer))
        .where(SsoConfig.tenant_id == tenant_id)
        .scalar_subquery()
    )
    return literal(now) - func.make_interval(0, 0, 0, func.coalesce(days, DEFAULT_LOG_DAYS))


def _cleared(model: type[Any], *where: ColumnElement[bool]) -> CTE:
    key, name = model.__mapper__.primary_key, model.__tablename__
    # A part of its own: as a subquery it may be run once for each row, and each time find others.
    stale = (
        select(*key)
        .where(*where)
        .limit(_AT_ONCE)
        .with_for_update(skip_locked=True)
        .cte(f"stale_{name}")
    )
    return delete(model).where(tuple_(*key).in_(select(stale))).cte(f"expired_{name}")
