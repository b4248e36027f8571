"""OpenID Connect Back-Channel Logout 1.0: every way in which a session ends."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select, update
from webtest import TestApp

from portal.issuer import logouts
from portal.jobs import enqueue
from portal.security.models import Session
from portal.security.sessions import SessionService
from tests.factories import PASSWORD, World
from tests.factories.jobs import JobRunner
from tests.functional.issuer.backchannel import DELIVERED, NOTICED
from tests.functional.issuer.conftest import Forum
from tests.functional.issuer.receiver import Receiver


class TestHowSessionsEnd:
    """Each way there is, through the pages that people use."""

    @pytest.fixture
    def signed_in(self, forum: Forum, receiver: Receiver, cleo: TestApp) -> TestApp:
        forum.tokens(cleo)
        return cleo

    @pytest.fixture
    def sent(self, signed_in: TestApp, receiver: Receiver, run_jobs: JobRunner) -> Iterator[None]:
        """What the test does leads to one logout token."""
        yield
        assert run_jobs() == [NOTICED, DELIVERED]
        assert len(receiver.tokens) == 1

    def test_by_the_sites_own_logout(self, forum: Forum, sent: None, signed_in: TestApp) -> None:
        """RP-Initiated Logout: the one who asked is told as well."""
        page = signed_in.get(f"{forum.at('logout')}?client_id={forum.client_id}")
        page.forms[0].submit()

    def test_by_the_person_from_another_browser(
        self, world: World, sent: None, signed_in: TestApp
    ) -> None:
        profile = world.browser("cleo").get(world.url("/profile"))
        (other,) = [
            form for form in profile.forms.values() if form.action.endswith("/end-other-sessions")
        ]
        other.submit()

    def test_by_an_admin_who_disables_the_account(self, world: World, sent: None) -> None:
        person = world.url(f"/settings/people/{world.seed.users['cleo'].id}")
        page = world.browser("ada").get(person)
        (form,) = [form for form in page.forms.values() if form.action.endswith("/disable")]
        form.submit()

    def test_by_the_key_that_leaked(self, world: World, sent: None) -> None:
        with world.factory.session(world.seed.tenant.id) as db:
            db.execute(update(Session).values(key_id="k1"))
        with _registered(world) as db:
            db.note_tenant(world.seed.tenant.id)
            with db.begin():
                assert SessionService(db, world.seed.tenant).end_made_with("k1") == 1

    def test_by_its_end(self, world: World, sent: None) -> None:
        with world.factory.session(world.seed.tenant.id) as db:
            db.execute(update(Session).values(expires_at=datetime.now(UTC) - timedelta(minutes=1)))
            enqueue(db, logouts.NOTICE)  # as the periodic job does

    def test_by_nobody_coming_any_more(self, world: World, sent: None) -> None:
        with world.factory.session(world.seed.tenant.id) as db:
            db.execute(update(Session).values(seen_at=datetime.now(UTC) - timedelta(days=2)))
            enqueue(db, logouts.NOTICE)

    def test_not_by_signing_in_once_more(
        self, forum: Forum, world: World, receiver: Receiver, run_jobs: JobRunner
    ) -> None:
        """The browser gets a new session ID, and the session goes on."""
        browser = world.browser("ada")
        before = browser.cookies[f"portal-{world.slug}"]
        tokens = forum.tokens(browser)
        login = forum.send(browser, prompt="login").follow()
        form = next(each for each in login.forms.values() if "password" in each.fields)
        form["email"], form["password"] = world.seed.users["ada"].email, PASSWORD
        form.submit(status=303)
        assert browser.cookies[f"portal-{world.slug}"] != before
        run_jobs()
        assert receiver.received == []
        assert forum.refresh(tokens["refresh_token"]).status_int == 200

    def test_not_by_what_was_rolled_back(
        self,
        forum: Forum,
        world: World,
        signed_in: TestApp,
        receiver: Receiver,
        run_jobs: JobRunner,
    ) -> None:
        with _registered(world) as db:
            db.note_tenant(world.seed.tenant.id)
            db.execute(delete(Session).where(Session.tenant_id == world.seed.tenant.id))
            assert db.scalar(select(Session.number)) is None
            db.rollback()
        assert run_jobs.waiting() == []
        with world.factory.session(world.seed.tenant.id) as db:
            enqueue(db, logouts.NOTICE)
        assert run_jobs() == [NOTICED]
        assert receiver.received == []


def _registered(world: World) -> Any:
    """A session of the application's own, as requests have it."""
    return world.app.registry["db.sessionmaker"]()
