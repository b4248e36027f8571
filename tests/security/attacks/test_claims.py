"""Claims: types, sizes, duplicates, depth, and characters that deceive."""

import json
from typing import Any, NamedTuple

import pytest
from sqlalchemy import select

from portal.people.models import User
from tests.security.attacks.keys import token
from tests.security.attacks.target import Target
from tests.security.attacks.ways import (
    CANNY,
    CENTRAL,
    FRESHWORKS,
    HAPPYFOX,
    ISSUELY,
    PROPROFS,
    WAYS,
    ZENDESK,
    Way,
)

pytestmark = pytest.mark.security

MISSING, TYPE, MALFORMED = "claim_missing", "claim_type", "token_malformed"
EMAIL, AUDIENCE, LARGE, GOOD = "email_invalid", "audience_mismatch", "token_too_large", "signed_in"
EVERYWHERE = tuple(WAYS.values())
#: The vendors that read a person's name.
NAMED = (CENTRAL, ISSUELY, HAPPYFOX, ZENDESK, FRESHWORKS, CANNY)
#: The vendors that take a role.
WITH_ROLE = (CENTRAL, ISSUELY, ZENDESK)
NO_STRINGS: tuple[Any, ...] = (True, False, 0, 7, 1.5, [], ["x"], {}, {"x": "y"}, [["x"]])
#: Characters that end a line, end a string, or turn the direction of the text.
CONTROLS = (
    "\0", "\x01", "\t", "\n", "\r", "\r\n", "\x1b[2J", "\x7f", "\x80", "\x85", "\x9f", "\u061c",
    "\u200e", "\u200f", "\u2028", "\u2029", "\u202a", "\u202b", "\u202c", "\u202d", "\u202e",
    "\u2066", "\u2067",
    "\u2068", "\u2069",
)  # fmt: skip
ADDRESSES = (
    "cleo", "@", "@customer.test", "cleo@", "cleo@@customer.test", "cleo@customer", "cleo@.test",
    "cleo@customer.test.",
    "cleo@customer..test", ".cleo@customer.test", "cleo.@customer.test", "cl..eo@customer.test",
    "cleo customer@test.test",
    "cleo@customer.test cleo@evil.test", "cleo@customer.test,eve@evil.test",
    "cleo@customer.test;eve@evil.test",
    "Cleo <cleo@customer.test>", '"cleo"@customer.test', '"a b"@customer.test', "cleo@[127.0.0.1]",
    "cleo(comment)@customer.test", "cleo@customer.test(comment)", "mailto:cleo@customer.test",
    "cleo%40customer.test", "cleo@customer.test%00", "cleo@evil.test@customer.test",
    "cleo@customer.test#@evil.test",
    "cleo@customer_x.test", "cleo\\@customer.test", "cleo@customer.test/",
    "cleo@cust\u043emer.test", "\u0441leo@customer.test", "\u212aelly@customer.test",
    "cle\u00f6@customer.test",
    "cleo@customer\uff0etest", "cleo\uff20customer.test", "cleo@\uff43ustomer.test",
    "cleo@customer.te\u017ft", "cleo\u200b@customer.test",
    "\ufeffcleo@customer.test", "cleo\u00a0@customer.test", "cleo@customer.test\u3000x",
    "cleo\u00ad@customer.test",
)  # fmt: skip


class Lie(NamedTuple):
    """Changes to a good token's claims (``...`` leaves one out), and where they are tried."""

    name: str
    claims: dict[str, Any]
    code: str
    ways: tuple[Way, ...] = (CENTRAL,)


def each(claim: str, values: tuple[Any, ...], code: str, *ways: Way) -> tuple[Lie, ...]:
    """A row for each value of a claim: the first vendor is sent all of them, others two."""
    first, *others = ways or (CENTRAL,)
    return tuple(
        Lie(f"{claim} {value!r:.60}", {claim: value}, code, (first, *(others if n < 2 else ())))
        for n, value in enumerate(values)
    )


