"""Who came from a provider signs out: here, and there as well where the tenant wants it."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from portal.security import cookies
from portal.security.sessions import Lifetime, SessionService
from portal.signin.models import SsoConfig
from tests.functional.openid.conftest import Desk
from tests.functional.openid.provider import CLIENT

GOODBYE = "https://www.acme.test/bye"


@pytest.fixture
def leaving(desk: Desk) -> Desk:
    """A desk that signs people out at the provider too, which has an address for that."""
    desk.provider.metadata["end_session_endpoint"] = f"{desk.provider.issuer}/bye?lang=en"
    desk.change(signs_out=True)
    return desk


def sign_out(desk: Desk) -> str:
    """Where the browser goes that was signed in; it is no more."""
    assert desk.browser.get(desk.world.url("/profile")).status_int == 200
    location: str = desk.browser.get(desk.world.url("/logout")).location
    assert desk.browser.get(desk.world.url("/profile"), expect_errors=True).status_int == 303
    return location


def landing(desk: Desk) -> str:
    return f"http://localhost{desk.world.url('/signed-out')}"


def without_asking(desk: Desk, authenticator: str, key_id: str | None) -> None:
    """Sign the browser in, and leave what the provider publishes unread."""
    value, user = cookies.new_value(), desk.world.seed.users["cleo"]
    with desk.world.factory.session(desk.tenant_id) as db:
        SessionService(db, desk.world.seed.tenant).create(
            user, value, Lifetime(3600, 86400), authenticator=authenticator, key_id=key_id
        )
    desk.browser.set_cookie(f"portal-{desk.world.slug}", value)


def test_it_ends_the_session_here_alone_at_first(leaving: Desk) -> None:
    leaving.change(signs_out=False)
    leaving.sign_in()
    assert sign_out(leaving) == landing(leaving)


def test_it_leads_to_the_provider_where_the_tenant_says_so(leaving: Desk) -> None:
    leaving.sign_in()
    parts = urlsplit(sign_out(leaving))
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == f"{leaving.provider.issuer}/bye"
    assert parse_qs(parts.query) == {
        "lang": ["en"],
        "client_id": [CLIENT],
        "post_logout_redirect_uri": [landing(leaving)],
    }


def test_the_provider_comes_before_the_companys_own_logout(leaving: Desk) -> None:
    with leaving.world.factory.session(leaving.tenant_id) as db:
        db.get_one(SsoConfig, leaving.tenant_id).remote_logout_url = GOODBYE
    leaving.sign_in()
    assert sign_out(leaving).startswith(f"{leaving.provider.issuer}/bye?")
    # Who came in another way has nothing to do with it.
    without_asking(leaving, "local_password", None)
    assert sign_out(leaving).startswith(GOODBYE)


@pytest.mark.parametrize("endpoint", [..., 7, "http://vendor.test/bye", "javascript:alert(1)"])
def test_a_provider_without_an_address_for_it_is_left_as_it_is(
    leaving: Desk, endpoint: Any
) -> None:
    leaving.provider.metadata["end_session_endpoint"] = endpoint
    assert leaving.sign_in().status_int == 303
    assert sign_out(leaving) == landing(leaving)


def test_a_provider_that_is_away_keeps_nobody(leaving: Desk) -> None:
    leaving.provider.status = 503
    without_asking(leaving, "openid", f"openid:{leaving.key}")
    assert sign_out(leaving) == landing(leaving)
    assert leaving.provider.calls == ["/.well-known/openid-configuration"]


@pytest.mark.parametrize("key_id", [None, "openid:gone"])
def test_a_session_of_no_provider_ends_here(leaving: Desk, key_id: str | None) -> None:
    """As one that began before the session knew whose it was, or whose provider was removed."""
    without_asking(leaving, "openid", key_id)
    assert sign_out(leaving) == landing(leaving)


def test_one_that_is_switched_off_is_not_visited(leaving: Desk) -> None:
    leaving.sign_in()
    leaving.change(disabled_at="2026-01-01T00:00:00Z")
    assert sign_out(leaving) == landing(leaving)
