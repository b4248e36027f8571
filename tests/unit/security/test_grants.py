"""What a role can give, and what it never can."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyramid.authorization import Allow

from portal.people.models import AgentRole, Role, User
from portal.security.actors import identity_of
from portal.security.grants import EVERY, GRANTS, USUAL, by_role, effective, needed_by
from portal.security.identity import Identity
from portal.security.permissions import Permission

#: Everybody of the team has these, whatever their role.
ALWAYS = {Permission.VIEW_TICKET, Permission.WRITE_NOTE, Permission.LIST_TICKETS}


def agent(role: Role = Role.AGENT, granted: frozenset[Permission] | None = None) -> Identity:
    return Identity(1, 2, "ben@acme.test", "Ben", role, granted=granted)


def user(**values: object) -> User:
    return User(tenant_id=1, id=2, email="ben@acme.test", name="Ben", preferences={}, **values)


def test_what_is_security_can_never_be_given() -> None:
    never = {Permission.NOBODY, Permission.ADMINISTER, *ALWAYS}
    never |= {each for each in Permission if each.startswith("api_")}
    assert EVERY.isdisjoint(never)
    assert EVERY - {Permission.VIEW_SIGN_IN_LOG} == USUAL


def test_each_has_a_label_of_its_own_and_one_sentence() -> None:
    assert len({each.label for each in GRANTS.values()}) == len(GRANTS)
    for each in GRANTS.values():
        assert each.allows.endswith(".")


@given(st.lists(st.sampled_from([*Permission, "administer", "root", ""])))
def test_stored_words_give_only_what_can_be_given_and_is_of_use(words: list[str]) -> None:
    given_ = effective(words)
    assert given_ <= EVERY
    assert given_ <= set(words)
    assert all(needed_by(each, given_) is None for each in given_)
    assert effective(given_) == given_


def test_what_is_of_no_use_alone_is_not_given() -> None:
    chain = [Permission.VIEW_PEOPLE, Permission.EDIT_PEOPLE, Permission.MERGE_PEOPLE]
    assert effective(chain) == set(chain)
    assert effective(chain[1:]) == set()
    assert effective([chain[0], chain[2]]) == {Permission.VIEW_PEOPLE}


@pytest.mark.parametrize(
    ("who", "has"),
    [
        (agent(Role.CUSTOMER, EVERY), frozenset()),
        (agent(), USUAL),
        (agent(granted=frozenset()), frozenset()),
        (agent(granted=frozenset({Permission.REPLY})), {Permission.REPLY}),
        (agent(Role.ADMIN, frozenset()), EVERY),
    ],
)
def test_principals_are_what_the_role_has(who: Identity, has: frozenset[Permission]) -> None:
    assert who.permissions == has
    assert {name for name in who.principals() if name.startswith("may:")} == {
        f"may:{each}" for each in has
    }
    assert by_role(*sorted(has)) == [(Allow, f"may:{each}", each) for each in sorted(has)]


def test_a_role_that_is_not_at_hand_gives_nothing() -> None:
    row = AgentRole(name="Light agent", permissions=["reply"])
    assert identity_of(user(role="agent"), False, None, "x").permissions == USUAL
    held = user(role="agent", agent_role_id=7)
    assert identity_of(held, False, None, "x").permissions == frozenset()
    assert identity_of(held, False, None, "x", agent_role=row).permissions == {Permission.REPLY}
