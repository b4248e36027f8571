"""People sign in with a provider: who they become, and who is sent away."""

import pytest

from portal.people.models import Role
from tests.functional.openid.conftest import Desk


def test_the_sign_in_page_offers_the_providers_that_are_on(desk: Desk) -> None:
    desk.add("https://second.example", name="Second")
    page = desk.browser.get(desk.world.url("/login?next=/tickets"))
    assert [
        link.text.strip() for link in page.html.select("a.button") if "Sign in with" in link.text
    ] == [
        "Sign in with Vendor",
        "Sign in with Second",
    ]
    desk.change(disabled_at="2026-01-01T00:00:00Z")
    assert "Sign in with Vendor" not in desk.browser.get(desk.world.url("/login")).text


def test_somebody_new_is_given_an_account_and_arrives_where_they_were_going(desk: Desk) -> None:
    answer = desk.sign_in("?next=" + desk.world.url("/tickets/new"))

    assert answer.status_int == 303
    assert answer.location == "http://localhost" + desk.world.url("/tickets/new")
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    user = desk.user()
    assert user is not None
    assert (user.name, user.role, user.password_hash) == ("Vera Vendor", Role.CUSTOMER, None)
    assert user.email_verified_at is not None
    assert desk.logged()[0] == "signed_in"
    assert "Vera Vendor" in desk.browser.get(desk.world.url("/profile")).text


def test_the_next_time_the_subject_counts_and_not_the_address(desk: Desk) -> None:
    desk.sign_in()
    first = desk.user()
    desk.provider.person["email"] = "vera.new@vendor.test"
    desk.sign_in()

    second = desk.user("vera.new@vendor.test")
    assert first is not None
    assert second is not None
    assert first.id == second.id


def test_how_somebody_signed_in_there_is_kept_in_words_that_others_know(desk: Desk) -> None:
    desk.provider.claims = {"amr": ["pwd", "otp", "pwd", "of-their-own", 7]}
    desk.sign_in()
    assert desk.session().methods == ["pwd", "otp"]
    # What else is told of people, they may have written themselves.
    desk.provider.claims = {"amr": "mfa", "name": ...}
    desk.provider.userinfo = {"amr": ["mfa"], "name": "Vera"}
    desk.sign_in()
    assert "/userinfo" in desk.provider.calls
    assert desk.session().methods == []


def test_two_providers_may_call_different_people_the_same(desk: Desk) -> None:
    desk.sign_in()
    desk.key = desk.add(desk.provider.issuer, name="Other")
    desk.provider.person["email"] = "someone.else@vendor.test"
    assert desk.sign_in().status_int == 303
    first, second = desk.user(), desk.user("someone.else@vendor.test")
    assert first is not None
    assert second is not None
    assert first.id != second.id


def test_an_agent_who_has_an_account_signs_in_with_a_verified_address(desk: Desk) -> None:
    desk.change(audience="agents", provisioning="existing")
    ben = desk.world.seed.users["ben"]
    desk.provider.person["email"] = ben.email
    assert desk.sign_in().status_int == 303
    assert desk.browser.get(desk.world.url("/people")).status_int == 200


def test_where_only_known_people_come_a_stranger_is_refused(desk: Desk) -> None:
    desk.change(provisioning="existing")
    assert desk.refusal()[0] == "not_provisioned"
    assert desk.user() is None


@pytest.mark.parametrize(
    ("claims", "trust", "code"),
    [
        ({"email_verified": False}, False, "email_unverified"),
        ({"email_verified": False}, True, "email_unverified"),
        ({"email_verified": ...}, False, "email_unverified"),
        ({"email_verified": "false"}, True, "email_unverified"),
        ({"email_verified": ...}, True, "signed_in"),
        ({"email_verified": "true"}, False, "signed_in"),
        ({"email": "vera@elsewhere.test"}, False, "email_domain_blocked"),
        ({"email": "vera@vendor.test.evil.test"}, False, "email_domain_blocked"),
        ({"email": ...}, True, "claim_missing"),
    ],
)
def test_only_a_proven_address_of_an_allowed_domain_opens_an_account(
    desk: Desk, claims: dict[str, object], trust: bool, code: str
) -> None:
    desk.change(email_domains=["vendor.test"], trust_email=trust)
    desk.provider.person |= claims
    desk.sign_in()
    assert desk.logged()[0] == code