LIES = (
    # What must be there.
    *(Lie(f"no {claim}", {claim: ...}, MISSING, ways) for claim, ways in {
        "email": EVERYWHERE, "iat": (CENTRAL, PROPROFS, HAPPYFOX, ZENDESK, FRESHWORKS, CANNY),
        "exp": (CENTRAL, ISSUELY),
        "jti": (CENTRAL, PROPROFS, HAPPYFOX, ZENDESK), "name": (ZENDESK, CANNY),
        "companyId": (ISSUELY,), "sub": (FRESHWORKS,),
        "nonce": (FRESHWORKS,), "id": (CANNY,),
    }.items()),
    Lie("no claims at all", dict.fromkeys(("email", "name", "iat", "exp", "jti"), ...), MISSING),
    *(Lie(f"{claim} empty", {claim: ""}, MISSING, ways) for claim, ways in {
        "email": EVERYWHERE, "jti": (CENTRAL, PROPROFS, HAPPYFOX, ZENDESK),
        "name": (ZENDESK, CANNY), "sub": (FRESHWORKS,), "id": (CANNY,),
    }.items()),
    *(Lie(f"{claim} white space", {claim: " \u2003 "}, MISSING) for claim in ("email", "jti")),
    *(Lie(f"{claim} null", {claim: None}, MISSING) for claim in ("email", "jti")),
    *each("Email", ("cleo@customer.test",), GOOD),
    Lie("the claim in upper case", {"email": ..., "EMAIL": "cleo@customer.test"}, MISSING),
    Lie("the claim with a space", {"email": ..., "email ": "cleo@customer.test"}, MISSING),
    Lie("the claim with a Cyrillic letter", {"email": ..., "\u0435mail": "cleo@customer.test"},
        MISSING),
    # Types.
    *each("email", NO_STRINGS, TYPE, *EVERYWHERE),
    *each("name", NO_STRINGS, TYPE, *NAMED),
    *each("role", NO_STRINGS, TYPE, *WITH_ROLE),
    *each("jti", (True, False, [], ["x"], {}, {"x": 1}), TYPE),
    *each("external_user_id", (True, False, [], ["x"], {}, 10**400), TYPE),
    *each("external_id", (True, [], {}, 10**400), TYPE, ZENDESK),
    *each("sub", (True, [], {}, 10**400), TYPE, FRESHWORKS),
    *each("id", (True, [], {}, 10**400), TYPE, CANNY),
    *each("projectId", (True, [], {}), TYPE, ISSUELY),
    *each("tags", (True, 7, {}, [7], [["x"]], [None], [True]), TYPE, ZENDESK),
    *each("user_fields", (True, 7, "x", [], [{}], {"x": {"y": 1}}, {"x": [[1]]}), TYPE, ZENDESK),
    *each("organization", NO_STRINGS, TYPE, ZENDESK),
    *each("locale", (True, 7, [], {}), TYPE, ZENDESK),
    *each("email_verified", (0, 1, "yes", "True", "", [], {}, "1"), TYPE),
    *each("email_verified", (False, "false"), "email_unverified", *EVERYWHERE),
    *each("email_verified", (True, "true", None), GOOD),
    *each("iss", (True, 7, [], {}), TYPE),
    *each("aud", (True, 7, {}, [7], [None], [["x"]]), TYPE),
    *each("aud",
        ("https://evil.test", "*", "", " ", "localhos", "localhost.evil.test", "LOCALHOST", [],
            ["x", "y"], "http://localhost:80"),
          AUDIENCE, CENTRAL),
    *each("redirect_url", (True, 7, [], {}, ["/tickets"], "\0", "\r\nX: y", "a" * 3000), GOOD),
    # Sizes.
    Lie("an e-mail of 255", {"email": "c" * 60 + "@" + "d." * 95 + "test"}, TYPE, EVERYWHERE),
    Lie("a name of 201", {"name": "n" * 201}, TYPE, NAMED),
    Lie("a name of 201 letters of four bytes", {"name": "\U0001f600" * 201}, TYPE, NAMED),
    Lie("a jti of 256", {"jti": "j" * 256}, TYPE, EVERYWHERE),
    Lie("an external id of 256", {"external_user_id": "e" * 256}, TYPE),
    Lie("a role of 256", {"role": "admin" * 52}, TYPE, WITH_ROLE),
    Lie("a name of 6000", {"name": "n" * 6000}, LARGE),
    Lie("a tag of 256", {"tags": ["t" * 256]}, TYPE, (ZENDESK,)),
    Lie("a thousand claims", {f"c{number}": 1 for number in range(1000)}, LARGE),
    Lie("300 claims nobody asked for", {f"c{number}": 1 for number in range(300)}, GOOD),
    Lie("a claim of 4000 nobody asked for", {"filler": "x" * 4000}, GOOD),
    *each("jti", (0, -1, 1.5, 10**254, 1e308, -0.0), GOOD),
    # Characters that deceive.
    *each("name", tuple(f"a{character}b" for character in CONTROLS), TYPE, CENTRAL, ZENDESK),
    *each("email", tuple(f"cleo{character}@customer.test" for character in CONTROLS), TYPE),
    *each("jti", tuple(f"a{character}b" for character in CONTROLS[:8]), TYPE),
    *each("external_user_id", tuple(f"1{character}" for character in CONTROLS[:8]), TYPE),
    *each("role", ("admin\0", "\u202enimda", "ad\u2066min"), TYPE, *WITH_ROLE),
    *each("name", ("{{7*7}}", "${7*7}", "{{ config }}", "YOUR_NAME"), TYPE, *NAMED),
    *each("email", ("<cleo@customer.test>", "{{user.email}}"), TYPE),
    *each("email", ADDRESSES, EMAIL),
    *each("email", ADDRESSES[:4], EMAIL, *EVERYWHERE[1:]),
    # The same address in other letters is the same person.
    *each("email",
        ("CLEO@CUSTOMER.TEST", "Cleo@Customer.Test", " cleo@customer.test ", "cleo@CUSTOMER.test"),
        GOOD),
    # What another reader of JSON would take for something else.
    *each("__proto__", ({"role": "admin"}, "x", None), GOOD),
    *each("constructor", ({"prototype": {"role": "admin"}},), GOOD),
    *each("tenant", ("globex", "", 7, True, [], {}, "\0"), "tenant_mismatch"),
    *each("companyId", ("comp_other", "", 7, [], {}), "tenant_mismatch", ISSUELY),
    *each("password", ("x",), GOOD),
    *each("$where", ("1",), GOOD),
    *each("email'; drop table users; --", ("x",), GOOD),
)  # fmt: skip
CASES = [(lie, way) for lie in LIES for way in lie.ways]


