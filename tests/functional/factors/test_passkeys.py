"""Passkeys: added on the profile, as the second factor, and alone."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from fido2.utils import websafe_decode, websafe_encode
from sqlalchemy import func, select

from portal.factors.models import Passkey, PasskeyChallenge
from portal.people.models import User
from portal.tenants.models import Tenant
from tests.factories import World
from tests.factories.authenticator import BE, BS, UP, UV, SoftKey
from tests.functional.factors.conftest import Desk, form_to


def rows(desk: Desk) -> list[Passkey]:
    """The tenant's passkeys."""
    with desk.world.factory.session(desk.tenant.id) as db:
        own = select(Passkey).where(Passkey.tenant_id == desk.tenant.id).order_by(Passkey.id)
        return list(db.scalars(own))


def change(desk: Desk, first: str, **values: Any) -> None:
    """Change one of the people."""
    with desk.world.factory.session(desk.tenant.id) as db:
        user = db.get_one(User, (desk.tenant.id, desk.world.seed.users[first].id))
        for name, value in values.items():
            setattr(user, name, value)


@pytest.fixture
def key() -> SoftKey:
    return SoftKey()


@pytest.fixture
def with_key(desk: Desk, key: SoftKey) -> Desk:
    """ada has a passkey."""
    answer = desk.add_passkey(desk.password("ada"), key)
    assert "Your recovery codes" in answer
    return desk


class TestAdding:
    def test_it_is_kept_with_what_it_says(self, with_key: Desk, key: SoftKey) -> None:
        (row,) = rows(with_key)
        assert (row.credential_id, row.rp_id, row.name) == (key.credential_id, "localhost", "Key")
        assert (row.transports, row.sign_count) == (["usb"], 0)
        assert (row.backup_eligible, row.backed_up) == (False, False)
        assert with_key.audit()[-2:] == ["factor.passkey_added", "factor.recovery_made"]

    def test_the_options_name_the_rp_and_hide_the_person(self, desk: Desk) -> None:
        browser = desk.password("ada")
        form = form_to(browser.get(desk.world.url("/profile/security")), "passkey-add")
        options: dict[str, Any] = desk.options(browser, "/profile/security/passkey-options", form)
        assert options["rp"] == {"id": "localhost", "name": "Acme Audio"}
        assert options["user"]["name"] == "ada@acme.test"
        assert "ada" not in options["user"]["id"]
        assert options["authenticatorSelection"]["residentKey"] == "preferred"

    @pytest.mark.parametrize(
        "lie",
        [
            {"origin": "http://evil.localhost"},
            {"origin": "https://localhost"},
            {"origin": "http://localhost:8080"},
            {"rp_id": "evil.test"},
            {"flags": UV},
            {"flags": UP | BS},
            {"cross_origin": True},
        ],
        ids=str,
    )
    def test_one_that_does_not_fit_is_refused(self, desk: Desk, lie: dict[str, Any]) -> None:
        answer = desk.add_passkey(desk.password("ada"), SoftKey(**lie))
        assert answer.status_int == 303
        assert rows(desk) == []

    def test_the_same_one_is_added_once(self, with_key: Desk, key: SoftKey) -> None:
        for first in ("ada", "ben"):
            browser = with_key.password(first)
            if first == "ada":
                with_key.second_with(browser, key)
            answer = with_key.add_passkey(browser, replace_id(key)).follow()
            assert "added before" in answer
        assert len(rows(with_key)) == 1

    @pytest.mark.parametrize(
        "junk",
        [
            "", "{}", "[]", "null", "x" * 20_000, "[" * 9000, '{"response": {}}',
            '{"id": "a", "rawId": "a", "type": "public-key", "response": '
            '{"clientDataJSON": "e30", "attestationObject": "oA", "transports": [{}]}}',
            '{"id": 7, "rawId": [], "response": {"clientDataJSON": 9}}',
        ],
        ids=lambda text: text[:12],
    )  # fmt: skip
    def test_junk_is_no_passkey(self, desk: Desk, junk: str) -> None:
        browser = desk.password("ada")
        form = form_to(browser.get(desk.world.url("/profile/security")), "passkey-add")
        form["credential"] = junk
        assert form.submit(expect_errors=True).status_int == 303
        form = form_to(desk.world.anonymous().get(desk.world.url("/login")), "/login/passkey")
        form["credential"] = junk
        assert form.submit(expect_errors=True).status_int in (303, 401)

    def test_a_damaged_answer_breaks_nothing(self, desk: Desk, key: SoftKey) -> None:
        """One byte after the other: the library reads CBOR, keys and flags from strangers."""
        browser = desk.password("ada")
        form = form_to(browser.get(desk.world.url("/profile/security")), "passkey-add")
        path = "/profile/security/passkey-options"
        good = json.loads(key.create(desk.options(browser, path, form)))
        for name in ("attestationObject", "clientDataJSON"):
            size = len(websafe_decode(good["response"][name]))
            for at in range(0, size, 3):
                form["credential"] = damaged(good, name, at)
                assert form.submit(expect_errors=True).status_int in (200, 303), (name, at)


