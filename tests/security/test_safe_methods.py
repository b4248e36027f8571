"""GET changes nothing: not a ticket, not a setting, not who is signed in.

A browser that fetches ahead, a scanner in a mail server and a reload all send GET.
"""

import hashlib

import pytest
from pyramid.router import Router
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from portal.db import Base
from portal.settings import Settings
from tests.factories import TenantFactory
from tests.security.registered import View
from tests.security.stage import Stage, build
from tests.security.walk import Walk

pytestmark = pytest.mark.security

#: What looking may leave behind: that somebody looked, and where somebody was going.
TRACES = {
    "ticket_reads": None,
    "presences": None,
    "pending_logins": None,
    "sso_attempts": None,
    "throttles": None,
    "sessions": {"seen_at", "flashes"},
    "users": {"last_seen_at"},
    "notifications": {"read_at"},
    "api_keys": {"last_used_at"},
}


def fingerprint(db: Session) -> dict[str, str]:
    """A hash of each table's rows, as the bound tenant sees them."""
    found = {}
    for name, table in Base.metadata.tables.items():
        ignored = TRACES.get(name, set())
        if ignored is None:
            continue
        columns = [column for column in table.c if column.name not in ignored]
        rows = db.execute(select(*columns).order_by(*table.primary_key.columns)).all()
        found[name] = hashlib.sha256(repr(rows).encode()).hexdigest()
    return found


@pytest.fixture(scope="module")
def factory(engine: Engine, settings: Settings) -> TenantFactory:
    return TenantFactory(engine, settings)


@pytest.fixture(scope="module")
def quiet(app: Router, factory: TenantFactory) -> Stage:
    """A tenant that no other test touches."""
    return build(app, factory)


@pytest.mark.parametrize(
    ("visitor", "method"),
    [("nobody", "GET"), ("cleo", "GET"), ("ben", "GET"), ("ada", "GET"), ("ada", "HEAD")],
)
def test_looking_at_everything_changes_nothing(
    quiet: Stage, factory: TenantFactory, views: list[View], visitor: str, method: str
) -> None:
    def now() -> dict[str, str]:
        with factory.session(quiet.seed.tenant.id) as db:
            return fingerprint(db)

    before = now()
    looks = Walk(quiet, views).answers(quiet.headers[visitor], only="GET", instead=method)
    seen = [name for name, _answer in looks]
    after = now()
    assert {table for table in after if after[table] != before[table]} == set(), seen
    assert len(seen) > 20


def test_a_change_would_be_seen(quiet: Stage, factory: TenantFactory) -> None:
    with factory.session(quiet.seed.tenant.id) as db:
        before = fingerprint(db)
        quiet.seed.tenant.name += "!"
        db.merge(quiet.seed.tenant)
        db.flush()
        changed = {name for name, value in fingerprint(db).items() if value != before[name]}
        db.rollback()
    assert changed == {"tenants"}