@pytest.mark.parametrize(
    ("lie", "way"), CASES, ids=[f"{way.dialect}-{lie.name}" for lie, way in CASES]
)
def test_lie(target: Target, lie: Lie, way: Way) -> None:
    raw = token(target.header(way), target.claims(way, **lie.claims), target.signer(way))
    if lie.code == GOOD:
        target.is_harmless(way, raw)
    else:
        target.withstands(way, raw, lie.code)


class Text(NamedTuple):
    """A payload's text: a good one's members, with ``{members}`` where they go."""

    name: str
    text: str | bytes
    code: str = MALFORMED


TEXTS = (
    Text("email twice", '{{members},"email":"ada@acme.test"}'),
    Text("email twice, one written with \\u", '{{members},"\\u0065mail":"ada@acme.test"}'),
    Text("email twice, the first another's", '{"email":"ada@acme.test",{members}}'),
    Text("iat twice", '{{members},"iat":1}'),
    Text("jti twice", '{{members},"jti":"other"}'),
    Text("role twice", '{{members},"role":"user","role":"admin"}'),
    Text("a nested member twice", '{{members},"x":{"a":1,"a":2}}'),
    Text("a nested member twice in a list", '{{members},"x":[{"a":1,"a":1}]}'),
    Text("nested 11 deep in lists", '{{members},"x":' + "[" * 10 + "]" * 10 + "}"),
    Text("nested 11 deep in objects", '{{members},"x":' + '{"a":' * 10 + "1" + "}" * 10 + "}"),
    Text("nested 10 deep", '{{members},"x":' + "[" * 9 + "]" * 9 + "}", GOOD),
    Text("2000 brackets", '{{members},"x":' + "[" * 2000 + "]" * 2000 + "}"),
    Text("1000 brackets never closed", '{{members},"x":' + "[" * 1000),
    Text("brackets in a string", '{{members},"x":"' + "[{" * 900 + '"}', GOOD),
    Text("NaN", '{{members},"x":NaN}'),
    Text("Infinity", '{{members},"x":Infinity}'),
    Text("-Infinity", '{{members},"exp":-Infinity}'),
    Text("a lone high surrogate", '{{members},"x":"\\ud800"}'),
    Text("a lone low surrogate", '{{members},"x":"\\udc00"}'),
    Text("surrogates in the wrong order", '{{members},"x":"\\udc00\\ud800"}'),
    Text("a surrogate in a name", '{{members},"\\ud83d":1}'),
    Text("a surrogate deep inside", '{{members},"x":[{"y":["\\udfff"]}]}'),
    Text("a surrogate in UTF-8", b'{{members},"x":"\xed\xa0\x80"}'),
    Text("a pair of surrogates is a character", '{{members},"x":"\\ud83d\\ude00"}', GOOD),
    Text("NUL outside strings", "{{members}}\0"),
    Text("NUL in a string, raw", '{{members},"x":"\0"}'),
    Text("a line break in a string", '{{members},"x":"\n"}'),
    Text("a tab in a string", '{{members},"x":"\t"}'),
    Text("bytes that are no UTF-8", b'{{members},"x":"\xff"}'),
    Text("an overlong slash", b'{{members},"x":"\xc0\xaf"}'),
    Text("a byte order mark", b"\xef\xbb\xbf{{members}}"),
    Text("a comment", "{{members}/* */}"),
    Text("a comment behind it", "{{members}}// x"),
    Text("a comma too many", "{{members},}"),
    Text("single quotes", "{{members},'x':'y'}"),
    Text("a name without quotes", "{{members},x:1}"),
    Text("two objects", "{{members}}{{members}}"),
    Text("a list of claims", "[{{members}}]"),
    Text("a text", '"{members}"'),
    Text("null", "null"),
    Text("a number", "7"),
    Text("nothing", ""),
    Text("a brace that is not closed", "{{members}"),
    Text("a number with a leading zero", '{{members},"x":012}'),
    Text("a hexadecimal number", '{{members},"x":0x12}'),
    Text("a plus sign", '{{members},"x":+1}'),
    Text("a dot without digits", '{{members},"x":1.}'),
    Text("an escape that is none", '{{members},"x":"\\x41"}'),
    Text("half an escape", '{{members},"x":"\\u00"}'),
    Text("5000 digits", '{{members},"x":' + "9" * 5000 + "}"),
    Text("an exponent out of reach", '{{members},"x":1e999}', GOOD),
    Text("white space around everything", " \n\t{ {members} }\r\n", GOOD),
    Text("an empty name", '{{members},"":1}', GOOD),
)  # fmt: skip


