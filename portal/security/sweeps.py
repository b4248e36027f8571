"""Which sessions and throttles are over."""

from datetime import datetime, timedelta

from pyramid.config import Configurator
from sqlalchemy import ColumnElement, func, or_

from portal.security.models import Session, Throttle

#: Longer than any limit counts.
_COUNTED = timedelta(days=2)


def includeme(config: Configurator) -> None:
    """Register the sweeps."""
    config.add_sweep(Session, _session_is_over)
    config.add_sweep(Throttle, lambda now, _tenant_id: Throttle.window_start < now - _COUNTED)


def _session_is_over(now: datetime, _tenant_id: int) -> ColumnElement[bool]:
    idle = func.make_interval(0, 0, 0, 0, 0, 0, Session.idle_seconds)
    return or_(Session.expires_at < now, Session.seen_at + idle < now)
