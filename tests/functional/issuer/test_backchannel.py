"""OpenID Connect Back-Channel Logout 1.0, section by section, with a real server that is called."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from joserfc import jwt
from sqlalchemy import delete, select, update
from webtest import TestApp

from portal.issuer import logouts
from portal.issuer.models import IssuerGrant, IssuerLogout
from portal.jobs import enqueue
from portal.security.models import Session
from portal.security.sessions import SessionService
from tests.factories import PASSWORD, World
from tests.factories.jobs import Done, JobRunner
from tests.functional.issuer.conftest import Forum
from tests.functional.issuer.receiver import Receiver, hanging, receiving

NOTICED = Done("issuer.notice_ended_sessions", "succeeded")
DELIVERED = Done("issuer.deliver_logout_token", "succeeded")
AGAIN = Done("issuer.deliver_logout_token", "todo")


@pytest.fixture(scope="module")
def server() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def receiver(server: Receiver, forum: Forum) -> Receiver:
    """The forum's own server."""
    server.received.clear()
    server.answers[:] = [200]
    forum.change(backchannel_logout_uri=server.url)
    return server


def sign_out(world: World, browser: TestApp) -> None:
    page = browser.get(world.url("/logout"), headers={"Sec-Fetch-Site": "cross-site"})
    page.forms[0].submit()


def told(world: World) -> list[tuple[str, int | None, int]]:
    """State, status and attempts of every client that was, or is, to be told."""
    with world.factory.session(world.seed.tenant.id) as db:
        rows = db.scalars(select(IssuerLogout).order_by(IssuerLogout.id)).all()
        return [(row.state, row.status, row.attempts) for row in rows]


