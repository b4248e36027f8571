"""What is over is removed every hour, and nothing else."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, update

from portal.db import Base
from portal.issuer.clients import Clients
from portal.issuer.codes import Codes, Wanted, new_code
from portal.issuer.models import IssuerCode
from portal.jobs import enqueue
from portal.jobs.sweep import SWEEP, Sweep
from portal.security.models import Session, Throttle
from tests.factories import TenantFactory, World
from tests.factories.jobs import Done, JobRunner

#: They have an end, and are shown or remembered after it.
KEPT = {"api_keys", "invitations"}


def test_whatever_has_an_end_is_swept(world: World) -> None:
    ends = {
        mapper.class_.__tablename__
        for mapper in Base.registry.mappers
        if "expires_at" in mapper.columns
    }
    swept = {each.model.__tablename__ for each in world.app.registry["portal.sweeps"]}
    assert ends - swept == KEPT
    assert swept - ends == {
        "drafts",
        "issuer_grants",
        "issuer_logouts",
        "notifications",
        "presences",
        "sso_attempts",
        "throttles",
    }


def test_sessions_that_are_over_go_and_the_others_stay(
    world: World, tenants: TenantFactory, run_jobs: JobRunner
) -> None:
    now = datetime.now(UTC)
    stranger = World(tenants.create(), world.app, tenants)
    for each in (world, stranger):
        for first in ("ada", "ben", "cleo"):
            each.browser(first)
        with tenants.session(each.seed.tenant.id) as db:
            for first, values in (
                ("ada", {"expires_at": now - timedelta(seconds=1)}),
                ("ben", {"seen_at": now - timedelta(days=1)}),
            ):
                user_id = each.seed.users[first].id
                db.execute(update(Session).where(Session.user_id == user_id).values(**values))
    with tenants.session(world.seed.tenant.id) as db:
        enqueue(db, SWEEP)
    assert run_jobs() == [Done("jobs.sweep", "succeeded")]
    assert _count(world, Session) == 1
    assert _count(stranger, Session) == 3


@pytest.mark.parametrize(
    ("age", "left"), [(timedelta(hours=25), 1), (timedelta(days=3), 0)], ids=["counts", "over"]
)
def test_throttles_go_when_no_limit_counts_them(
    world: World, run_jobs: JobRunner, age: timedelta, left: int
) -> None:
    with world.factory.session(world.seed.tenant.id) as db:
        db.add(
            Throttle(
                tenant_id=world.seed.tenant.id,
                bucket="a",
                window_start=datetime.now(UTC) - age,
                attempts=1,
            )
        )
        enqueue(db, SWEEP)
    run_jobs()
    assert _count(world, Throttle) == left


def test_a_row_that_somebody_holds_is_passed_over(world: World) -> None:
    now = datetime.now(UTC)
    world.browser("ada")
    world.browser("ben")
    tenant_id = world.seed.tenant.id
    everything = Sweep(Session, lambda _now, _tenant_id: Session.expires_at > now)
    with world.factory.session(tenant_id) as holder, world.factory.session(tenant_id) as db:
        held = holder.scalars(select(Session.number).limit(1).with_for_update()).one()
        assert everything.clear(db, tenant_id, now) == 1
        assert db.scalars(select(Session.number)).all() == [held]


@pytest.mark.parametrize(
    ("age", "left"), [(timedelta(hours=23), 1), (timedelta(hours=25), 0)], ids=["counts", "over"]
)
def test_a_used_code_is_remembered_for_a_day(
    world: World, run_jobs: JobRunner, age: timedelta, left: int
) -> None:
    """So that its second use is noticed."""
    tenant = world.seed.tenant
    with world.factory.session(tenant.id) as db:
        client = Clients(db, tenant).create("Forum", ["https://forum.test/cb"])
        wanted = Wanted(
            client_id=client.client_id,
            user_id=world.seed.users["cleo"].id,
            session_number=1,
            auth_time=datetime.now(UTC),
            redirect_uri="https://forum.test/cb",
            scope="openid",
        )
        Codes(db, tenant).save(new_code(), wanted)
        db.flush()
        db.execute(update(IssuerCode).values(expires_at=datetime.now(UTC) - age))
        enqueue(db, SWEEP)
    run_jobs()
    assert _count(world, IssuerCode) == left


def _count(world: World, model: type[Base]) -> int:
    with world.factory.session(world.seed.tenant.id) as db:
        return db.scalar(select(func.count()).select_from(model)) or 0
