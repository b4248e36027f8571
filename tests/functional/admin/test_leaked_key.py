"""Settings: a key that others know. It ends at once, with every session that was made with it."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import Engine, event, func, select
from sqlalchemy import text as sa_text
from webtest import TestApp, TestResponse

from portal.security.models import Session
from portal.security.secrets import secret_box
from portal.signin.keyring import Keyring, Material
from portal.signin.models import SsoAttempt, SsoHandoff, SsoKey
from tests.functional.admin.conftest import Admin, form_of
from tests.functional.signin.conftest import Site
from tests.unit.signin.tokens import OLD_SECRET

CURRENT, PREVIOUS = "2026-b", "2026-a"


@pytest.fixture
def site(admin: Admin) -> Site:
    """The tenant's site: it signs with the previous key still, and has the current one too."""
    site = Site(admin.world)
    with admin.world.factory.session(site.tenant.id) as db:
        Keyring(db, site.tenant, secret_box(admin.world.factory.settings)).add(
            CURRENT, Material("HS256", OLD_SECRET)
        )
    return site


def sign_in(site: Site, **claims: Any) -> TestApp:
    """A browser that came in with a token."""
    browser = site.world.anonymous()
    assert site.send(browser, **claims).status_int == 303
    browser.get(site.world.url("/tickets"), status=200)
    return browser


def is_signed_in(site: Site, browser: TestApp) -> bool:
    return bool(browser.get(site.world.url("/tickets")).status_int == 200)


def ask(admin: Admin, kid: str) -> TestResponse:
    """The page that says what will happen."""
    return admin.get(f"/sign-in/leaked-key?key={kid}", status=200)


def confirm(admin: Admin, page: TestResponse, status: int = 303) -> TestResponse:
    return form_of(page, admin.url("/sign-in/leaked-key")).submit(status=status)


def row(admin: Admin, kid: str) -> SsoKey:
    found: SsoKey = admin.look(lambda db, t: db.get(SsoKey, (t.id, kid)))
    return found


def text(page: TestResponse) -> str:
    return " ".join(page.html.get_text().split())


def test_the_previous_key_ends_with_its_sessions(admin: Admin, site: Site) -> None:
    old = [sign_in(site), sign_in(site)]
    new = sign_in(site, secret=OLD_SECRET)
    page = ask(admin, PREVIOUS)
    assert "2 sessions that were made with it end" in text(page)
    assert "The current key is not touched." in text(page)
    # Nothing has happened yet.
    assert all(is_signed_in(site, each) for each in old)
    answer = confirm(admin, page).follow()
    assert f"The key {PREVIOUS} has ended, and 2 sessions with it." in text(answer)
    assert not any(is_signed_in(site, each) for each in old)
    assert is_signed_in(site, new)
    ended = row(admin, PREVIOUS)
    assert (ended.state, ended.secret_encrypted) == ("retired", None)
    assert ended.compromised_at is not None
    assert ended.not_after is not None
    assert ended.not_after <= ended.compromised_at
    assert row(admin, CURRENT).state == "current"
    assert admin.last() == ("signin.key_leaked", PREVIOUS, {"sessions_ended": [None, 2]})
    assert "Sessions that ended with it" in text(admin.get("/audit"))
    assert "Leaked" in text(answer)
    assert site.send(site.world.anonymous()).status_int == 401
    assert site.send(site.world.anonymous(), secret=OLD_SECRET).status_int == 303


def test_instead_of_the_current_key_there_is_another(admin: Admin, site: Site) -> None:
    browser, other = sign_in(site, secret=OLD_SECRET), sign_in(site)
    page = ask(admin, CURRENT)
    assert "A new key is made" in text(page)
    assert f"only the previous key {PREVIOUS} lets people in, for 23 hours" in text(page)
    answer = confirm(admin, page, 200)
    assert f"The key {CURRENT} has ended, and 1 session with it." in text(answer)
    secret, kid = (answer.html.select_one(f"#{name}")["value"] for name in ("secret", "kid"))
    assert not is_signed_in(site, browser)
    assert is_signed_in(site, other)
    assert [entry.action for entry in admin.audit()] == ["signin.key_leaked", "signin.key_made"]
    for key, status in ((OLD_SECRET, 401), (secret, 303)):
        assert site.send(site.world.anonymous(), secret=key).status_int == status
    # A server of the site that still signs with the previous key goes on.
    assert site.send(site.world.anonymous()).status_int == 303
    assert (row(admin, kid).state, row(admin, PREVIOUS).state) == ("current", "previous")
    # The address of the answer, opened again, shows no secret.
    assert admin.get("/sign-in/leaked-key", status=303).location.endswith("/sign-in/keys")


