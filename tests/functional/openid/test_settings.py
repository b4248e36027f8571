"""The settings of providers, and the tenant file."""

import tomllib
from typing import Any

import pytest
from sqlalchemy import select
from webtest import TestApp
from webtest.response import TestResponse

from portal.openid.models import OpenidProvider
from portal.tenants.files.service import TenantFiles
from portal.tenants.models import AuditEntry, Tenant
from tests.factories import World
from tests.functional.openid.conftest import Desk
from tests.functional.openid.provider import CLIENT, SECRET, Provider


@pytest.fixture
def ada(world: World) -> TestApp:
    return world.browser("ada")


def fill(world: World, ada: TestApp, kind: str = "other", **values: Any) -> TestResponse:
    """Send the form of a new provider."""
    form = ada.get(world.url(f"/settings/providers/new?kind={kind}")).forms["provider"]
    for name, value in values.items():
        form[name] = value
    return form.submit(expect_errors=True)


def row_of(world: World) -> OpenidProvider:
    """The tenant's one provider."""
    with world.factory.session(world.seed.tenant.id) as db:
        row = db.scalars(
            select(OpenidProvider).where(OpenidProvider.tenant_id == world.seed.tenant.id)
        ).one()
        db.expunge(row)
        return row


def test_each_kind_is_added_under_its_name(world: World, ada: TestApp) -> None:
    page = ada.get(world.url("/settings/providers"))
    headings = [
        page.click(href=f"kind={kind}$").html.h1.get_text(strip=True)
        for kind in ("microsoft", "portal", "other")
    ]
    assert headings == ["Add Microsoft Entra ID", "Add another portal", "Add another provider"]


def actions(world: World) -> list[str]:
    """What the audit log has, oldest first."""
    with world.factory.session(world.seed.tenant.id) as db:
        return list(
            db.scalars(
                select(AuditEntry.action)
                .where(AuditEntry.tenant_id == world.seed.tenant.id)
                .order_by(AuditEntry.id)
            )
        )


def test_from_nothing_to_a_sign_in(world: World, ada: TestApp, provider: Provider) -> None:
    empty = ada.get(world.url("/settings/providers"))
    assert "No providers yet" in empty.text
    saved = fill(
        world, ada, name="Vendor", issuer=provider.issuer, client_id=CLIENT, secret=SECRET,
        audience="customers", provisioning="create",
    )  # fmt: skip
    page = saved.follow()
    row = row_of(world)
    redirect_uri = page.html.select_one("#redirect-uri")["value"]
    assert redirect_uri == f"http://localhost{world.url(f'/login/openid/{row.key}')}"
    assert SECRET not in page.text
    assert row.secret_encrypted is not None
    assert SECRET.encode() not in row.secret_encrypted

    visitor = world.anonymous()
    leaving = visitor.get(world.url("/login")).click("Sign in with Vendor")
    back = provider.authorize(leaving.location)
    assert back.startswith(f"{redirect_uri}?")
    assert visitor.get(back.removeprefix("http://localhost")).status_int == 303
    assert row_of(world).last_used_at is not None
    assert actions(world) == ["signin.changed", "openid.provider_added"]
    audit = ada.get(world.url("/settings/audit")).text
    assert "Sign-in provider added" in audit
    assert "Vendor" in audit
    assert "OpenID Connect providers" in ada.get(world.url("/settings/sign-in/log")).text


def test_an_issuer_is_asked_before_it_is_kept(
    world: World, ada: TestApp, provider: Provider
) -> None:
    provider.metadata["issuer"] = "https://accounts.example"
    answer = fill(world, ada, name="Vendor", issuer=provider.issuer, client_id=CLIENT, secret="s")
    assert answer.status_int == 422
    assert "calls itself “https://accounts.example”" in answer.text
    assert answer.forms["provider"]["client_id"].value == CLIENT
    assert 'value="s"' not in answer.text
    assert "Enter the secret again" in answer.text
    inside = fill(world, ada, name="V", issuer="https://169.254.169.254", client_id="x")
    assert "is not a public address" in inside.text
    assert "Enter the secret again" not in inside.text


@pytest.mark.parametrize(
    ("kind", "values", "complaint"),
    [
        ("microsoft", {"issuer": "https://login.microsoftonline.com/common/v2.0"}, "every company"),
        ("microsoft", {"issuer": "https://login.microsoftonline.com/organizations"}, "every comp"),
        ("other", {"issuer": "login.example.com"}, "whole address"),
        ("google", {"provisioning": "create"}, "would become an agent"),
        ("other", {"trust_email": True}, "domains whose addresses"),
        ("other", {"group_roles": "Support"}, "an equals sign and a role"),
        ("other", {"group_roles": "IT = owner", "group_claim": "g"}, "an equals sign and a role"),
        ("other", {"group_roles": "Support = agent"}, "Name the claim"),
        ("other", {"group_roles": "IT = admin", "group_claim": "g"}, "let the provider sign in"),
        ("other", {"scopes": "email"}, "must be among the scopes"),
        ("other", {"name": ""}, "Give the provider a name"),
    ],
)
def test_what_would_be_unsafe_or_of_no_use_is_not_kept(
    world: World, ada: TestApp, kind: str, values: dict[str, Any], complaint: str
) -> None:
    given = {"name": "X", "client_id": "x"}
    if kind == "other":
        given["issuer"] = "https://login.example.com"
    answer = fill(world, ada, kind, **(given | values))
    assert answer.status_int == 422
    assert complaint in answer.text


