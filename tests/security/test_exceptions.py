"""The two questions that look across tenants: no wider than they are, and answered right."""

import uuid
from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection, Engine, func, select, text

from portal.db import DIRECTORY_TABLES
from portal.people.models import User
from portal.people.service import PeopleService
from portal.security.secrets import secret_box
from portal.settings import Settings
from portal.signin.keyring import Keyring, Material
from portal.signin.models import SsoKey
from tests.factories import TenantFactory, TenantSeed
from tests.security import catalogue

pytestmark = pytest.mark.security


class TestTheFirstExceptionToTenants:
    """``email_has_other_company`` and the policy that lets it look."""

    @pytest.mark.parametrize(
        ("change", "fault"),
        [
            ("alter policy email_lookup on users to public", "users: has 2 policies"),
            ("alter policy email_lookup on users to portal_app", "users: has 2 policies"),
            ("alter policy email_lookup on users using (true)", "users: has 2 policies"),
            ("alter policy email_lookup on users rename to other", "users: has the policy other"),
            (
                "drop policy email_lookup on users; create policy email_lookup on users "
                "to portal_owner using (email = nullif("
                "current_setting('portal.sought_email', true), ''))",
                "users: its policy is not for every command and role",
            ),
            (
                "create policy email_lookup on tickets for select to portal_owner using (true)",
                "tickets: has 2 policies",
            ),
        ],
    )
    def test_it_is_no_wider_than_it_is(
        self, connection: Connection, change: str, fault: str
    ) -> None:
        connection.exec_driver_sql(change)
        assert fault in catalogue.faults_of_tables(connection, DIRECTORY_TABLES)

    @pytest.mark.parametrize(
        "change",
        [
            "grant execute on function email_has_other_company(text) to public",
            "alter function email_has_other_company(text) reset search_path",
            "alter function email_has_other_company(text) set search_path = public",
        ],
    )
    def test_nor_is_the_function(self, connection: Connection, change: str) -> None:
        connection.exec_driver_sql(change)
        assert catalogue.functions_with_owners_rights(connection) != catalogue.OWNERS_RIGHTS

    def test_it_says_yes_or_no_and_nothing_else(self, engine: Engine, settings: Settings) -> None:
        factory = TenantFactory(engine, settings)
        here, there = factory.create(), factory.create()
        email = f"{uuid.uuid4().hex}@fence.test"
        with factory.session(there.tenant.id) as db:
            PeopleService(db, there.tenant).create(email, "Somebody")

        def asked(tenant_id: int | None, sought: str | None) -> bool | None:
            with factory.session(tenant_id) as db:
                return db.scalar(select(func.email_has_other_company(sought)))

        assert asked(here.tenant.id, email) is True
        assert asked(there.tenant.id, email) is False
        assert asked(None, email) is False
        for other in (email.upper(), email[1:], "%", "", None, "' or true --"):
            assert asked(here.tenant.id, other) is False, other

    def test_the_application_reads_no_more_than_before(
        self, engine: Engine, settings: Settings
    ) -> None:
        """Neither by setting what the policy reads, nor after a call."""
        factory = TenantFactory(engine, settings)
        here, there = factory.create(), factory.create()
        email = f"{uuid.uuid4().hex}@fence.test"
        with factory.session(there.tenant.id) as db:
            PeopleService(db, there.tenant).create(email, "Somebody")
        with factory.session(here.tenant.id) as db:
            db.scalar(select(func.set_config("portal.sought_email", email, True)))
            assert db.scalar(select(User.id).where(User.email == email)) is None
            assert db.scalar(select(func.email_has_other_company(email))) is True
            assert db.scalar(select(User.id).where(User.email == email)) is None
            assert db.scalar(select(func.current_setting("portal.sought_email"))) == ""

    def test_the_owner_still_has_to_say_which_address(
        self, connection: Connection, engine: Engine, settings: Settings
    ) -> None:
        TenantFactory(engine, settings).create()
        assert connection.scalar(text("select count(*) from users")) == 0

    def test_the_question_is_answered_from_an_index(self, connection: Connection) -> None:
        connection.exec_driver_sql("set local enable_seqscan = off")
        plan = connection.scalars(
            text("explain select from users where email = 'a@b.test' and tenant_id <> 1")
        ).all()
        assert any("ix_users_email" in line for line in plan), plan


