"""Settings: sign-in. Addresses, dialects, methods, accounts, sessions."""

import pytest
from webtest import TestResponse

from portal.signin.models import SsoConfig
from tests.factories import PASSWORD, TenantFactory
from tests.functional.admin.conftest import Admin, errors, form_of


def save_login(
    admin: Admin, on: tuple[str, ...] = (), status: int = 303, **values: str
) -> TestResponse:
    """Fill in the first tab."""
    form = admin.form("/sign-in")
    for name, value in values.items():
        form[name] = value
    for field in form.fields["dialect"]:
        field.checked = field._value in on
    return form.submit(status=status)


def test_addresses_and_dialects(admin: Admin) -> None:
    save_login(
        admin,
        ("central", "happyfox"),
        remote_login_url="https://www.acme.test/ticket-sso?lang=en",
        remote_logout_url="https://www.acme.test/out",
        primary_dialect="central",
        allowed_redirect_hosts="WWW.acme.test\nshop.acme.test:8443\n",
        allowed_origins="https://www.acme.test",
        leeway="30",
    )
    config = admin.config()
    assert config.dialects == ["central", "happyfox"]
    assert config.remote_login_url == "https://www.acme.test/ticket-sso?lang=en"
    assert config.allowed_redirect_hosts == ["www.acme.test", "shop.acme.test:8443"]
    assert (config.primary_dialect, config.leeway) == ("central", 30)
    action, _, details = admin.last()
    assert action == "signin.changed"
    assert details["leeway"] == [0, 30]
    assert details["dialects"] == [[], ["central", "happyfox"]]
    assert "auth_url" not in details


def test_the_page_shows_what_engineers_copy(admin: Admin) -> None:
    assert "Each dialect that is on has an address of its own." in admin.get("/sign-in").text
    save_login(
        admin,
        ("central", "happyfox"),
        remote_login_url="https://www.acme.test/sso",
        primary_dialect="central",
    )
    page = admin.get("/sign-in")
    base = f"http://localhost/{admin.world.slug}"
    assert page.html.select_one("#url-central")["value"] == f"{base}/auth/callback"
    assert page.html.select_one("#url-happyfox")["value"] == f"{base}/jwt"
    assert page.html.select_one("#local-url")["value"] == f"{base}/login/local"
    link = page.html.select_one("pre.code").get_text()
    assert link.startswith("https://www.acme.test/sso?redirect_url=http%3A%2F%2Flocalhost%2F")
    assert link.endswith(f"&tenant={admin.world.slug}")


def test_every_vendors_address_stands_there_once_it_is_on(admin: Admin) -> None:
    paths = {
        "central": "auth/callback", "issuely": "api/auth/sso", "proprofs": "sso/auth",
        "happyfox": "jwt", "zendesk": "access/jwt", "canny": "api/redirects/sso",
    }  # fmt: skip
    save_login(admin, tuple(paths))
    page = admin.get("/sign-in")
    for name, path in paths.items():
        shown = page.html.select_one(f"#url-{name}")["value"]
        assert shown == f"http://localhost/{admin.world.slug}/{path}"
        assert admin.browser.get(shown, expect_errors=True).status_int == 400


def test_an_address_that_holds_a_setting_is_shown_once_it_is_there(admin: Admin) -> None:
    save_login(admin, ("freshworks",))
    assert admin.get("/sign-in").html.select_one("#url-freshworks") is None
    save_login(
        admin,
        ("freshworks",),
        client_id="acme-desk",
        authorization_url="https://www.acme.test/authorize",
    )
    url = admin.get("/sign-in").html.select_one("#url-freshworks")["value"]
    assert url == f"http://localhost/{admin.world.slug}/sp/OIDC/acme-desk/implicit"
    page = save_login(admin, client_id="a/b", status=422)
    assert errors(page) == ["Use letters a–z, digits, dots, dashes and underscores alone."]