def test_changing_switching_moving_and_removing(desk: Desk, ada: TestApp) -> None:
    world = desk.world
    second = desk.add("https://second.example", name="Second")
    place = world.url(f"/settings/providers/{desk.key}")
    form = ada.get(place).forms["provider"]
    assert "issuer" not in form.fields
    form["name"], form["secret"], form["email_domains"] = "Renamed", "", "vendor.test"
    form["signs_out"] = True
    form.submit().follow()
    shown = ada.get(place).html.select_one("#logout-uri")["value"]
    assert shown == "http://localhost" + world.url("/signed-out")
    assert desk.sign_in().status_int == 303  # the secret stayed

    form = ada.get(place).forms["provider"]
    form["secret"] = "another"
    form.submit()
    assert desk.refusal()[0] == "provider_failed"

    listed = world.url("/settings/providers")
    token = ada.get(listed).forms["order"]["csrf_token"].value
    ada.post(listed, {"csrf_token": token, "move": f"{second}:up"})
    ada.post(listed, {"csrf_token": token, "move": f"{second}:up"})  # it is the first already
    titles = [a.text for a in ada.get(listed).html.select("ul.rows a[href*='/providers/']")]
    assert titles[:2] == ["Second", "Renamed"]

    assert "publishes what is needed" in ada.get(place).forms["test"].submit().follow().text
    ada.get(place).forms["switch"].submit()
    ada.get(place).forms["remove"].submit()
    ada.get(place, status=404)
    assert [each for each in actions(world) if each.startswith("openid")] == [
        "openid.provider_changed", "openid.secret_changed", "openid.provider_changed",
        "openid.provider_disabled", "openid.provider_removed",
    ]  # fmt: skip


def test_trying_shows_what_would_happen_and_does_nothing(desk: Desk, ada: TestApp) -> None:
    desk.change(disabled_at="2026-01-01T00:00:00Z")
    page = desk.come_back(desk.provider.authorize(desk.leave(ada, "?try=1")), ada)
    assert page.status_int == 200
    assert "The sign-in would work." in page.text
    assert "would be made" in page.text
    assert desk.user() is None
    assert "Ada" in ada.get(desk.world.url("/profile")).text

    desk.provider.claims["aud"] = "somebody-else"
    page = desk.come_back(desk.provider.authorize(desk.leave(ada, "?try=1")), ada)
    assert "The sign-in would be refused." in page.text
    assert "meant for another client" in page.text


def test_only_an_admin_may_try(desk: Desk) -> None:
    desk.provider.claims["aud"] = "somebody-else"
    cleo = desk.world.browser("cleo")
    answer = desk.come_back(desk.provider.authorize(desk.leave(cleo, "?try=1")), cleo)
    assert answer.status_int == 403
    assert "meant for another client" not in answer.text


def document(world: World, *providers: dict[str, Any]) -> dict[str, Any]:
    """A tenant file."""
    tenant = {"slug": world.slug, "name": "Acme Audio"}
    return {"tenant": tenant, "openid_providers": list(providers)}


def test_a_tenant_file_makes_and_shows_providers(world: World) -> None:
    files = TenantFiles(world.app.registry)
    vendor = {
        "key": "vendor", "name": "Vendor", "issuer": "https://vendor.test", "client_id": "desk",
        "client_secret": "${VENDOR_SECRET}", "groups": ["Support = agent"], "group_claim": "groups",
        "signs_out": True,
    }  # fmt: skip
    given = document(world, vendor)
    assert files.apply(given, {"VENDOR_SECRET": "hush-hush"}).changes
    shown = files.show(world.slug)
    assert "hush" not in shown
    listed = tomllib.loads(shown)["openid_providers"]
    assert listed[0]["groups"] == ["Support = agent"]
    assert listed[0]["disabled"] is False
    assert listed[0]["signs_out"] is True
    assert not files.apply(tomllib.loads(shown), {}).changes
    assert not files.apply(given, {"VENDOR_SECRET": "hush-hush"}).changes
    with world.factory.session(world.seed.tenant.id) as db:
        assert db.get_one(Tenant, world.seed.tenant.id).slug == world.slug
