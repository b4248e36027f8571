"""Replay: one token, one sign-in; in sequence, at once, disguised, looked at, and half way."""

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import pytest
from sqlalchemy import Engine

from tests.security.attacks.faults import FAILURES, clashing_once, failing
from tests.security.attacks.keys import hmac_with, token
from tests.security.attacks.target import Target
from tests.security.attacks.ways import CENTRAL, HAPPYFOX, PROPROFS, WAYS, ZENDESK, Way
from tests.unit.signin.tokens import SECRET, b64

pytestmark = pytest.mark.security

REPLAYED, MALFORMED, GOOD = "token_replayed", "token_malformed", "signed_in"


def same(raw: str) -> str:
    return raw


def spare_bits(raw: str) -> str:
    """The last letter of the signature has bits that decode to nothing."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return raw[:-1] + alphabet[alphabet.index(raw[-1]) | 1]


def signed_anew(raw: str) -> str:
    """The same payload under another header, and rightly signed."""
    signing_input = b64(b'{"typ":"JWT","alg":"HS256","x":1}') + "." + raw.split(".")[1]
    return f"{signing_input}.{b64(hmac_with(SECRET)(signing_input.encode()))}"


class Again(NamedTuple):
    """How a used token comes a second time."""

    name: str
    change: Callable[[str], str]
    code: str = REPLAYED


AGAIN = (
    Again("as it was", same),
    Again("with space around it", lambda raw: f" {raw}\n"),
    Again("padded with =", lambda raw: raw + "=", MALFORMED),
    Again("padded with ==", lambda raw: raw + "==", MALFORMED),
    Again("with %3D", lambda raw: raw + "%3D", MALFORMED),
    Again("with a dot behind it", lambda raw: raw + ".", MALFORMED),
    Again("with spare bits set", spare_bits, MALFORMED),
    Again("in upper case", str.upper, MALFORMED),
    Again("under another header", signed_anew),
)


@pytest.mark.parametrize("again", AGAIN, ids=[row.name for row in AGAIN])
@pytest.mark.parametrize("same_browser", [True, False], ids=["same browser", "another"])
def test_a_used_token_again(target: Target, again: Again, same_browser: bool) -> None:
    raw = target.token(CENTRAL)
    browser = target.browser()
    assert target.send(CENTRAL, raw, browser).status_int == 303
    if not same_browser:
        target.withstands(CENTRAL, again.change(raw), again.code)
        return
    before = target.kept()
    response = target.send(CENTRAL, again.change(raw), browser)
    assert response.status_int in (400, 401)
    assert target.last().code == again.code  # type: ignore[union-attr]
    assert target.kept() == before
    assert target.site.signed_in(browser) == "cleo@customer.test", "nobody is signed out by it"


@pytest.mark.parametrize("way", WAYS.values(), ids=lambda way: way.dialect)
def test_at_every_address(target: Target, way: Way) -> None:
    raw = target.token(way)
    assert target.send(way, raw, target.browser()).status_int == 303
    target.withstands(way, raw, REPLAYED)
    target.withstands(way, raw, REPLAYED, method="POST" if way.dialect != "freshworks" else "")


@pytest.mark.parametrize(
    "second", [HAPPYFOX, PROPROFS, ZENDESK, CENTRAL], ids=lambda way: way.dialect
)
def test_a_token_used_at_one_address_is_used_at_all(target: Target, second: Way) -> None:
    raw = target.token(CENTRAL)
    assert (
        target.send(HAPPYFOX if second is CENTRAL else CENTRAL, raw, target.browser()).status_int
        == 303
    )
    target.withstands(second, raw, REPLAYED)


@pytest.mark.parametrize(
    ("jti", "again"),
    [
        ("the-id", "the-id"),
        ("spaced", " spaced "),
        (4711, 4711),
        (4712, "4712"),
        ("4713", 4713),
        (1.5, "1.5"),
        ("\u00e9", "\u00e9"),
    ],
)
def test_the_id_counts_and_not_the_rest(target: Target, jti: Any, again: Any) -> None:
    """Another name, another time, the same id; text and number of one writing are one id."""
    target.is_harmless(CENTRAL, target.token(CENTRAL, jti=jti))
    target.withstands(CENTRAL, target.token(CENTRAL, jti=again, name="Other"), REPLAYED)


@pytest.mark.parametrize(
    ("jti", "other"), [("an-id", "AN-ID"), ("e\u0301x", "\u00e9x"), ("5", "05"), ("7", "7.0")]
)
def test_an_id_that_looks_alike_is_another(target: Target, jti: str, other: str) -> None:
    for value in (jti, other):
        target.is_harmless(CENTRAL, target.token(CENTRAL, jti=value))


LOOKS: tuple[tuple[str, dict[str, str]], ...] = (
    ("HEAD", {}),
    ("GET", {"Sec-Purpose": "prefetch"}),
    ("GET", {"Sec-Purpose": "prefetch;prerender"}),
    ("GET", {"Sec-Purpose": "prefetch;anonymous-client-ip"}),
    ("GET", {"Purpose": "prefetch"}),
    ("GET", {"Sec-Fetch-Mode": "cors"}),
    ("GET", {"Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"}),
    ("GET", {"Sec-Fetch-Mode": "same-origin"}),
    ("GET", {"Sec-Fetch-Mode": "websocket"}),
    ("GET", {"X-API-Key": "tk_x"}),
    ("GET", {"Accept": "application/json"}),
    ("GET", {"Accept": "application/json, text/plain, */*"}),
    ("POST", {"Accept": "application/json"}),
    ("POST", {"Sec-Fetch-Mode": "cors"}),
)


@pytest.mark.parametrize(("method", "headers"), LOOKS, ids=[f"{m} {h}" for m, h in LOOKS])
@pytest.mark.parametrize("way", [CENTRAL, HAPPYFOX, ZENDESK], ids=lambda way: way.dialect)
def test_looking_uses_nothing_up(
    target: Target, way: Way, method: str, headers: dict[str, str]
) -> None:
    """Whoever only looks signs nobody in, however often; the visitor then does, once."""
    raw, looker, visitor = target.token(way), target.browser(), target.browser()
    before = target.kept()
    for _ in range(2):
        answer = target.send(way, raw, looker, method=method, headers=headers)
        # A page that is rendered ahead gets an error, so that the browser asks once more.
        assert answer.status_int == (503 if "prerender" in str(headers) else 200)
        assert target.kept() == before
        assert target.site.signed_in(looker) is None
    assert target.send(way, raw, visitor).status_int == 303
    refused = target.send(way, raw, looker, method=method, headers=headers)
    assert refused.status_int == 401


@pytest.mark.parametrize("way", [CENTRAL, ZENDESK], ids=lambda way: way.dialect)
@pytest.mark.parametrize("email", ["cleo@customer.test", "nobody-yet@customer.test"])
def test_of_eight_at_once_one_signs_in(own: Target, way: Way, email: str) -> None:
    """At two addresses, some of them only looking."""
    raw = own.token(way, email=email)
    start = threading.Barrier(8)

    def use(number: int) -> int:
        browser = own.browser()
        start.wait()
        at = way if number % 2 else HAPPYFOX
        headers = {"Sec-Purpose": "prefetch"} if number == 7 else {}
        return int(own.send(at, raw, browser, headers=headers).status_int)

    with ThreadPoolExecutor(8) as threads:
        answers = Counter(threads.map(use, range(8)))
    assert answers[303] == 1
    assert answers[401] + answers[200] == 7
    assert answers[200] <= 1
    assert own.kept()[:2] == (1, 1)


#: Everything that a sign-in writes, in its order, and the end of the transaction.
WRITES = ("sso_replays", "users", "identities", "sessions", "sso_attempts")


def newcomer(target: Target) -> str:
    """Somebody for whom everything has to be written."""
    return target.token(CENTRAL, email="new@customer.test", external_user_id="new-1")


@pytest.mark.parametrize("failure", FAILURES)
@pytest.mark.parametrize("table", WRITES)
def test_a_failure_half_way_leaves_nothing(
    own: Target, owner_engine: Engine, table: str, failure: str
) -> None:
    """The token is not used up, nobody is half signed in, and the next try works."""
    raw, browser, before = newcomer(own), own.browser(), own.kept()
    with failing(owner_engine, table, own.site.tenant.id, FAILURES[failure]):
        response = own.send(CENTRAL, raw, browser)
        assert response.status_int in (403, 500, 503)
        assert "Location" not in response.headers
        assert raw.split(".")[1] not in response.text
        assert own.site.signed_in(browser) is None
    assert own.kept() == before
    assert own.send(CENTRAL, raw, browser).status_int == 303
    assert own.site.signed_in(browser) == "new@customer.test"
    own.withstands(CENTRAL, raw, REPLAYED)


@pytest.mark.parametrize("failure", FAILURES)
@pytest.mark.parametrize("table", ["sso_replays", "sessions"])
def test_a_failure_at_the_commit_leaves_nothing(
    own: Target, owner_engine: Engine, table: str, failure: str
) -> None:
    """The answer is not made before the transaction has ended: no redirect, no cookie."""
    raw, browser, before = newcomer(own), own.browser(), own.kept()
    with failing(owner_engine, table, own.site.tenant.id, FAILURES[failure], late=True):
        response = own.send(CENTRAL, raw, browser)
        assert response.status_int in (403, 500, 503)
        assert own.site.signed_in(browser) is None
    assert own.kept() == before
    assert own.send(CENTRAL, raw, browser).status_int == 303
    assert own.site.signed_in(browser) == "new@customer.test"


@pytest.mark.parametrize("table", WRITES)
def test_a_clash_is_tried_again_for_the_visitor(
    own: Target, owner_engine: Engine, table: str
) -> None:
    """One request, two transactions: the token counts once, and the visitor sees nothing of it."""
    raw, browser = newcomer(own), own.browser()
    with clashing_once(owner_engine, table, own.site.tenant.id):
        assert own.send(CENTRAL, raw, browser).status_int == 303
    assert own.site.signed_in(browser) == "new@customer.test"
    assert own.kept()[:2] == (1, 1)
    own.withstands(CENTRAL, raw, REPLAYED)


def test_a_refused_token_is_not_used_up(own: Target) -> None:
    own.site.configure(provisioning="existing")
    raw = newcomer(own)
    own.withstands(CENTRAL, raw, "not_provisioned")
    own.site.configure(provisioning="create")
    assert own.send(CENTRAL, raw, own.browser()).status_int == 303


def test_a_token_without_an_id_is_itself_the_id(target: Target) -> None:
    way = WAYS["issuely"]
    claims = target.claims(way, jti=..., name="Once")
    raw = token(target.header(way), claims, target.signer(way))
    target.is_harmless(way, raw)
    target.withstands(way, raw, REPLAYED)
    target.withstands(way, f"\t{raw}\r\n", REPLAYED)