def damaged(answer: dict[str, Any], name: str, at: int) -> str:
    """The answer with one byte of a part turned over."""
    raw = bytearray(websafe_decode(answer["response"][name]))
    raw[at] ^= 0xFF
    response = answer["response"] | {name: websafe_encode(bytes(raw))}
    return json.dumps(answer | {"response": response})


def replace_id(key: SoftKey) -> SoftKey:
    """Another authenticator that claims the same credential."""
    other = SoftKey()
    other.credential_id = key.credential_id
    return other


class TestSecondStep:
    def test_it_is_the_second_factor(self, with_key: Desk, key: SoftKey) -> None:
        browser = with_key.password("ada")
        assert with_key.answer.location.endswith("/login/second")
        key.flags = UP  # present is enough beside a password
        assert with_key.second_with(browser, key).status_int == 303
        assert with_key.signed_in(browser) == "ada@acme.test"
        (row,) = rows(with_key)
        assert row.sign_count == 1
        assert row.last_used_at is not None

    def test_the_page_has_no_field_for_codes_but_leads_to_recovery(self, with_key: Desk) -> None:
        browser = with_key.password("ada")
        page = browser.get(with_key.world.url("/login/second"))
        assert "code" not in {name for form in page.forms.values() for name in form.fields}
        assert page.click("Use a recovery code").html.select_one("[name=code]")

    def test_somebody_elses_is_not(self, with_key: Desk, key: SoftKey) -> None:
        with_key.with_app("ben")
        other = SoftKey()
        with_key.add_passkey(with_key.in_full("ben"), other)
        browser = with_key.password("ada")
        other.user_handle = key.user_handle
        answer = with_key.second_with(browser, other)
        assert answer.status_int == 401
        assert with_key.log()[0].code == "passkey_invalid"
        assert with_key.signed_in(browser) is None

    def test_a_counter_that_goes_back_is_refused(self, with_key: Desk, key: SoftKey) -> None:
        assert with_key.second_with(with_key.password("ada"), key).status_int == 303
        key.count = 0
        answer = with_key.second_with(with_key.password("ada"), key)
        assert answer.status_int == 401
        assert with_key.log()[0].code == "passkey_copied"
        key.count = 5
        assert with_key.second_with(with_key.password("ada"), key).status_int == 303

    def test_one_that_does_not_count_is_fine(self, desk: Desk) -> None:
        key = SoftKey(pace=0, flags=UP | UV | BE | BS)
        desk.add_passkey(desk.password("ada"), key)
        for _ in range(2):
            assert desk.second_with(desk.password("ada"), key).status_int == 303
        (row,) = rows(desk)
        assert (row.backup_eligible, row.backed_up) == (True, True)

    def test_it_may_not_change_whether_it_can_be_copied(self, with_key: Desk, key: SoftKey) -> None:
        key.flags |= BE
        assert with_key.second_with(with_key.password("ada"), key).status_int == 401

    def test_a_challenge_is_for_one_browser_and_one_purpose(
        self, with_key: Desk, key: SoftKey
    ) -> None:
        here, there = with_key.password("ada"), with_key.password("ada")
        form = form_to(here.get(with_key.world.url("/login/second")), "second-passkey")
        options = with_key.options(here, "/login/second-options", form)
        other = form_to(there.get(with_key.world.url("/login/second")), "second-passkey")
        other["credential"] = key.get(options)
        assert other.submit(expect_errors=True).status_int == 401
        first = form_to(here.get(with_key.world.url("/login")), "/login/passkey")
        first["credential"] = key.get(options)
        assert first.submit(expect_errors=True).status_int == 401
        assert with_key.signed_in(here) is None

    def test_an_answer_is_taken_once(self, with_key: Desk, key: SoftKey) -> None:
        key.pace = 0
        with with_key.world.factory.session(with_key.tenant.id) as db:
            db.scalars(select(Passkey)).one().sign_count = 0
        browser = with_key.password("ada")
        form = form_to(browser.get(with_key.world.url("/login/second")), "second-passkey")
        form["credential"] = key.get(with_key.options(browser, "/login/second-options", form))
        token = browser.cookies[f"portal-{with_key.world.slug}-second"].strip('"')
        assert form.submit().status_int == 303
        browser.set_cookie(f"portal-{with_key.world.slug}-second", token)
        fields = [(name, form[name].value) for name in form.fields if name]
        csrf = browser.get(with_key.world.url("/login/local")).forms[0]["csrf_token"].value
        fields = [(n, csrf if n == "csrf_token" else v) for n, v in fields]
        assert browser.post(form.action, fields, expect_errors=True).status_int == 410

    def test_every_byte_of_it_is_signed(self, with_key: Desk, key: SoftKey) -> None:
        browser = with_key.password("ada")
        form = form_to(browser.get(with_key.world.url("/login/second")), "second-passkey")
        good = json.loads(key.get(with_key.options(browser, "/login/second-options", form)))
        for name in ("authenticatorData", "clientDataJSON", "signature", "userHandle"):
            size = len(websafe_decode(good["response"][name]))
            for at in range(0, size, 9):
                form["credential"] = damaged(good, name, at)
                assert form.submit(expect_errors=True).status_int == 401, (name, at)
        assert with_key.signed_in(browser) is None
        form["credential"] = json.dumps(good)
        assert form.submit().status_int == 303