def test_dialects_that_are_not_spoken_are_kept_until_switched_off(admin: Admin) -> None:
    """A package that brought a dialect was removed: its setting stays for when it is back."""
    admin.look(lambda db, t: setattr(db.get(SsoConfig, t.id), "dialects", ["latin", "central"]))
    page = admin.get("/sign-in")
    assert "This version does not speak it" in page.text
    save_login(admin, ("central", "latin"))
    assert admin.config().dialects == ["latin", "central"]
    assert admin.audit() == []
    save_login(admin, ("central",))
    assert admin.config().dialects == ["central"]


def test_a_dialect_that_nobody_knows_is_not_taken(admin: Admin) -> None:
    form = admin.form("/sign-in")
    fields = [*form.submit_fields(), ("dialect", "latin"), ("dialect", "central")]
    admin.browser.post(form.action, fields, status=303)
    assert admin.config().dialects == ["central"]


def test_wrong_addresses_are_said_and_kept(admin: Admin) -> None:
    page = save_login(
        admin,
        ("happyfox",),
        status=422,
        remote_login_url="http://www.acme.test/",
        remote_logout_url="www.acme.test",
        auth_url="javascript:alert(1)",
        allowed_redirect_hosts="fine.test\nhttps://not.a.host/",
        allowed_origins="https://www.acme.test/path",
        primary_dialect="central",
    )
    assert errors(page) == [
        "Must begin with https://. Plain http is for localhost alone.",
        "Switch this dialect on as well, or choose another one for the link.",
        "Write a whole address, such as https://www.example.com/login.",
        "“https://not.a.host/” is no domain name. Write it like help.example.com.",
        "“https://www.acme.test/path” is no origin. Write it like https://www.example.com.",
        "Write a whole address, such as https://www.example.com/login.",
    ]
    form = form_of(page, admin.url("/sign-in"))
    assert form["allowed_redirect_hosts"].value == "fine.test\nhttps://not.a.host/"
    assert [field._value for field in form.fields["dialect"] if field.checked] == ["happyfox"]
    assert admin.config().dialects == []
    assert admin.audit() == []


@pytest.mark.parametrize(
    "url", ["http://localhost:3000/sso", "http://127.0.0.1/sso", "https://a.test"]
)
def test_plain_http_is_for_this_machine(admin: Admin, url: str) -> None:
    save_login(admin, remote_login_url=url)
    assert admin.config().remote_login_url == url


def test_the_order_of_methods_changes(admin: Admin) -> None:
    form = admin.form("/sign-in/methods")
    assert [field.value for field in form.fields["order"]] == [
        "api_key",
        "jwt_sso",
        "remote_login",
        "local_password",
        "openid",
    ]
    form.submit("move", value="local_password:up", status=303)
    assert admin.tenant().authenticators == [
        "session",
        "api_key",
        "jwt_sso",
        "local_password",
        "remote_login",
    ]
    assert admin.last()[2]["authenticators"][1][-2:] == ["local_password", "remote_login"]
    admin.form("/sign-in/methods").submit("move", value="api_key:up", status=303)
    assert admin.tenant().authenticators[1] == "api_key"


def test_methods_are_switched_off_and_on(admin: Admin) -> None:
    form = admin.form("/sign-in/methods")
    for field in form.fields["on"]:
        field.checked = field._value == "jwt_sso"
    form.submit(status=303)
    assert admin.tenant().authenticators == ["session", "jwt_sso"]
    # What is off stays in the list, below what is on.
    form = admin.form("/sign-in/methods")
    assert form.fields["order"][0].value == "jwt_sso"
    for field in form.fields["on"]:
        field.checked = True
    form.submit(status=303)
    assert set(admin.tenant().authenticators) == {
        "session",
        "jwt_sso",
        "api_key",
        "openid",
        "remote_login",
        "local_password",
    }


