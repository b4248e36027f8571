"""Metadata and keys: at the addresses that clients compute, and for everybody's scripts."""

import pytest
from pyramid.router import Router
from webtest import TestApp

from portal.tenants.models import TenantHost
from tests.factories import World
from tests.functional.issuer.conftest import Forum

NAMES = ("openid-configuration", "oauth-authorization-server")


@pytest.mark.parametrize("name", NAMES)
def test_below_the_issuer_and_beside_the_tenants_it_is_one_document(
    forum: Forum, world: World, name: str
) -> None:
    below = forum.server.get(world.url(f"/.well-known/{name}"))
    beside = forum.server.get(f"/.well-known/{name}/{world.slug}")
    assert below.json == beside.json
    assert below.json["issuer"] == forum.issuer
    assert below.content_type == "application/json"


@pytest.mark.parametrize(
    "path", ["", "/", "/nobody", "/{slug}/more", "/login", "/{slug}%00", "/.well-known/{slug}"]
)
def test_nothing_else_is_there(forum: Forum, world: World, path: str) -> None:
    path = path.format(slug=world.slug)
    answer = forum.server.get(f"/.well-known/{NAMES[1]}{path}", expect_errors=True)
    assert answer.status_int in (400, 404)
    forum.server.get(f"/.well-known{path}", status=[400, 404])


def test_a_tenant_with_a_host_has_it_there(world: World, app: Router) -> None:
    host = f"help.{world.slug}.test"
    with world.factory.session(None) as db:
        db.add(TenantHost(host=host, tenant_id=world.seed.tenant.id, position=0))
    server = TestApp(app)
    there = server.get(f"/.well-known/{NAMES[1]}", headers={"Host": host}).json
    assert there["issuer"] == f"http://{host}"
    assert there["token_endpoint"] == f"http://{host}/oauth2/token"
    # The issuer is compared with the address that it was asked at (RFC 8414, 3.3).
    local = {"Host": "localhost"}
    server.get(f"/.well-known/{NAMES[1]}/{world.slug}", headers=local, status=404)
    server.get(f"/.well-known/{NAMES[1]}/{world.slug}", headers={"Host": host}, status=404)


def test_a_suspended_tenant_publishes_nothing(forum: Forum, world: World) -> None:
    from portal.tenants.models import Tenant

    with world.factory.session(world.seed.tenant.id) as db:
        db.get_one(Tenant, world.seed.tenant.id).status = "suspended"
    forum.server.get(f"/.well-known/{NAMES[1]}/{world.slug}", status=404)
    forum.server.get(world.url(f"/.well-known/{NAMES[0]}"), status=404)


def test_every_endpoint_is_there(forum: Forum, world: World) -> None:
    """Nothing is named that is missing: an endpoint refuses what it is not told, and is no 404."""
    document = forum.server.get(world.url(f"/.well-known/{NAMES[0]}")).json
    named = {key: url for key, url in document.items() if key.endswith(("_endpoint", "_uri"))}
    assert len(named) >= 7
    for key, url in named.items():
        assert url.startswith(f"{forum.issuer}/oauth2/"), key
        path = url.removeprefix("http://localhost")
        statuses = {
            forum.server.request(path, method=method, expect_errors=True).status_int
            for method in ("GET", "POST")
        }
        assert 404 not in statuses, key


class TestScripts:
    """Of pages of other sites, in browsers (Fetch, 3.2)."""

    HERE = "https://app.acme.test"

    @pytest.fixture
    def app_(self, world: World) -> Forum:
        found = Forum(world, kind="public")
        found.change(redirect_uris=[f"{self.HERE}/callback"])
        return found

    @pytest.mark.parametrize("name", ["/.well-known/openid-configuration", "/oauth2/jwks"])
    def test_anybodys_reads_what_is_published(self, app_: Forum, name: str) -> None:
        answer = app_.server.get(app_.world.url(name), headers={"Origin": "https://anywhere.test"})
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert "Access-Control-Allow-Credentials" not in answer.headers

    @pytest.mark.parametrize("name", ["token", "userinfo", "revoke"])
    def test_a_public_clients_may_call(self, app_: Forum, name: str) -> None:
        headers = {"Origin": self.HERE, "Access-Control-Request-Method": "POST"}
        for method in ("OPTIONS", "POST"):
            answer = app_.server.request(
                app_.at(name), method=method, headers=headers, expect_errors=True
            )
            assert answer.headers["Access-Control-Allow-Origin"] == self.HERE
            assert "Access-Control-Allow-Credentials" not in answer.headers
            assert "Origin" in answer.headers["Vary"]
        asked = app_.server.options(app_.at(name), headers=headers)
        assert asked.status_int == 204
        assert "POST" in asked.headers["Access-Control-Allow-Methods"]
        assert "Authorization" in asked.headers["Access-Control-Allow-Headers"]

    @pytest.mark.parametrize(
        "origin",
        ["https://evil.test", "null", "https://app.acme.test.evil.test", "http://app.acme.test",
         "https://app.acme.test:8443", "https://forum.acme.test"],
    )  # fmt: skip
    @pytest.mark.parametrize("name", ["token", "userinfo", "revoke", "introspect"])
    def test_nobody_elses_may(self, app_: Forum, world: World, name: str, origin: str) -> None:
        Forum(world)  # whose server calls, and no script
        for method in ("OPTIONS", "POST"):
            answer = app_.server.request(
                app_.at(name), method=method, headers={"Origin": origin}, expect_errors=True
            )
            assert "Access-Control-Allow-Origin" not in answer.headers

    def test_one_that_is_switched_off_may_no_more(self, app_: Forum) -> None:
        from datetime import UTC, datetime

        app_.change(disabled_at=datetime.now(UTC))
        answer = app_.server.options(app_.at("token"), headers={"Origin": self.HERE})
        assert "Access-Control-Allow-Origin" not in answer.headers

    def test_none_introspects(self, app_: Forum) -> None:
        headers = {"Origin": self.HERE}
        answer = app_.server.options(app_.at("introspect"), headers=headers, expect_errors=True)
        assert answer.status_int == 405
