"""After sign-ins, refusals and tests of tokens: neither database nor log holds what it must not."""

import io
import json
import logging
import uuid
from collections.abc import Iterator
from urllib.parse import quote

import pytest
import structlog
from sqlalchemy import Engine, text
from webtest import TestApp

from portal.db import Base
from portal.ops.logging import configure
from tests.factories import World
from tests.functional.signin.conftest import FromNow, Site
from tests.unit.signin.tokens import OLD_SECRET, SECRET

pytestmark = pytest.mark.security

STRANGER = "nobody.in.particular@stranger.example"


@pytest.fixture
def site(world: World) -> Site:
    return Site(world)


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """The structured log at its most talkative, as an operator keeps it."""
    root = logging.getLogger()
    before = (root.handlers, root.level, structlog.get_config())
    stream = io.StringIO()
    configure("json", "debug", stream)
    # Loggers that are kept would go on writing here after the test.
    structlog.configure(**(structlog.get_config() | {"cache_logger_on_first_use": False}))
    yield stream
    root.handlers, level, config = before
    root.setLevel(level)
    structlog.configure(**config)
    logging.captureWarnings(False)


def test_no_token_no_secret_no_stranger(
    site: Site, world: World, owner_engine: Engine, log: io.StringIO
) -> None:
    own = f"{uuid.uuid4().hex}{uuid.uuid4().hex}"
    tokens = [
        site.token(),
        site.token(email="new@customer.test", name="New"),
        site.token(email=STRANGER, secret="x" * 40),
        site.token(email=STRANGER, secret=own, header={"alg": "HS256", "kid": "2026-a"}),
        site.token(email=STRANGER, iat=FromNow(-900), exp=FromNow(-780)),
        site.token(email=STRANGER, iat=FromNow(900), exp=FromNow(960)),
        site.token(email=STRANGER, name=["x"]),
        site.token(email=STRANGER, aud="https://other.example"),
        site.token(email=STRANGER, email_verified=False),
        site.token(email="ada@acme.test"),
        site.token(email=f"{{{{{STRANGER}}}}}"),
    ]
    # At two addresses, twice, and in the wrappings in which mistakes send them.
    for raw in tokens:
        for path in ("/jwt/", "/auth/callback"):
            for sent in (raw, raw, f'"{raw}"', f"Bearer {raw}", f"{raw}&x=y"):
                visitor = world.anonymous()
                query = f"?token={quote(sent, safe='')}"
                visitor.get(world.url(path) + query, status="*")
        world.anonymous().post(world.url("/jwt/"), {"token": raw}, status="*")
        json_only = {"Accept": "application/json"}
        world.anonymous().get(world.url(f"/jwt/?token={raw}"), headers=json_only, status="*")
    _test_all(world, tokens)
    refused = {line.code for line in site.log()}
    assert {"signed_in", "token_replayed", "token_expired", "claim_type"} <= refused

    said = log.getvalue()
    assert '"event": "sign-in refused"' in said
    assert said.count('"event": "request"') > len(tokens)
    kept = "\n".join(_rows(owner_engine, site.tenant.id))
    assert kept.count("token_replayed") > 1
    for raw in tokens:
        for part in (raw, raw.split(".")[1], raw.split(".")[2]):
            for form in (part, quote(part, safe=""), part.encode().hex()):
                assert form not in kept
                assert form not in said
    for secret in (SECRET, OLD_SECRET, own):
        for form in (secret, secret.encode().hex()):
            assert form not in kept
            assert form not in said
    assert STRANGER not in said
    lines = "\n".join(_rows(owner_engine, site.tenant.id, "sso_attempts"))
    assert "•••@stranger.example" in lines
    assert STRANGER not in lines
    # Refused everywhere, so that no account holds the address either.
    assert STRANGER not in kept


def _test_all(world: World, tokens: list[str]) -> None:
    ada: TestApp = world.browser("ada")
    page = ada.get(world.url("/settings/sign-in/test"))
    form = next(each for each in page.forms.values() if "pasted" in each.fields)
    for raw in tokens:
        for pasted in (raw, f"http://localhost{world.url('/jwt/')}?token={raw}"):
            form["pasted"] = pasted
            assert form.submit(status=200).html.select(".checks > li")


def _rows(engine: Engine, tenant_id: int, *names: str) -> Iterator[str]:
    """Every row that the tenant has, as PostgreSQL writes it; of all tables, unless some are
    named."""
    with engine.connect() as connection:
        bound = {"id": str(tenant_id)}
        connection.execute(text("select set_config('portal.tenant_id', :id, false)"), bound)
        for table in names or Base.metadata.tables:
            for (row,) in connection.execute(text(f'select to_jsonb(t) from "{table}" t')):
                yield json.dumps(row, ensure_ascii=False)
