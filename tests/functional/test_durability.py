"""`kill -9` in the middle of work: what was acknowledged is there, and nothing is there twice."""

import http.client
import re
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from urllib.parse import urlencode

import pytest
from sqlalchemy import create_engine, pool, select

from portal.db import embedded, roles
from portal.security import cookies
from portal.security.sessions import Lifetime, SessionService
from portal.settings import Settings
from portal.tickets.models import Message
from tests.conftest import INI
from tests.factories import TenantFactory, TenantSeed
from tests.functional.installation import Installation

REPLIES = 200
TICKETS = 10
#: Acknowledged replies after which the server is killed.
KILL_AFTER = 60


class Writer:
    """A customer's browser, reduced to what a reply needs."""

    def __init__(self, installation: Installation, seed: TenantSeed, cookie: str) -> None:
        self.port = installation.port
        self.headers = {"Cookie": f"portal-{seed.slug}={cookie}", "Accept": "text/html"}
        self.slug = seed.slug
        self.token = ""

    def open(self) -> None:
        """Read a ticket's page and keep the form's CSRF token."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request("GET", f"/{self.slug}/tickets/1", headers=self.headers)
        page = connection.getresponse().read().decode()
        connection.close()
        found = re.search(r'name="csrf_token" value="(\w+)"', page)
        assert found, page
        self.token = found[1]

    def send(self, number: int) -> bool:
        """Post reply `number`; whether the server acknowledged it."""
        fields = {
            "csrf_token": self.token,
            "body": f"reply {number}",
            "form_key": f"form-key-number-{number:06}",
            "seen": str(10**15),
        }
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(
                "POST",
                f"/{self.slug}/tickets/{number % TICKETS + 1}/reply",
                urlencode(fields),
                self.headers | {"Content-Type": "application/x-www-form-urlencoded"},
            )
            status = connection.getresponse().status
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()
        assert status == 303, status
        return True


@pytest.fixture
def factory(installation: Installation) -> Iterator[TenantFactory]:
    """Makes tenants in the installation's own database, while it is served."""
    server = embedded.EmbeddedServer(installation.data)
    settings = replace(
        Settings.from_ini(INI | {"portal.data": str(installation.data)}),
        database_url=server.url(roles.APPLICATION, roles.DATABASE),
    )
    engine = create_engine(settings.database_url, poolclass=pool.NullPool)
    yield TenantFactory(engine, settings)
    engine.dispose()


def sign_in(factory: TenantFactory, seed: TenantSeed) -> str:
    """A session for Cleo; its cookie."""
    value = cookies.new_value()
    with factory.session(seed.tenant.id) as db:
        SessionService(db, seed.tenant).create(
            seed.users["cleo"], value, Lifetime(3600, 86400), authenticator="local_password"
        )
    return value


def replies_in_the_database(factory: TenantFactory, seed: TenantSeed) -> Counter[str]:
    """How often each reply is there."""
    with factory.session(seed.tenant.id) as db:
        bodies = db.scalars(select(Message.body).where(Message.body.startswith("reply ")))
        return Counter(bodies)


def test_acknowledged_replies_survive_kill_9_and_none_is_doubled(
    installation: Installation, factory: TenantFactory
) -> None:
    acknowledged: set[int] = set()
    enough = threading.Event()

    with installation.serving() as process, ThreadPoolExecutor(8) as clients:
        seed = factory.create()
        for _ in range(TICKETS):
            factory.ticket(seed)
        writer = Writer(installation, seed, sign_in(factory, seed))
        writer.open()

        def send(number: int) -> None:
            if writer.send(number):
                acknowledged.add(number)
                if len(acknowledged) >= KILL_AFTER:
                    enough.set()

        sent = [clients.submit(send, number) for number in range(REPLIES)]
        assert enough.wait(60)
        process.kill()
        process.wait()
        for future in sent:
            future.result()

    assert KILL_AFTER <= len(acknowledged) < REPLIES, "the kill must come in the middle"

    with installation.serving():
        kept = replies_in_the_database(factory, seed)
        assert {f"reply {number}" for number in acknowledged} <= set(kept)
        assert set(kept.values()) == {1}

        # The visitors whose browser said that the connection broke send their forms again.
        writer.open()
        for number in range(REPLIES):
            if number not in acknowledged:
                assert writer.send(number)
        kept = replies_in_the_database(factory, seed)
        assert kept == Counter(f"reply {number}" for number in range(REPLIES))