def test_a_leaked_pair_of_keys_is_replaced_by_the_site(admin: Admin, site: Site) -> None:
    """A secret that the portal made would be of no use to a site that signs with RS256."""
    pem = rsa.generate_private_key(65537, 2048).public_key()
    public = pem.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    with admin.world.factory.session(site.tenant.id) as db:
        keyring = Keyring(db, site.tenant, secret_box(admin.world.factory.settings))
        keyring.add("rsa", Material("RS256", public))
    page = ask(admin, "rsa")
    assert "Your site needs a new pair of keys" in text(page)
    answer = confirm(admin, page).follow()
    assert "The key rsa has ended." in text(answer)
    assert "Make a new pair of keys, and paste its public key here." in text(answer)
    assert admin.last()[:2] == ("signin.key_leaked", "rsa")
    live = admin.look(
        lambda db, t: [
            (key.kid, key.state)
            for key in Keyring(db, t, secret_box(admin.world.factory.settings)).live()
        ]
    )
    assert live == [(CURRENT, "previous")]
    # The next one does not push out the key with which people still come in.
    admin.fill("/sign-in/keys", action="/sign-in/import-key", kid="rsa-2", material=public)
    assert (row(admin, "rsa-2").state, row(admin, CURRENT).state) == ("current", "previous")


def test_an_ended_key_can_be_marked_too(admin: Admin, site: Site) -> None:
    """Sessions outlive a key that was replaced in peace."""
    browser = sign_in(site)
    admin.press("/sign-in/keys", "/sign-in/end-key")
    ended_at = row(admin, PREVIOUS).not_after
    assert is_signed_in(site, browser)
    confirm(admin, ask(admin, PREVIOUS))
    assert not is_signed_in(site, browser)
    assert row(admin, PREVIOUS).not_after == ended_at
    page = ask(admin, CURRENT)
    assert "No open session was made with it, so nobody is signed out." in text(page)
    assert row(admin, CURRENT).state == "current"
    assert "No open session was made with it." in text(confirm(admin, page, 200))


def test_a_form_that_comes_too_late(admin: Admin, site: Site) -> None:
    page = ask(admin, CURRENT)
    confirm(admin, page, 200)
    known = len(admin.audit())
    answer = confirm(admin, page, 409)
    assert "were changed since you opened this page, so nothing was done" in text(answer)
    assert answer.html.select_one("#secret") is None
    assert len(admin.audit()) == known
    for kid in (CURRENT, "unknown", ""):
        admin.get(f"/sign-in/leaked-key?key={kid}", status=303)


def test_the_admin_who_says_so_stays_signed_in(admin: Admin, site: Site) -> None:
    """Otherwise the new secret might be seen by nobody; see the comment in the view."""
    site.configure(admins_by_token=True)
    here, elsewhere = (sign_in(site, email="ada@acme.test", secret=OLD_SECRET) for _ in range(2))
    cookie = f"portal-{admin.world.slug}"
    before = here.cookies[cookie]
    admin.browser = here
    page = ask(admin, CURRENT)
    assert "In this browser you stay signed in." in text(page)
    assert "1 person who was signed in with it is signed out" in text(page)
    answer = confirm(admin, page, 200)
    assert "and 1 session with it" in text(answer)
    assert here.cookies[cookie] != before
    assert admin.get("/sign-in/keys").status_int == 200
    assert not is_signed_in(site, elsewhere)
    stale = site.world.anonymous()
    stale.set_cookie(cookie, before)
    assert not is_signed_in(site, stale)
    sessions = admin.look(
        lambda db, t: db.scalars(
            select(Session).where(Session.tenant_id == t.id, Session.authenticator == "jwt_sso")
        ).all()
    )
    assert [session.key_id for session in sessions] == [None]
    # The page's own forms carry the token of the new cookie.
    form_of(admin.get("/sign-in/keys"), admin.url("/sign-in/new-key")).submit(status=200)