def test_a_google_account_must_belong_to_the_workspace(desk: Desk) -> None:
    desk.change(kind="google", email_domains=["vendor.test"])
    assert "hd=vendor.test" in desk.leave()
    code, hint = desk.refusal()
    assert code == "email_domain_blocked"
    assert "private one" in hint
    desk.provider.claims["hd"] = "evil.test"
    assert desk.refusal()[0] == "email_domain_blocked"
    desk.provider.claims["hd"] = "vendor.test"
    assert desk.sign_in().status_int == 303


def test_what_the_id_token_leaves_out_is_asked_for(desk: Desk) -> None:
    desk.provider.userinfo = {
        name: desk.provider.person.pop(name) for name in ("email", "email_verified", "name")
    }
    assert desk.sign_in().status_int == 303
    assert desk.user() is not None
    assert "/userinfo" in desk.provider.calls


def test_userinfo_about_somebody_else_is_refused(desk: Desk) -> None:
    del desk.provider.person["name"]
    desk.provider.userinfo = {"sub": "another", "email": "ada@acme.test", "email_verified": True}
    assert desk.refusal()[0] == "id_token_mismatch"


def test_an_admin_signs_in_this_way_only_where_the_tenant_says_so(desk: Desk) -> None:
    desk.provider.person["email"] = desk.world.seed.users["ada"].email
    assert desk.refusal()[0] == "role_requires_local_login"
    desk.change(admins=True)
    assert desk.sign_in().status_int == 303
    assert desk.browser.get(desk.world.url("/settings/general")).status_int == 200


def test_groups_decide_the_role_at_each_sign_in(desk: Desk) -> None:
    desk.change(group_claim="realm_access.roles", group_roles={"support": "agent", "it": "admin"})
    for groups, role in (
        (["support", "other"], Role.AGENT),
        # A group of admins makes agents while the provider may not sign in admins.
        (["it"], Role.AGENT),
        ([], Role.CUSTOMER),
        ("support", Role.AGENT),
    ):
        desk.provider.claims = {"realm_access": {"roles": groups}}
        assert desk.sign_in().status_int == 303
        user = desk.user()
        assert user is not None
        assert user.role == role


def test_a_group_makes_admins_where_the_tenant_says_so_and_unmakes_none(desk: Desk) -> None:
    desk.change(group_claim="groups", group_roles={"it": "admin"}, admins=True)
    for groups in (["it"], []):
        desk.provider.claims = {"groups": groups}
        assert desk.sign_in().status_int == 303
        user = desk.user()
        assert user is not None
        assert user.role == Role.ADMIN


def test_agents_without_a_group_are_refused_with_the_likely_cause(desk: Desk) -> None:
    desk.change(audience="agents", group_claim="groups", group_roles={"support": "agent"})
    desk.provider.claims = {"groups": ["sales"]}
    assert desk.refusal()[0] == "provider_group_missing"
    desk.provider.claims = {"_claim_names": {"groups": "src1"}}
    code, hint = desk.refusal()
    assert code == "provider_group_missing"
    assert "Entra leaves the groups out" in hint


def test_a_provider_for_agents_signs_in_no_customer_and_the_other_way_round(desk: Desk) -> None:
    desk.change(audience="agents")
    desk.provider.person["email"] = desk.world.seed.users["cleo"].email
    assert desk.refusal()[0] == "not_provisioned"
    desk.change(audience="customers")
    assert desk.sign_in().status_int == 303
    desk.provider.person |= {"email": desk.world.seed.users["ben"].email, "sub": "ben"}
    assert desk.refusal()[0] == "not_provisioned"


def test_a_disabled_account_stays_out(desk: Desk) -> None:
    desk.sign_in()
    user = desk.user()
    assert user is not None
    with desk.world.factory.session(desk.tenant_id) as db:
        db.merge(user).disabled_at = user.created_at
    assert desk.refusal()[0] == "account_disabled"


def test_a_client_without_the_basic_scheme_sends_its_secret_in_the_form(desk: Desk) -> None:
    desk.provider.metadata["token_endpoint_auth_methods_supported"] = ["client_secret_post"]
    assert desk.sign_in().status_int == 303


def test_no_provider_signs_in_once_it_or_the_way_is_switched_off(desk: Desk) -> None:
    back = desk.provider.authorize(desk.leave())
    desk.change(disabled_at="2026-01-01T00:00:00Z")
    assert desk.come_back(back).status_int == 403
    assert desk.logged()[0] == "provider_disabled"
    start = desk.world.url(f"/login/openid-start/{desk.key}")
    assert desk.browser.get(start, expect_errors=True).status_int == 403
    assert desk.browser.get(desk.world.url("/login/openid-start/nobody"), status=403)
