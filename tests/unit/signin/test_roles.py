"""Role words and caps."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.people.models import Role
from portal.signin.codes import Notice
from portal.signin.roles import granted_role
from portal.signin.trace import Trace


@pytest.mark.parametrize(
    ("word", "cap", "role", "notices"),
    [
        (None, Role.AGENT, None, []),
        ("user", Role.CUSTOMER, Role.CUSTOMER, []),
        ("CUSTOMER", Role.CUSTOMER, Role.CUSTOMER, []),
        ("end_user", Role.AGENT, Role.CUSTOMER, []),
        ("End-User", Role.AGENT, Role.CUSTOMER, []),
        ("agent", Role.AGENT, Role.AGENT, []),
        ("AGENT", Role.CUSTOMER, Role.CUSTOMER, [Notice.ROLE_CAPPED]),
        ("admin", Role.CUSTOMER, Role.CUSTOMER, [Notice.ROLE_CAPPED]),
        ("administrator", Role.AGENT, Role.AGENT, [Notice.ROLE_CAPPED]),
        ("Owner", Role.AGENT, Role.AGENT, [Notice.ROLE_CAPPED]),
        ("owner", Role.ADMIN, Role.AGENT, [Notice.ROLE_CAPPED]),
        ("root", Role.AGENT, None, [Notice.ROLE_UNKNOWN]),
        ("agent ", Role.AGENT, None, [Notice.ROLE_UNKNOWN]),
        ("o\u017fner", Role.AGENT, None, [Notice.ROLE_UNKNOWN]),
        ("ADM\u0130N", Role.AGENT, None, [Notice.ROLE_UNKNOWN]),
        ("", Role.AGENT, None, [Notice.ROLE_UNKNOWN]),
    ],
)
def test_words(word: str | None, cap: Role, role: Role | None, notices: list[Notice]) -> None:
    trace = Trace()
    assert granted_role(word, cap, trace) is role
    assert trace.notices == notices


@given(st.text() | st.none(), st.sampled_from(Role))
def test_no_word_makes_an_admin(word: str | None, cap: Role) -> None:
    assert granted_role(word, cap, Trace()) is not Role.ADMIN
