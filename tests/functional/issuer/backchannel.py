"""What the tests of the Back-Channel Logout share: signing out, and what became of it."""

from typing import Any

from joserfc import jwt
from sqlalchemy import select
from webtest import TestApp

from portal.issuer.models import IssuerLogout
from tests.factories import World
from tests.factories.jobs import Done
from tests.functional.issuer.conftest import Forum

NOTICED = Done("issuer.notice_ended_sessions", "succeeded")
DELIVERED = Done("issuer.deliver_logout_token", "succeeded")
AGAIN = Done("issuer.deliver_logout_token", "todo")


def sign_out(world: World, browser: TestApp) -> None:
    page = browser.get(world.url("/logout"), headers={"Sec-Fetch-Site": "cross-site"})
    page.forms[0].submit()


def told(world: World) -> list[tuple[str, int | None, int]]:
    """State, status and attempts of every client that was, or is, to be told."""
    with world.factory.session(world.seed.tenant.id) as db:
        rows = db.scalars(select(IssuerLogout).order_by(IssuerLogout.id)).all()
        return [(row.state, row.status, row.attempts) for row in rows]


def read(forum: Forum, token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims, verified with the issuer's published keys."""
    decoded = jwt.decode(token, forum.keys(), algorithms=["RS256"])
    return decoded.header, dict(decoded.claims)