def test_whoever_waits_is_turned_away(admin: Admin, site: Site) -> None:
    """A token that was held until the visitor answers a question, and a hand-off."""
    site.configure(unsolicited="confirm")
    browser = site.world.anonymous()
    asked = site.send(browser)
    assert asked.status_int == 303
    question = asked.follow()
    with admin.world.factory.session(site.tenant.id) as db:
        from portal.signin.assertion import Assertion
        from portal.signin.handoffs import Handoffs

        handoff = Handoffs(db, site.tenant).make(
            Assertion(
                authenticator="jwt_sso",
                email="cleo@customer.test",
                namespace="central",
                key_id=PREVIOUS,
            )
        )
    confirm(admin, ask(admin, PREVIOUS))
    form = next(form for form in question.forms.values() if "switch" in form.action)
    assert form.submit(expect_errors=True).status_int == 401
    assert site.send(site.world.anonymous(), "/auth/callback", handoff).status_int == 401
    assert admin.look(lambda db, t: db.scalars(select(SsoHandoff)).all()) == []


@contextmanager
def paused(engine: Engine, words: str) -> Iterator[tuple[threading.Event, Callable[[], None]]]:
    """Holds the first statement with these words up: an event for its arrival, and what lets it
    go on."""
    arrived, on = threading.Event(), threading.Event()

    def wait(conn: Any, cursor: Any, statement: str, *rest: Any) -> None:
        if words in statement and not arrived.is_set():
            arrived.set()
            assert on.wait(30)

    event.listen(engine, "before_cursor_execute", wait)
    try:
        yield arrived, on.set
    finally:
        on.set()
        event.remove(engine, "before_cursor_execute", wait)


def test_a_sign_in_under_way_does_not_slip_through(admin: Admin, site: Site) -> None:
    """Its token was verified before the key was marked, its session would be made after."""
    page = ask(admin, PREVIOUS)
    engine = site.world.app.registry["db.engine"]
    with ThreadPoolExecutor(1) as pool, paused(engine, "INSERT INTO sso_replays") as (came, let_go):
        late = pool.submit(site.send, site.world.anonymous())
        assert came.wait(30)
        confirm(admin, page)
        let_go()
        assert late.result().status_int == 401
    with admin.world.factory.session(site.tenant.id) as db:
        made = select(func.count()).select_from(Session).where(Session.key_id == PREVIOUS)
        assert db.scalar(made) == 0
        last = db.scalars(select(SsoAttempt).order_by(SsoAttempt.id.desc())).first()
        assert last is not None
        assert "was marked as leaked while the visitor came" in last.hint


def until_somebody_waits(engine: Engine) -> None:
    """Until a statement waits for a row that another transaction has locked."""
    waiting = sa_text(
        "select count(*) from pg_stat_activity"
        " where datname = current_database() and wait_event_type = 'Lock'"
    )
    for _ in range(3000):
        with engine.connect() as connection:
            if connection.scalar(waiting):
                return
        time.sleep(0.01)
    pytest.fail("nothing waits")


def test_a_session_that_is_just_being_made_ends_too(admin: Admin, site: Site) -> None:
    """The key is marked while the sign-in holds it: the mark waits, and finds the session."""
    page = ask(admin, PREVIOUS)
    engine = site.world.app.registry["db.engine"]
    browser = site.world.anonymous()
    with ThreadPoolExecutor(2) as pool, paused(engine, "INSERT INTO sessions") as (came, let_go):
        first = pool.submit(site.send, browser)
        assert came.wait(30)
        marked = pool.submit(confirm, admin, page)
        until_somebody_waits(engine)
        let_go()
        assert first.result().status_int == 303
        marked.result()
    assert not is_signed_in(site, browser)
