"""One token, many browsers at once: exactly one signs in."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import ColumnElement, func, select

from portal.people.models import User
from portal.security.models import Session
from portal.signin.models import SsoAttempt, SsoReplay
from tests.factories import World
from tests.functional.signin.conftest import Site

pytestmark = pytest.mark.security

THREADS, ROUNDS = 32, 20


@pytest.fixture
def site(world: World) -> Site:
    return Site(world)


@pytest.mark.parametrize("round_number", range(ROUNDS))
def test_of_32_at_once_exactly_one_signs_in(site: Site, world: World, round_number: int) -> None:
    """On odd rounds the account has to be made as well, on which the same 32 compete."""
    email = "cleo@customer.test" if round_number % 2 == 0 else "new@customer.test"
    raw = site.token(email=email, jti=f"round-{round_number}")
    start = threading.Barrier(THREADS)

    def use(number: int) -> int:
        browser = world.anonymous()
        # Two endpoints, one ledger.
        path = "/jwt/" if number % 2 else "/auth/callback"
        start.wait()
        status: int = site.send(browser, path, token=raw).status_int
        return status

    with ThreadPoolExecutor(THREADS) as threads:
        answers = Counter(threads.map(use, range(THREADS)))

    assert answers == {303: 1, 401: THREADS - 1}
    with world.factory.session(site.tenant.id) as db:

        def count(model: Any, *where: ColumnElement[bool]) -> int:
            own = select(func.count()).select_from(model).where(model.tenant_id == site.tenant.id)
            return db.scalar(own.where(*where)) or 0

        assert count(Session) == 1
        assert count(SsoReplay) == 1
        assert count(User, User.email == email) == 1
        assert count(SsoAttempt, SsoAttempt.code == "signed_in") == 1
        assert count(SsoAttempt, SsoAttempt.code == "token_replayed") == THREADS - 1


def test_of_32_different_tokens_for_a_new_person_all_sign_in(site: Site, world: World) -> None:
    """They race for the account, not for a token: one makes it, the others find it."""
    tokens = [site.token(email="new@customer.test", external_user_id="7") for _ in range(THREADS)]
    start = threading.Barrier(THREADS)

    def use(raw: str) -> int:
        browser = world.anonymous()
        start.wait()
        status: int = site.send(browser, "/auth/callback", token=raw).status_int
        return status

    with ThreadPoolExecutor(THREADS) as threads:
        answers = Counter(threads.map(use, tokens))
    assert answers == {303: THREADS}
    assert site.user("new@customer.test") is not None
