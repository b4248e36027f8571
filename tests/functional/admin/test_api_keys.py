"""Settings: API keys. Made, shown once, given another secret with grace, changed, revoked."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import structlog
from structlog.testing import capture_logs
from webtest import TestResponse

from portal.security import api_keys, cookies
from portal.security.api_keys import ApiKeyService
from portal.security.models import ApiKey
from portal.security.sessions import Lifetime, SessionService
from portal.signin.models import SsoAttempt
from portal.tenants.models import Tenant
from tests.functional.admin.conftest import Admin, errors, form_of
from tests.functional.signin.conftest import Site

DAY = timedelta(days=1)


def make(
    admin: Admin, name: str = "Website", scopes: tuple[str, ...] = ("tickets:read",), **values: str
) -> tuple[str, str]:
    """Make a key; gives its id and its secret."""
    form = admin.form("/api-keys/new")
    form["name"] = name
    for box in form.fields["scopes"]:
        box.checked = box._value in scopes
    for field, value in values.items():
        form[field] = value
    page = form.submit(status=200)
    return page.html.select_one("#key-id")["value"], page.html.select_one("#secret")["value"]


def row(admin: Admin, key: str) -> ApiKey:
    found: ApiKey = admin.look(lambda db, t: db.get(ApiKey, (t.id, key)))
    return found


def put(admin: Admin, key: str, **values: Any) -> None:
    """Change a key as time would."""

    def change(db: Any, tenant: Tenant) -> None:
        for name, value in values.items():
            setattr(db.get_one(ApiKey, (tenant.id, key)), name, value)

    admin.look(change)


def call(admin: Admin, key: str, secret: str) -> int:
    """The status that a program gets."""
    url = admin.world.url("/api/v2/tickets")
    headers = {"X-API-Key": key, "X-API-Secret": secret}
    status: int = admin.world.anonymous().get(url, headers=headers, expect_errors=True).status_int
    return status


def text(page: TestResponse) -> str:
    return " ".join(page.html.get_text().split())


def test_a_key_is_made_and_its_secret_shown_once(admin: Admin) -> None:
    assert "No API key yet" in admin.get("/api-keys").text
    key, secret = make(admin)
    assert call(admin, key, secret) == 200
    assert call(admin, key, secret + "x") == 401
    stored = row(admin, key)
    assert (stored.name, stored.scopes) == ("Website", ["tickets:read"])
    assert stored.expires_at is not None
    assert abs(stored.expires_at - datetime.now(UTC) - 365 * DAY) < timedelta(minutes=1)
    action, target, details = admin.last()
    assert (action, target) == ("api_key.created", key)
    assert details["scopes"] == [None, ["tickets:read"]]
    page = admin.get("/api-keys")
    assert key in page.text
    assert "Read tickets: all of them, with their replies but not their notes" in text(page)
    for path in ("/api-keys", f"/api-keys/{key}", "/audit"):
        assert secret not in admin.get(path).text
    # The address of the answer, opened again, is an empty form.
    assert admin.form("/api-keys/new")["name"].value == ""


def test_a_key_may_do_what_it_was_given(admin: Admin) -> None:
    key, secret = make(admin, scopes=("auth:redirect",))
    assert call(admin, key, secret) == 403
    form = admin.form(f"/api-keys/{key}")
    assert form["lifetime"].value == "-1"
    for box in form.fields["scopes"]:
        box.checked = box._value == "tickets:read"
    before = row(admin, key).expires_at
    form.submit(status=303)
    assert call(admin, key, secret) == 200
    assert row(admin, key).expires_at == before
    assert admin.last() == (
        "api_key.changed",
        key,
        {"scopes": [["auth:redirect"], ["tickets:read"]]},
    )
    known = len(admin.audit())
    admin.form(f"/api-keys/{key}").submit(status=303)
    assert len(admin.audit()) == known


@pytest.mark.parametrize(("lifetime", "days"), [("30", 30), ("90", 90), ("0", None)])
def test_how_long_a_key_lives(admin: Admin, lifetime: str, days: int | None) -> None:
    key, _ = make(admin, lifetime=lifetime)
    ends = row(admin, key).expires_at
    if days is None:
        assert ends is None
        assert "does not expire" in admin.get("/api-keys").text
    else:
        assert ends is not None
        assert abs(ends - datetime.now(UTC) - days * DAY) < timedelta(minutes=1)


@pytest.mark.parametrize(
    ("values", "sentences"),
    [
        ({"name": " "}, ["This cannot be empty."]),
        ({"scopes": ()}, ["Choose at least one."]),
        ({"name": "", "scopes": ()}, ["This cannot be empty.", "Choose at least one."]),
    ],
)
def test_a_wrong_form_is_explained(
    admin: Admin, values: dict[str, Any], sentences: list[str]
) -> None:
    form = admin.form("/api-keys/new")
    form["name"] = values.get("name", "Website")
    for box in form.fields["scopes"]:
        box.checked = box._value in values.get("scopes", ("tickets:read",))
    page = form.submit(status=422)
    assert errors(page) == sentences
    assert admin.look(lambda db, t: ApiKeyService(db, t).all()) == []
    token = form["csrf_token"].value
    forged = {"csrf_token": token, "name": "x", "scopes": "everything", "lifetime": "7"}
    page = admin.browser.post(admin.url("/api-keys/new"), forged, status=422)
    assert errors(page) == ["Choose at least one.", "Choose one of the list."]


def renew(admin: Admin, key: str, grace: str = "24") -> str:
    """Another secret."""
    form = admin.form(f"/api-keys/{key}", f"/api-keys/{key}/new-secret")
    form["grace"] = grace
    secret: str = form.submit(status=200).html.select_one("#secret")["value"]
    return secret


def test_a_new_secret_leaves_the_one_before_for_a_while(admin: Admin) -> None:
    key, first = make(admin)
    second = renew(admin, key)
    assert (call(admin, key, first), call(admin, key, second)) == (200, 200)
    assert "taken for 23 hours 59 minutes more" in text(admin.get(f"/api-keys/{key}"))
    action, target, details = admin.last()
    assert (action, target) == ("api_key.secret_changed", key)
    ends = row(admin, key).former_not_after
    assert ends is not None
    assert details == {"former_not_after": [None, ends.isoformat(timespec="seconds")]}
    put(admin, key, former_not_after=datetime.now(UTC) - timedelta(seconds=1))
    assert (call(admin, key, first), call(admin, key, second)) == (401, 200)
    # Opened again, the address of the answer leads to the key.
    admin.get(f"/api-keys/{key}/new-secret", status=303)
    third = renew(admin, key, grace="0")
    assert [call(admin, key, each) for each in (first, second, third)] == [401, 401, 200]


def test_two_admins_make_one_secret(admin: Admin) -> None:
    """The second would push out the secret that the program still has."""
    key, first = make(admin)
    old = admin.form(f"/api-keys/{key}", f"/api-keys/{key}/new-secret")
    renew(admin, key)
    page = old.submit(status=409)
    assert "This key was changed since you opened this page" in text(page)
    assert page.html.select_one("#secret") is None
    assert call(admin, key, first) == 200


def test_a_key_is_revoked(admin: Admin) -> None:
    key, first = make(admin)
    second = renew(admin, key)
    old = admin.get(f"/api-keys/{key}")
    page = admin.get(f"/api-keys/{key}/revoke", status=200)
    assert (call(admin, key, first), call(admin, key, second)) == (200, 200)
    form_of(page, admin.url(f"/api-keys/{key}/revoke")).submit(status=303)
    assert (call(admin, key, first), call(admin, key, second)) == (401, 401)
    assert admin.last() == ("api_key.revoked", key, {})
    assert "Revoked" in admin.get("/api-keys").text
    # Pages that were open do nothing any more.
    for path in ("", "/new-secret"):
        form_of(old, admin.url(f"/api-keys/{key}{path}")).submit(status=409)
    form_of(page, admin.url(f"/api-keys/{key}/revoke")).submit(status=409)
    assert admin.last() == ("api_key.revoked", key, {})
    assert not any(
        form.action.endswith(key) for form in admin.get(f"/api-keys/{key}").forms.values()
    )
    admin.get(f"/api-keys/{key}/revoke", status=303)


def test_a_leaked_key_takes_its_sessions_along(admin: Admin) -> None:
    key, _ = make(admin, scopes=("auth:redirect",))
    browsers = []
    for made_with in (key, "another"):
        value = cookies.new_value()
        browser = admin.world.anonymous()
        browser.set_cookie(f"portal-{admin.world.slug}", value)
        browsers.append(browser)
        with admin.world.factory.session(admin.world.seed.tenant.id) as db:
            SessionService(db, admin.world.seed.tenant).create(
                admin.world.seed.users["cleo"],
                value,
                Lifetime(3600, 3600),
                authenticator="jwt_sso",
                key_id=made_with,
            )
    page = admin.get(f"/api-keys/{key}/revoke")
    assert "1 session that it began is still open." in text(page)
    form = form_of(page, admin.url(f"/api-keys/{key}/revoke"))
    form["leaked"] = True
    form.submit(status=303)
    assert admin.last() == ("api_key.revoked", key, {"sessions_ended": [None, 1]})
    answers = [each.get(admin.world.url("/tickets")).status_int for each in browsers]
    assert answers == [303, 200]


def test_the_list_warns(admin: Admin) -> None:
    key, _ = make(admin)
    now = datetime.now(UTC)

    def mark() -> str:
        return str(admin.get("/api-keys").html.select_one(".rows .state").get_text().strip())

    assert mark() == "In force"
    put(admin, key, expires_at=now + 13 * DAY)
    assert mark() == "Expires soon"
    assert "expires in 12 days 23 hours" in text(admin.get("/api-keys"))
    put(admin, key, expires_at=now + 15 * DAY)
    assert mark() == "In force"
    put(admin, key, created_at=now - 91 * DAY)
    assert mark() == "Not used for 90 days"
    put(admin, key, last_used_at=now - 89 * DAY)
    assert mark() == "In force"
    put(admin, key, expires_at=now - timedelta(minutes=1))
    assert mark() == "Expired"
    assert "switched off" not in admin.get("/api-keys").text
    admin.look(lambda db, t: setattr(t, "authenticators", ["session"]))
    assert "API keys are switched off" in admin.get("/api-keys").text


def test_another_tenants_key_is_not_there(admin: Admin) -> None:
    with admin.world.factory.session(None) as db:
        other = admin.world.factory.create()
        db.bind_tenant(other.tenant.id)
        key, _ = ApiKeyService(db, other.tenant).create("Theirs", ["tickets:read"])
    admin.get(f"/api-keys/{key.public_id}", status=404)
    admin.get("/api-keys/tk_none", status=404)


def test_only_the_log_says_why_a_key_is_not_taken(admin: Admin) -> None:
    """To the caller all are alike."""
    site = Site(admin.world)
    now = datetime.now(UTC)
    key, first = make(admin, scopes=("auth:redirect",))
    second = renew(admin, key)

    def refused(api_key: str, secret: str, **values: Any) -> tuple[dict[str, Any], str]:
        put(admin, key, **values)
        answer = site.world.anonymous().post_json(
            site.world.url("/api/auth/redirect"),
            {"email": "cleo@customer.test"},
            headers={"X-API-Key": api_key, "X-API-Secret": secret},
            status=401,
        )
        body = answer.json
        del body["error"]["request_id"], body["redirect_url"]
        hint = admin.look(
            lambda db, t: db.query(SsoAttempt).order_by(SsoAttempt.id.desc()).first()
        ).hint
        return body, hint

    cases = [
        refused("tk_unknown", second),
        refused(key, "wrong"),
        refused(key, first, former_not_after=now),
        refused(key, second, expires_at=now - DAY),
        refused(key, second, revoked_at=now),
    ]
    assert all(body == cases[0][0] for body, _ in cases)
    day = (now - DAY).date().isoformat()
    assert [hint for _, hint in cases] == [
        "No API key here has the ID that the call brought.",
        f"The secret of the API key “{key}” is wrong.",
        f"The API key “{key}” has a new secret, and the one before, which the call brought, "
        "has ended.",
        f"The API key “{key}” expired on {day}. Its page in the settings can give it more time.",
        f"The API key “{key}” was revoked.",
    ]
    admin.look(lambda db, t: setattr(t, "authenticators", ["session", "jwt_sso"]))
    assert "API keys are switched off" in refused(key, second)[1]


def test_the_structured_log_names_a_key_that_is_not_taken(
    admin: Admin, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also for calls that are no sign-ins, and so have no line in the sign-in log."""
    key, secret = make(admin)
    put(admin, key, expires_at=datetime.now(UTC) - DAY)
    # A logger that nobody used yet: one that was used may be bound to where it wrote then.
    monkeypatch.setattr(api_keys, "log", structlog.get_logger("portal.security"))
    with capture_logs() as lines:
        assert call(admin, key, secret) == 401
    assert {"event": "api key refused", "reason": "expired", "key": key, "log_level": "info"} in [
        line for line in lines if line["event"] == "api key refused"
    ]
    assert secret not in str(lines)
