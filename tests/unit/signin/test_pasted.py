"""What was pasted is taken apart, and nothing that is pasted breaks it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.signin.dialects import BUILT_IN
from portal.signin.parameters import read_parameters
from portal.signin.pasted import Pasted, read_pasted
from tests.unit.signin.tokens import claims, refusal_of, sign

RAW = sign(claims())
HOME = "https://help.acme.test"


def pasted(text: str, more: str = "") -> Pasted:
    return read_pasted(text, more, BUILT_IN)


def token_of(found: Pasted) -> str:
    return read_parameters(found.query).token


@pytest.mark.parametrize(
    "text",
    [
        RAW,
        f"  {RAW}\n",
        f"Bearer {RAW}",
        f"authorization:  bearer {RAW}",
        f"'{RAW}'",
        f"“{RAW}”",
        f"{RAW[:40]}\n{RAW[40:]}",
        f"token={RAW}",
        f"?jwt={RAW}",
        f"{HOME}/jwt/?token={RAW}",
        f'"{HOME}/jwt/?token={RAW}"',
        f"/acme/auth/callback?token={RAW}",
        f"{HOME}/access/jwt?jwt={RAW}&return_to=x#fragment",
    ],
)
def test_the_token_is_found(text: str) -> None:
    assert token_of(pasted(text)) == RAW


@pytest.mark.parametrize(
    ("text", "dialect", "home"),
    [
        (f"{HOME}/jwt/?token=x", "happyfox", f"{HOME}/"),
        (f"{HOME}/jwt?token=x", "happyfox", f"{HOME}/"),
        ("http://desk.example/acme/auth/callback?token=x", "central", "http://desk.example/acme/"),
        ("/acme/api/auth/sso?token=x", "issuely", "/acme/"),
        (f"{HOME}/sp/OIDC/abc/implicit?id_token=x", "freshworks", f"{HOME}/"),
        (f"{HOME}/somewhere?token=x", None, ""),
        ("token=x", None, ""),
        ("x", None, ""),
    ],
)
def test_an_address_says_whose_it_is(text: str, dialect: str | None, home: str) -> None:
    found = pasted(text)
    assert (found.dialect.name if found.dialect else None, found.home) == (dialect, home)


def test_parameters_come_from_the_path_the_query_and_beside() -> None:
    assert pasted(f"{HOME}/sp/OIDC/abc/implicit?id_token=x").path == {"client_id": "abc"}
    assert pasted("x", "?account_id=1").query == b"token=x&account_id=1"
    assert pasted(f"{HOME}/jwt?token=x", "&a=b").query == b"token=x&a=b"
    assert not pasted("x", "account_id=1").is_whole
    assert pasted("token=x").is_whole


@given(st.text() | st.from_regex(r"https?://[^ ]*", fullmatch=True), st.text(max_size=20))
def test_anything_can_be_pasted(text: str, more: str) -> None:
    found = pasted(text, more)
    refusal_of(lambda: read_parameters(found.query, path=found.path))