class TestAlone:
    def test_it_signs_in_without_address_and_password(self, with_key: Desk, key: SoftKey) -> None:
        browser = with_key.world.anonymous()
        answer = with_key.sign_in_with(browser, key)
        assert answer.location == f"http://localhost{with_key.world.url('/')}"
        assert with_key.signed_in(browser) == "ada@acme.test"
        line = with_key.log()[0]
        assert (line.code, line.authenticator) == ("signed_in", "passkey")
        assert line.masked_email == "ad•••@acme.test"

    def test_it_leads_where_the_visitor_was_going(self, with_key: Desk, key: SoftKey) -> None:
        browser = with_key.world.anonymous()
        path = "/login?next=" + with_key.world.url("/settings/people")
        answer = with_key.sign_in_with(browser, key, path)
        assert answer.location == f"http://localhost{with_key.world.url('/settings/people')}"

    def test_its_owner_has_to_be_verified(self, with_key: Desk, key: SoftKey) -> None:
        key.flags = UP
        browser = with_key.world.anonymous()
        assert with_key.sign_in_with(browser, key).status_int == 401
        assert with_key.signed_in(browser) is None
        assert "did not check who" in with_key.log()[0].hint

    def test_it_says_whose_it_is(self, with_key: Desk, key: SoftKey) -> None:
        for handle in (None, b"x" * 32):
            key.user_handle = handle
            assert with_key.sign_in_with(with_key.world.anonymous(), key).status_int == 401

    def test_another_tenants_is_refused(self, with_key: Desk, key: SoftKey, world: World) -> None:
        """They share the relying party: below one origin, the table keeps them apart."""
        other = Desk(World(world.factory.create(), world.app, world.factory))
        browser = other.world.anonymous()
        assert other.sign_in_with(browser, key).status_int == 401
        assert other.signed_in(browser) is None
        assert other.log()[0].code == "passkey_invalid"

    def test_a_stolen_challenge_of_another_tenant_is_none_here(
        self, with_key: Desk, key: SoftKey, world: World
    ) -> None:
        other = world.factory.create()
        browser = world.anonymous()
        page = browser.get(f"/{other.slug}/login")
        form = form_to(page, "/login/passkey")
        options = browser.post(
            f"/{other.slug}/login/passkey-options",
            headers={"X-CSRF-Token": form["csrf_token"].value},
        ).json
        here = form_to(browser.get(with_key.world.url("/login")), "/login/passkey")
        here["credential"] = key.get(options)
        assert here.submit(expect_errors=True).status_int == 401

    @pytest.mark.parametrize(
        "values",
        [{"disabled_at": datetime(2026, 1, 1, tzinfo=UTC)}, {"password_hash": None}],
        ids=["disabled", "no password"],
    )
    def test_who_may_not_sign_in_does_not(
        self, with_key: Desk, key: SoftKey, values: dict[str, Any]
    ) -> None:
        change(with_key, "ada", **values)
        answer = with_key.sign_in_with(with_key.world.anonymous(), key)
        assert answer.status_int == 401
        assert "This passkey does not sign you in here." in answer

    def test_where_passwords_are_off_only_admins_do(self, with_key: Desk, key: SoftKey) -> None:
        with with_key.world.factory.session(with_key.tenant.id) as db:
            db.get_one(Tenant, with_key.tenant.id).authenticators = ["session", "jwt_sso"]
        browser = with_key.world.anonymous()
        assert with_key.sign_in_with(browser, key, "/login/local").status_int == 303
        change(with_key, "ada", role="agent")
        browser = with_key.world.anonymous()
        assert with_key.sign_in_with(browser, key, "/login/local").status_int == 401

    def test_challenges_do_not_pile_up_for_ever(self, desk: Desk) -> None:
        """What one network address may ask for in five minutes is bounded."""
        browser = desk.world.anonymous()
        form = form_to(browser.get(desk.world.url("/login")), "/login/passkey")
        headers = {"X-CSRF-Token": form["csrf_token"].value}
        statuses = [
            browser.post(
                desk.world.url("/login/passkey-options"), headers=headers, expect_errors=True
            ).status_int
            for _ in range(101)
        ]
        assert statuses == [200] * 100 + [429]
        with desk.world.factory.session(desk.tenant.id) as db:
            assert db.scalar(select(func.count()).select_from(PasskeyChallenge)) == 100


def test_an_address_without_a_name_takes_no_passkeys(desk: Desk) -> None:
    host = "127.0.0.1.nip.acme.test"
    seed = desk.world.factory.create(host=host)
    browser = World(seed, desk.world.app, desk.world.factory).anonymous()
    page = browser.get("/login", headers={"Host": host})
    assert "Sign in with a passkey" not in page