def read(forum: Forum, token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims, verified with the issuer's published keys."""
    decoded = jwt.decode(token, forum.keys(), algorithms=["RS256"])
    return decoded.header, dict(decoded.claims)


class TestTheToken:
    """2.4 and 2.5."""

    def test_it_says_who_signed_out_of_which_session_and_nothing_else(
        self, forum: Forum, world: World, cleo: TestApp, receiver: Receiver, run_jobs: JobRunner
    ) -> None:
        before = forum.read(forum.tokens(cleo)["id_token"])
        sign_out(world, cleo)
        assert run_jobs() == [NOTICED, DELIVERED]
        (token,) = receiver.tokens
        header, claims = read(forum, token)
        assert header["typ"] == "logout+jwt"
        assert header["alg"] == "RS256"
        assert header["kid"] in {key.kid for key in forum.keys().keys}
        jti, iat, exp = claims.pop("jti"), claims.pop("iat"), claims.pop("exp")
        # No nonce, so that it is never taken for an ID token.
        assert claims == {
            "iss": forum.issuer,
            "aud": forum.client_id,
            "sub": before["sub"],
            "sid": before["sid"],
            "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
        }
        assert len(jti) >= 16
        assert abs(iat - time.time()) < 60
        assert iat < exp <= iat + 120

    def test_it_is_the_only_field_of_a_form_at_the_registered_address(
        self, forum: Forum, world: World, cleo: TestApp, receiver: Receiver, run_jobs: JobRunner
    ) -> None:
        forum.change(backchannel_logout_uri=f"{receiver.url}?site=7")
        forum.tokens(cleo)
        sign_out(world, cleo)
        run_jobs()
        (request,) = receiver.received
        assert request.path == "/backchannel?site=7"
        assert request.content_type == "application/x-www-form-urlencoded"
        assert list(request.form) == ["logout_token"]

    def test_it_is_no_id_token_to_us_either(
        self, forum: Forum, world: World, cleo: TestApp, receiver: Receiver, run_jobs: JobRunner
    ) -> None:
        """Whoever got hold of one signs nobody out with it, and is nobody with it."""
        forum.tokens(cleo)
        sign_out(world, cleo)
        run_jobs()
        (token,) = receiver.tokens
        again = world.browser("cleo")
        page = again.get(f"{forum.at('logout')}?id_token_hint={token}")
        assert page.status_int == 200
        assert again.get(world.url("/profile")).status_int == 200


class TestWhoIsTold:
    """2.5: every client with a grant in the session."""

    def test_each_client_of_the_session_and_no_other(
        self, forum: Forum, world: World, cleo: TestApp, receiver: Receiver, run_jobs: JobRunner
    ) -> None:
        shop, idle, deaf = Forum(world), Forum(world), Forum(world)
        for each in (shop, idle):
            each.change(backchannel_logout_uri=receiver.url)
        for each in (forum, shop, deaf):
            each.tokens(cleo)
        idle.tokens(world.browser("carl"))
        sign_out(world, cleo)
        run_jobs()
        audiences = {read(forum, token)[1]["aud"] for token in receiver.tokens}
        assert audiences == {forum.client_id, shop.client_id}
        assert len(receiver.tokens) == 2

    def test_several_sign_ins_of_one_session_are_one_sign_out(
        self, forum: Forum, world: World, cleo: TestApp, receiver: Receiver, run_jobs: JobRunner
    ) -> None:
        for _ in range(3):
            forum.tokens(cleo)
        sign_out(world, cleo)
        run_jobs()
        assert len(receiver.tokens) == 1

    def test_another_browser_of_the_same_person_stays(
        self, forum: Forum, world: World, cleo: TestApp, receiver: Receiver, run_jobs: JobRunner
    ) -> None:
        at_home = world.browser("cleo")
        kept = forum.tokens(at_home)
        gone = forum.tokens(cleo)
        sign_out(world, cleo)
        run_jobs()
        (token,) = receiver.tokens
        assert read(forum, token)[1]["sid"] == forum.read(gone["id_token"])["sid"]
        assert forum.refresh(kept["refresh_token"]).status_int == 200

    def test_a_site_that_is_switched_off_is_not_called(
        self, forum: Forum, world: World, cleo: TestApp, receiver: Receiver, run_jobs: JobRunner
    ) -> None:
        forum.tokens(cleo)
        sign_out(world, cleo)
        receiver.answers[:] = [500]
        run_jobs()
        forum.change(disabled_at=datetime.now(UTC))
        run_jobs(later=True)
        assert len(receiver.received) == 1
        assert told(world) == [("dropped", 500, 1)]


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


class TestRefreshTokens:
    def test_those_of_the_session_are_revoked(
        self, forum: Forum, world: World, cleo: TestApp, receiver: Receiver, run_jobs: JobRunner
    ) -> None:
        """2.7: there is no offline_access, so none outlives the session."""
        tokens = forum.tokens(cleo)
        sign_out(world, cleo)
        assert forum.refresh(tokens["refresh_token"]).status_int == 400  # before any job ran
        run_jobs()
        with world.factory.session(world.seed.tenant.id) as db:
            (grant,) = db.scalars(select(IssuerGrant)).all()
            assert grant.revoked_at is not None
            assert grant.session_ended_at is not None


class TestAnswers:
    """2.8, and what a network does."""

    @pytest.fixture(autouse=True)
    def signed_out(self, forum: Forum, world: World, cleo: TestApp, receiver: Receiver) -> None:
        forum.tokens(cleo)
        sign_out(world, cleo)

    @pytest.mark.parametrize("status", [200, 204])
    def test_success(
        self, world: World, receiver: Receiver, run_jobs: JobRunner, status: int
    ) -> None:
        receiver.answers[:] = [status]
        run_jobs()
        assert told(world) == [("delivered", status, 1)]
        assert run_jobs(later=True) == []

    def test_500_and_then_200(
        self, forum: Forum, world: World, receiver: Receiver, run_jobs: JobRunner
    ) -> None:
        receiver.answers[:] = [500, 200]
        assert run_jobs() == [NOTICED, AGAIN]
        assert told(world) == [("waiting", 500, 1)]
        assert run_jobs(later=True) == [DELIVERED]
        assert told(world) == [("delivered", 200, 2)]
        first, second = (read(forum, token)[1] for token in receiver.tokens)
        # The second is a token of its own: the first may be over by then.
        assert first["jti"] != second["jti"]
        assert first["sid"] == second["sid"]

    def test_400_is_final(self, world: World, receiver: Receiver, run_jobs: JobRunner) -> None:
        receiver.answers[:] = [400]
        run_jobs()
        assert told(world) == [("refused", 400, 1)]
        assert run_jobs(later=True) == []
        assert len(receiver.received) == 1

    @pytest.mark.parametrize("status", [302, 307])
    def test_a_redirect_is_not_followed(
        self, world: World, receiver: Receiver, run_jobs: JobRunner, status: int
    ) -> None:
        receiver.answers[:] = [status]
        run_jobs()
        assert [each.path for each in receiver.received] == ["/backchannel"]
        assert told(world) == [("waiting", status, 1)]

    def test_a_server_that_hangs(
        self,
        forum: Forum,
        world: World,
        run_jobs: JobRunner,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(logouts, "PATIENCE", 0.2)
        with hanging() as url:
            forum.change(backchannel_logout_uri=url)
            assert run_jobs() == [NOTICED, AGAIN]
        assert told(world) == [("waiting", None, 1)]

    def test_a_server_that_is_never_there(
        self, forum: Forum, world: World, run_jobs: JobRunner
    ) -> None:
        with hanging() as url:
            pass
        forum.change(backchannel_logout_uri=url)
        run_jobs()
        attempts = logouts.DELIVER.retry.attempts
        for _ in range(attempts - 1):
            run_jobs(later=True)
        assert told(world) == [("failed", None, attempts)]
        assert run_jobs(later=True) == []

    def test_an_address_that_the_portal_does_not_call(
        self, forum: Forum, world: World, run_jobs: JobRunner
    ) -> None:
        forum.change(backchannel_logout_uri="https://10.0.0.1/backchannel")
        run_jobs()
        assert told(world) == [("refused", None, 1)]
        assert run_jobs(later=True) == []
        page = world.browser("ada").get(world.url(f"/settings/sites/{forum.client_id}"))
        assert "Not sent" in page
        assert "the help desk does not call this address" in page


class TestRegistration:
    """2.1 and 2.2."""

    def test_discovery_says_so(self, forum: Forum) -> None:
        path = forum.world.url("/.well-known/openid-configuration")
        document = forum.server.get(path).json
        assert document["backchannel_logout_supported"] is True
        assert document["backchannel_logout_session_supported"] is True

    def test_an_admin_enters_it(self, forum: Forum, world: World) -> None:
        admin = world.browser("ada")
        path = world.url(f"/settings/sites/{forum.client_id}")
        form = admin.get(path).forms["site"]
        form["backchannel_logout_uri"] = "https://forum.acme.test/logout?from=portal"
        form["backchannel_logout_session_required"] = True
        form.submit(status=303)
        form = admin.get(path).forms["site"]
        assert form["backchannel_logout_uri"].value == "https://forum.acme.test/logout?from=portal"
        assert form["backchannel_logout_session_required"].checked

    @pytest.mark.parametrize(
        "address",
        ["http://forum.acme.test/logout", "/logout", "https://forum.acme.test/#x", "javascript:0"],
    )
    def test_an_address_is_absolute_safe_and_has_no_fragment(
        self, forum: Forum, world: World, address: str
    ) -> None:
        form = (
            world.browser("ada").get(world.url(f"/settings/sites/{forum.client_id}")).forms["site"]
        )
        form["backchannel_logout_uri"] = address
        page = form.submit(status=422)
        assert page.forms["site"]["backchannel_logout_uri"].value == address

    def test_an_admin_sees_what_became_of_it_and_sends_it_again(
        self, forum: Forum, world: World, cleo: TestApp, receiver: Receiver, run_jobs: JobRunner
    ) -> None:
        forum.tokens(cleo)
        sign_out(world, cleo)
        receiver.answers[:] = [400, 200]
        run_jobs()
        admin = world.browser("ada")
        path = world.url(f"/settings/sites/{forum.client_id}")
        page = admin.get(path)
        assert "Refused" in page
        assert "it answered 400" in page
        (form,) = [form for form in page.forms.values() if form.action.endswith("send-logout")]
        form.submit(status=303)
        run_jobs()
        assert told(world) == [("delivered", 200, 2)]
        assert "Delivered" in admin.get(path)

    def test_nobody_elses_is_sent(self, forum: Forum, world: World, cleo: TestApp) -> None:
        other = Forum(world)
        with world.factory.session(world.seed.tenant.id) as db:
            row = IssuerLogout(
                tenant_id=world.seed.tenant.id,
                client_id=other.client_id,
                session_number=1,
                user_id=1,
                state="failed",
            )
            db.add(row)
            db.flush()
            number = row.id
        admin = world.browser("ada")
        page = admin.get(world.url(f"/settings/sites/{forum.client_id}"))
        token = page.forms["site"]["csrf_token"].value
        for given in (str(number), "x", "", "9" * 30):
            admin.post(
                world.url(f"/settings/sites/{forum.client_id}/send-logout"),
                {"csrf_token": token, "logout": given},
                status=303,
            )
        assert told(world) == [("failed", None, 0)]


def _registered(world: World) -> Any:
    """A session of the application's own, as requests have it."""
    return world.app.registry["db.sessionmaker"]()