@pytest.mark.parametrize("way", [CENTRAL, FRESHWORKS], ids=lambda way: way.dialect)
@pytest.mark.parametrize("case", TEXTS, ids=[row.name for row in TEXTS])
def test_text(target: Target, case: Text, way: Way) -> None:
    members = json.dumps(target.claims(way))[1:-1]
    text = case.text if isinstance(case.text, bytes) else case.text.encode()
    raw = token(
        target.header(way), text.replace(b"{members}", members.encode()), target.signer(way)
    )
    if case.code == GOOD:
        target.is_harmless(way, raw)
    else:
        target.withstands(way, raw, case.code)


NAMES = (
    "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "a {{7*7}} b", "a ${7*7} b",
    "{% raw %}", "' OR 1=1 --",
    "Robert'); DROP TABLE users;--", "javascript:alert(1)", "&lt;b&gt;", "%(name)s",
    "{0.__class__}", "=HYPERLINK(1)",
    "\u0410da Admin", "Ada\u200bAdmin", "Z\u0351\u036b\u0343alg\u0489o", "\U0001f600", "\ufdfd",
    "a" * 200, "null", "undefined", "0",
)  # fmt: skip


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_a_name_is_text_and_nothing_more(target: Target, name: str) -> None:
    """It is kept as it is, and never markup, a template or a statement on the next page."""
    browser = target.browser()
    email = f"x{len(name)}-{abs(hash(name)) % 10**9}@customer.test"
    response = target.send(CENTRAL, target.token(CENTRAL, name=name, email=email), browser)
    assert response.status_int == 303
    with target.world.factory.session(target.site.tenant.id) as db:
        kept = db.scalar(select(User.name).where(User.email == email))
    assert kept == name
    page = response.follow()
    assert page.html.find("script", string=lambda text: text and "alert" in text) is None
    assert page.html.find("img", src="x") is None
    assert name in page.html.get_text()
