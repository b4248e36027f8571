"""Groups are found where providers put them."""

from typing import Any

import pytest

from portal.openid.person import groups


@pytest.mark.parametrize(
    ("claim", "claims", "found"),
    [
        ("groups", {"groups": ["a", "b"]}, ["a", "b"]),
        ("groups", {"groups": "a"}, ["a"]),
        ("groups", {"groups": ["a", 7, None, {"b": 1}]}, ["a"]),
        ("groups", {"groups": {"a": 1}}, []),
        ("groups", {}, []),
        ("realm_access.roles", {"realm_access": {"roles": ["a"]}}, ["a"]),
        ("https://x.test/groups", {"https://x.test/groups": ["a"]}, ["a"]),
        ("realm_access.roles", {"realm_access": ["roles"]}, []),
        ("", {"": ["a"]}, ["a"]),
        ("a.b.c", {"a": {"b": "c"}}, []),
    ],
)
def test_groups(claim: str, claims: dict[str, Any], found: list[str]) -> None:
    assert groups(claim, claims) == found
