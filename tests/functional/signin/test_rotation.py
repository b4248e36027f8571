"""A key is rotated while people sign in: nobody is refused.

Eight servers of the company's site send visitors over, each visitor in a browser of their own.
Somewhere in the stream an admin makes a new key on the settings page; the servers are given it one
after the other, some of them late. What happens is counted, and nothing depends on how fast.
"""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select
from webtest import TestApp

from portal.security.models import Session
from portal.signin.models import SsoAttempt, SsoKey
from tests.factories import World
from tests.functional.admin.conftest import form_of
from tests.functional.signin.conftest import Site
from tests.unit.signin.tokens import SECRET

SERVERS, EACH = 8, 125
OLD = "2026-a"
#: Sign-ins in all after which the admin begins, …
BEGINS_AFTER = 300
#: … of one server that may come before the admin is done, …
BEFORE_DONE = 90
#: … and by which each server gets the new key later than the one before.
LATER = 4
#: A test that hangs is ended after this many seconds.
PATIENCE = 300


class Stream:
    """The servers of the site, and how far they have come."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.count = 0
        self.lock = threading.Lock()
        self.under_way = threading.Event()
        self.rotated = threading.Event()
        self.new_secret = ""

    def serve(self, number: int) -> Counter[int]:
        """One server's visitors: how many came in (303), or were answered with what."""
        statuses: Counter[int] = Counter()
        gets_it = BEFORE_DONE + number * LATER
        for turn in range(EACH):
            if turn == BEFORE_DONE:
                assert self.rotated.wait(PATIENCE)
            secret = self.new_secret if turn >= gets_it else SECRET
            statuses[self._sign_in(f"p{(number * EACH + turn) % 200}", secret)] += 1
            with self.lock:
                self.count += 1
                if self.count == BEGINS_AFTER:
                    self.under_way.set()
        return statuses

    def _sign_in(self, name: str, secret: str) -> int:
        browser = self.site.world.anonymous()
        answer = self.site.send(
            browser,
            "/auth/callback",
            email=f"{name}@customer.test",
            name=name.title(),
            secret=secret,
        )
        cookie = f"portal-{self.site.world.slug}"
        return int(answer.status_int) if cookie in browser.cookies else 0


def new_key(world: World, browser: TestApp) -> str:
    """What an admin does on the settings page; gives the secret that the page shows."""
    page = browser.get(world.url("/settings/sign-in/keys"))
    answer = form_of(page, world.url("/settings/sign-in/new-key")).submit(status=200)
    secret: str = answer.html.select_one("#secret")["value"]
    return secret


def attempts(site: Site) -> Counter[tuple[str, str | None]]:
    """The sign-in log: how many by outcome and key."""
    with site.world.factory.session(site.tenant.id) as db:
        rows = db.execute(
            select(SsoAttempt.code, SsoAttempt.key_id, func.count())
            .where(SsoAttempt.tenant_id == site.tenant.id)
            .group_by(SsoAttempt.code, SsoAttempt.key_id)
        )
        return Counter({(code, kid): number for code, kid, number in rows})


def test_1000_sign_ins_across_a_rotation(site: Site, world: World) -> None:
    stream, admin = Stream(site), world.browser("ada")
    with ThreadPoolExecutor(SERVERS) as threads:
        servers = [threads.submit(stream.serve, number) for number in range(SERVERS)]
        assert stream.under_way.wait(PATIENCE)
        stream.new_secret = new_key(world, admin)
        stream.rotated.set()
        answers = sum((server.result() for server in servers), Counter[int]())

    assert answers == {303: 1000}
    with world.factory.session(site.tenant.id) as db:
        (new,) = db.scalars(select(SsoKey.kid).where(SsoKey.state == "current"))
        made = select(Session.key_id, func.count()).group_by(Session.key_id)
        sessions = {kid: number for kid, number in db.execute(made) if kid is not None}
        noticed = db.scalar(
            select(func.count())
            .select_from(SsoAttempt)
            .where(SsoAttempt.warnings.contains(["key_previous"]))
        )
    with_new = sum(EACH - BEFORE_DONE - number * LATER for number in range(SERVERS))
    assert sessions == {OLD: 1000 - with_new, new: with_new}
    assert attempts(site) == {
        ("signed_in", OLD): 1000 - with_new,
        ("signed_in", new): with_new,
    }
    # Those that came with the previous key after the rotation are marked, so that the admin sees
    # which servers were forgotten.
    assert noticed is not None
    assert noticed >= sum(number * LATER for number in range(SERVERS))

    end_grace(site)
    late = site.send(world.anonymous(), "/auth/callback", secret=SECRET)
    assert late.status_int == 401
    on_time = site.send(world.anonymous(), "/auth/callback", secret=stream.new_secret)
    assert on_time.status_int == 303
    with world.factory.session(site.tenant.id) as db:
        refused = db.scalars(select(SsoAttempt).where(SsoAttempt.code != "signed_in")).one()
    assert refused.code == "token_signature_invalid"
    assert f"previous key “{OLD}”" in refused.hint
    assert "has ended" in refused.hint


def end_grace(site: Site) -> None:
    """The day of grace passes."""
    with site.world.factory.session(site.tenant.id) as db:
        key = db.get_one(SsoKey, (site.tenant.id, OLD))
        assert key.state == "previous"
        key.not_after = datetime.now(UTC) - timedelta(seconds=1)


@pytest.mark.parametrize("round_number", range(5))
def test_two_admins_at_once_make_one_key(site: Site, world: World, round_number: int) -> None:
    """A second rotation would push out the key that the site still signs with."""
    forms = [
        form_of(
            world.browser("ada").get(world.url("/settings/sign-in/keys")),
            world.url("/settings/sign-in/new-key"),
        )
        for _ in range(2)
    ]
    start = threading.Barrier(2)

    def press(number: int) -> int:
        start.wait()
        return int(forms[number].submit(expect_errors=True).status_int)

    with ThreadPoolExecutor(2) as threads:
        assert Counter(threads.map(press, range(2))) == {200: 1, 409: 1}
    assert site.send(world.anonymous()).status_int == 303
