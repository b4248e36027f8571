"""Invitations and links for a new password."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update
from webtest import TestApp, TestResponse

from portal.people.models import Invitation, Role
from portal.people.passwords import verify_password
from portal.people.service import PeopleService
from portal.signin.models import SsoAttempt
from tests.factories import PASSWORD, TenantFactory
from tests.functional.admin.conftest import Admin, errors, form_of

GOOD = "brass-window-october"


def invite(admin: Admin, email: str = "Noor@acme.test", **values: str) -> str:
    """Invite somebody; gives the link's path."""
    form = admin.form("/people/invite")
    form["email"] = email
    for name, value in values.items():
        form[name] = value
    page = form.submit(status=200)
    link: str = page.html.select_one("#link")["value"]
    assert link.startswith(f"http://localhost/{admin.world.slug}/invitation/")
    return link.removeprefix("http://localhost")


def accept(browser: TestApp, link: str, password: str, status: int = 303) -> TestResponse:
    """Set a password with a link."""
    form = form_of(browser.get(link), link)
    form["password"] = password
    return form.submit(status=status)


def test_an_invited_person_sets_a_password_and_is_in(admin: Admin) -> None:
    link = invite(admin, name="Noor Haddad", role="agent")
    assert admin.last() == ("person.invited", "noor@acme.test", {"role": [None, "agent"]})
    guest = admin.world.anonymous()
    page = guest.get(link)
    assert "Welcome, Noor Haddad" in page.text
    assert page.html.select_one("#email")["value"] == "noor@acme.test"
    answer = accept(guest, link, GOOD)
    assert answer.location == f"http://localhost/{admin.world.slug}/"
    assert guest.get(admin.world.url("/tickets")).status_int == 200
    noor = admin.look(lambda db, t: PeopleService(db, t).by_email("noor@acme.test"))
    assert noor.role == Role.AGENT
    assert verify_password(noor.password_hash, GOOD)
    assert noor.email_verified_at is not None


def test_it_is_in_the_audit_log_and_in_the_sign_in_log(admin: Admin) -> None:
    link = invite(admin)
    accept(admin.world.anonymous(), link, GOOD)
    entry = admin.audit()[-1]
    assert (entry.action, entry.target) == ("person.password_set", "noor@acme.test")
    assert entry.actor_name == "noor"
    assert GOOD not in str(entry.details)
    attempt = admin.look(lambda db, _t: db.scalars(select(SsoAttempt)).one())
    assert (attempt.code, attempt.authenticator) == ("signed_in", "local_password")
    assert attempt.masked_email == "no•••@acme.test"


def test_the_link_works_once(admin: Admin) -> None:
    link = invite(admin)
    accept(admin.world.anonymous(), link, GOOD)
    page = admin.world.anonymous().get(link, status=410)
    assert "This link does not work any more" in page.text


def test_looking_uses_nothing_up(admin: Admin) -> None:
    link = invite(admin)
    guest = admin.world.anonymous()
    for _ in range(3):
        guest.get(link)
        guest.head(link)
    accept(guest, link, GOOD)


def test_one_of_many_uses_wins(admin: Admin) -> None:
    link = invite(admin)
    forms = []
    for number in range(6):
        form = form_of(admin.world.anonymous().get(link), link)
        form["password"] = f"{GOOD}-{number}"
        forms.append(form)
    with ThreadPoolExecutor(6) as pool:
        statuses = list(pool.map(lambda form: form.submit(expect_errors=True).status_int, forms))
    assert sorted(statuses) == [303, 410, 410, 410, 410, 410]
    noor = admin.look(lambda db, t: PeopleService(db, t).by_email("noor@acme.test"))
    assert verify_password(noor.password_hash, f"{GOOD}-{statuses.index(303)}")


def test_the_token_is_not_stored(admin: Admin) -> None:
    token = invite(admin).rpartition("/")[2]
    row = admin.look(lambda db, _t: db.scalars(select(Invitation)).one())
    assert token.encode() not in row.token_hash
    assert len(row.token_hash) == 32