def test_no_setting_locks_the_last_admin_out(admin: Admin) -> None:
    """Everything off and every address wrong: the local sign-in still takes the password."""
    form = admin.form("/sign-in/methods")
    for field in form.fields["on"]:
        field.checked = False
    form.submit(status=303)
    save_login(admin, remote_login_url="https://nowhere.invalid/")
    guest = admin.world.anonymous()
    page = guest.get(admin.world.url("/login/local"))
    sign_in = next(form for form in page.forms.values() if "password" in form.fields)
    sign_in["email"], sign_in["password"] = "ada@acme.test", PASSWORD
    sign_in.submit(status=303)
    guest.get(admin.url("/sign-in"), status=200)


def test_accounts_and_roles(admin: Admin) -> None:
    admin.fill(
        "/sign-in/accounts",
        provisioning="existing",
        sync_profile=False,
        sync_role=True,
        role_cap="agent",
        admins_by_token=True,
        unsolicited="confirm",
        allowed_email_domains="acme.test\n*.customer.test",
        blocked_email_domains="evil.test",
    )
    config = admin.config()
    assert (config.provisioning, config.unsolicited, config.role_cap) == (
        "existing",
        "confirm",
        "agent",
    )
    assert (config.sync_profile, config.sync_role, config.admins_by_token) == (False, True, True)
    assert config.allowed_email_domains == ["acme.test", "*.customer.test"]
    assert admin.last()[2]["role_cap"] == [None, "agent"]
    admin.fill("/sign-in/accounts", role_cap="")
    assert admin.config().role_cap is None


def test_accounts_refuse_what_was_not_offered(admin: Admin) -> None:
    form = admin.form("/sign-in/accounts")
    form["provisioning"].force_value("everybody")
    form["unsolicited"].force_value("perhaps")
    form["role_cap"].force_value("admin")
    form["allowed_email_domains"] = "not a domain"
    page = form.submit(status=422)
    assert len(errors(page)) == 4
    assert admin.config().provisioning == "create"


def test_sessions_last_as_long_as_chosen(admin: Admin) -> None:
    admin.fill("/sign-in/sessions", staff_idle_seconds="14400", session_idle_seconds="900")
    config = admin.config()
    assert (config.staff_idle_seconds, config.session_idle_seconds) == (14_400, 900)
    page = admin.fill(
        "/sign-in/sessions",
        staff_idle_seconds="43200",
        staff_absolute_seconds="3600",
        status=422,
    )
    assert errors(page) == ["This is longer than the session lasts at the most."]


def test_a_length_from_a_file_stays_in_the_list(admin: Admin) -> None:
    admin.look(lambda db, t: setattr(db.get(SsoConfig, t.id), "session_idle_seconds", 1234))
    form = admin.form("/sign-in/sessions")
    assert form["session_idle_seconds"].value == "1234"
    form.submit(status=303)
    assert admin.config().session_idle_seconds == 1234
    assert admin.audit() == []


def test_the_ids_that_vendors_name_a_tenant_by(admin: Admin) -> None:
    company, account = f"comp_{admin.world.slug}", f"acct_{admin.world.slug}"
    save_login(admin, company_id=f" {company} ", account_id=account)
    tenant = admin.tenant()
    assert (tenant.company_id, tenant.account_id) == (company, account)
    action, target, details = admin.last()
    assert (action, target) == ("tenant.changed", admin.world.slug)
    assert details == {"company_id": [None, company], "account_id": [None, account]}
    entries = len(admin.audit())
    save_login(admin)
    assert len(admin.audit()) == entries
    save_login(admin, company_id="")
    assert admin.tenant().company_id is None


def test_an_id_belongs_to_one_tenant(admin: Admin, tenants: TenantFactory) -> None:
    other = tenants.create().tenant
    taken = f"comp_{other.slug}"
    with tenants.session(other.id) as db:
        db.merge(other).company_id = taken
    page = save_login(admin, status=422, company_id=taken, account_id="mine")
    assert errors(page) == ["Another help desk of this portal has this ID."]
    assert page.html.select_one("#company_id")["value"] == taken
    assert admin.tenant().account_id is None
