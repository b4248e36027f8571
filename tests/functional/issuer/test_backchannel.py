"""OpenID Connect Back-Channel Logout 1.0, section by section, with a real server that is called."""

import time
from datetime import UTC, datetime

import pytest
from sqlalchemy import select
from webtest import TestApp

from portal.issuer.models import IssuerGrant, IssuerLogout
from tests.factories import World
from tests.factories.jobs import JobRunner
from tests.functional.issuer.backchannel import DELIVERED, NOTICED, read, sign_out, told
from tests.functional.issuer.conftest import Forum
from tests.functional.issuer.receiver import Receiver


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
