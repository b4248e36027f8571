"""Rows that live for minutes are cleared away by those that write the next ones: no job needed."""

from datetime import datetime
from typing import Any

from sqlalchemy import CTE, delete, select, tuple_

#: More than one sign-in leaves behind, so that a backlog shrinks.
_AT_ONCE = 50


def expired(model: Any, tenant_id: int, now: datetime) -> CTE:
    """Part of a statement (``add_cte``) that deletes some of the tenant's expired rows of a model
    that has ``tenant_id`` and ``expires_at``.

    Those that another sign-in is deleting are passed over, so nobody waits.
    """
    key = model.__mapper__.primary_key
    stale = (
        select(*key)
        .where(model.tenant_id == tenant_id, model.expires_at < now)
        .limit(_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    return delete(model).where(tuple_(*key).in_(stale)).cte(f"expired_{model.__tablename__}")