class TestTheSecondExceptionToTenants:
    """``keys_of_same_admins`` and the policy that lets it look."""

    @pytest.mark.parametrize(
        ("change", "fault"),
        [
            ("alter policy key_lookup on sso_keys to public", "sso_keys: has 2 policies"),
            ("alter policy key_lookup on sso_keys using (true)", "sso_keys: has 2 policies"),
            (
                "create policy key_lookup on api_keys for select to portal_owner using (true)",
                "api_keys: has 2 policies",
            ),
        ],
    )
    def test_it_is_no_wider_than_it_is(
        self, connection: Connection, change: str, fault: str
    ) -> None:
        connection.exec_driver_sql(change)
        assert fault in catalogue.faults_of_tables(connection, DIRECTORY_TABLES)

    def test_who_shares_an_admin_and_who_does_not(self, engine: Engine, settings: Settings) -> None:
        factory = TenantFactory(engine, settings)
        here, there, other = factory.create(), factory.create(), factory.create()
        email = f"{uuid.uuid4().hex}@fence.test"
        for seed in (here, there, other):
            with factory.session(seed.tenant.id) as db:
                box = secret_box(settings)
                Keyring(db, seed.tenant, box).add("k1", Material("HS256", f"first-{seed.slug}" * 4))
                Keyring(db, seed.tenant, box).add("k2", Material("HS256", f"other-{seed.slug}" * 4))
        _make_admin(factory, here, email=email)
        _make_admin(factory, other, email=f"another-{email}")

        def found() -> set[tuple[int, str]]:
            with factory.session(here.tenant.id) as db:
                rows = db.execute(text("select * from keys_of_same_admins()")).all()
            return {(row.found_tenant_id, row.found_kid) for row in rows}

        theirs = {(there.tenant.id, "k1"), (there.tenant.id, "k2")}
        for unfit in (
            {"email_verified_at": None},
            {"disabled_at": datetime.now(UTC)},
            {"role": "agent"},
            {"email": f"x{email}"},
        ):
            _make_admin(factory, there, **({"email": email} | unfit))
            assert found() == set(), unfit
        _make_admin(factory, there, email=email)
        assert found() == theirs
        with factory.session(there.tenant.id) as db:
            Keyring(db, there.tenant, secret_box(settings)).retire("previous")
        assert found() == {(there.tenant.id, "k2")}
        _make_admin(factory, here, email=email, email_verified_at=None)
        assert found() == set()

    def test_the_application_reads_no_more_than_before(
        self, engine: Engine, settings: Settings
    ) -> None:
        """Neither by setting what the policy reads, nor after a call."""
        factory = TenantFactory(engine, settings)
        here, there = factory.create(), factory.create()
        email = f"{uuid.uuid4().hex}@fence.test"
        for seed in (here, there):
            _make_admin(factory, seed, email=email)
            with factory.session(seed.tenant.id) as db:
                Keyring(db, seed.tenant, secret_box(settings)).add(
                    "k1", Material("HS256", f"secret-{seed.slug}" * 4)
                )
        foreign = select(SsoKey.kid).where(SsoKey.tenant_id == there.tenant.id)
        with factory.session(here.tenant.id) as db:
            db.scalar(select(func.set_config("portal.sought_keys_of", str(there.tenant.id), True)))
            assert db.scalar(foreign) is None
            assert len(db.execute(text("select * from keys_of_same_admins()")).all()) == 1
            assert db.scalar(foreign) is None
            assert db.scalar(select(User.id).where(User.tenant_id == there.tenant.id)) is None
            for name in ("portal.sought_email", "portal.sought_keys_of"):
                assert db.scalar(select(func.current_setting(name))) == ""
        with factory.session(None) as db:
            assert db.execute(text("select * from keys_of_same_admins()")).all() == []

    def test_the_owner_still_has_to_say_whose(
        self, connection: Connection, engine: Engine, settings: Settings
    ) -> None:
        factory = TenantFactory(engine, settings)
        seed = factory.create()
        with factory.session(seed.tenant.id) as db:
            Keyring(db, seed.tenant, secret_box(settings)).add("k", Material("HS256", "x" * 40))
        assert connection.scalar(text("select count(*) from sso_keys")) == 0


def _make_admin(factory: TenantFactory, seed: TenantSeed, **values: object) -> None:
    """Change the tenant's admin: verified and active, unless ``values`` say otherwise."""
    with factory.session(seed.tenant.id) as db:
        user = db.get_one(User, (seed.tenant.id, seed.users["ada"].id))
        usual = {"email_verified_at": datetime.now(UTC), "disabled_at": None, "role": "admin"}
        for name, value in (usual | values).items():
            setattr(user, name, value)