@pytest.mark.parametrize(
    ("password", "sentence"),
    [
        ("", "Choose a password."),
        ("short", "Use at least 10 characters."),
        ("password1234", "This is one of the most common passwords. Choose another one."),
        ("aaaaaaaaaaaaaaaa", "This is easy to guess."),
        ("x" * 200, "Use at most 128 characters."),
    ],
)
def test_a_weak_password_is_refused_and_the_link_lives(
    admin: Admin, password: str, sentence: str
) -> None:
    link = invite(admin)
    guest = admin.world.anonymous()
    page = accept(guest, link, password, status=422)
    assert errors(page)[0].startswith(sentence)
    accept(guest, link, GOOD)


def test_an_old_link_ends(admin: Admin) -> None:
    link = invite(admin)
    admin.look(
        lambda db, _t: db.execute(
            update(Invitation).values(expires_at=func.now() - timedelta(seconds=1))
        )
    )
    admin.world.anonymous().get(link, status=410)


@pytest.mark.parametrize("token", ["x", "", "é", "a" * 43, "a" * 44, "../login"])
def test_no_other_link_works(admin: Admin, token: str) -> None:
    page = admin.world.anonymous().get(
        admin.world.url(f"/invitation/{token.encode().hex() if token == 'é' else token}"),
        expect_errors=True,
    )
    assert page.status_int in (404, 410, 200)
    assert "New password" not in page.text


def test_a_link_of_another_tenant_does_not_work(admin: Admin, tenants: TenantFactory) -> None:
    other = tenants.create()
    token = invite(admin).rpartition("/")[2]
    admin.world.anonymous().get(f"/{other.slug}/invitation/{token}", status=410)


def test_a_disabled_person_cannot_use_a_link(admin: Admin) -> None:
    link = invite(admin)
    user = admin.look(lambda db, t: PeopleService(db, t).by_email("noor@acme.test"))
    admin.press(f"/people/{user.id}", f"/people/{user.id}/disable")
    admin.world.anonymous().get(link, status=410)


def test_a_reset_link_ends_the_sessions_and_the_old_password(admin: Admin) -> None:
    cleo = admin.world.browser("cleo")
    path = f"/people/{admin.world.seed.users['cleo'].id}"
    page = admin.press(path, f"{path}/link", status=200)
    assert admin.last() == ("person.link_made", "cleo@customer.test", {})
    link = page.html.select_one("#link")["value"].removeprefix("http://localhost")
    # Until it is used, nothing changes.
    cleo.get(admin.world.url("/tickets"))
    accept(admin.world.anonymous(), link, GOOD)
    cleo.get(admin.world.url("/tickets"), status=303)
    user = admin.user("cleo")
    assert verify_password(user.password_hash or "", GOOD)
    assert not verify_password(user.password_hash or "", PASSWORD)


def test_only_the_newest_link_works(admin: Admin) -> None:
    path = f"/people/{admin.world.seed.users['cleo'].id}"
    links = []
    for _ in range(2):
        page = admin.press(path, f"{path}/link", status=200)
        links.append(page.html.select_one("#link")["value"].removeprefix("http://localhost"))
    admin.world.anonymous().get(links[0], status=410)
    accept(admin.world.anonymous(), links[1], GOOD)


def test_who_is_here_already_is_not_invited_again(admin: Admin) -> None:
    page = admin.fill("/people/invite", email="BEN@acme.test", name="Kept", status=422)
    assert errors(page) == ["Somebody with this address is here already."]
    assert form_of(page, admin.url("/people/invite"))["name"].value == "Kept"
    assert admin.audit() == []


def test_a_malformed_address_is_refused(admin: Admin) -> None:
    page = admin.fill("/people/invite", email="nobody", status=422)
    assert errors(page) == ["“nobody” is no e-mail address."]


def test_without_passwords_only_admins_get_a_link(admin: Admin) -> None:
    admin.look(lambda _db, t: setattr(t, "authenticators", ["session", "jwt_sso"]))
    answer = admin.fill("/people/invite", email="zoe@customer.test", role="customer")
    assert "signs in through your own site" in answer.follow().text
    assert admin.look(lambda db, _t: db.scalars(select(Invitation)).all()) == []
    accept(admin.world.anonymous(), invite(admin, role="admin"), GOOD)
    path = f"/people/{admin.world.seed.users['cleo'].id}"
    assert f"{path}/link" not in " ".join(form.action for form in admin.get(path).forms.values())
