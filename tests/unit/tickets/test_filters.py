"""Filters: read from an address, written back to one, in one spelling."""

from enum import StrEnum
from typing import Any
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st
from webob.multidict import MultiDict

from portal.tickets.catalogue import BUILT_IN, view_of
from portal.tickets.filters import ME, NOBODY, UNSOLVED, Filters, Having, Mark
from portal.tickets.models import Priority, State
from portal.tickets.tallies import narrowing


def parsed(query: str) -> Filters | None:
    return Filters.parse(MultiDict(parse_qsl(query, keep_blank_values=True)))


def subsets(kind: type[StrEnum]) -> st.SearchStrategy[tuple[StrEnum, ...]]:
    members = tuple(kind)
    return st.sets(st.sampled_from(members)).map(
        lambda chosen: tuple(each for each in members if each in chosen)
    )


words = st.text(st.characters(categories=["L", "N", "P"]), max_size=20)
people = st.sampled_from(["", ME, NOBODY, "1", "987654321"])
days = st.sampled_from(
    ["", "2026", "2026-02", "2026-02-28", "today", "7d", "2026-01-31..", "..2025"]
)
filters = st.builds(
    Filters,
    states=subsets(State),
    assignee=people,
    priorities=subsets(Priority),
    project=people.filter(lambda value: value != ME),
    requester=words,
    text=words,
    team=people.filter(lambda value: value != ME),
    topic=people.filter(lambda value: value != ME),
    organisation=people.filter(lambda value: value != ME),
    tags=st.sets(st.sampled_from(["billing", "größe", "a/b"])).map(
        lambda tags: tuple(sorted(tags))
    ),
    marks=subsets(Mark),
    having=subsets(Having),
    before=days,
    after=days,
    created=days,
    updated=days,
    fields=st.dictionaries(
        st.sampled_from(["serial", "size_2", "x"]), words.filter(bool), max_size=3
    ).map(lambda values: tuple(sorted(values.items()))),
)


@given(filters)
def test_what_is_written_is_read_back(written: Filters) -> None:
    assert parsed(written.query_string()) == written


@given(st.text(max_size=60))
def test_any_address_gives_filters_or_none(query: str) -> None:
    found = parsed(query)
    assert found is None or parsed(found.query_string()) == found


def test_an_address_without_filters_means_none() -> None:
    assert parsed("") is None
    assert parsed("older=1-2&compose=reply") is None
    assert parsed("state=any") == Filters()
    assert parsed("assignee=&project=") == Filters()


@pytest.mark.parametrize(
    ("query", "spelling"),
    [
        ("state=on_hold&state=pending&state=open&state=new", "state=unsolved"),
        ("priority=urgent&priority=low&priority=urgent", "priority=low&priority=urgent"),
        ("assignee=none&state=solved&q=+two++words+", "state=solved&assignee=none&q=two+words"),
        ("assignee=007", "state=any"),
        ("project=me", "state=any"),
        ("tag=VIP+billing,+urgent", "tag=billing&tag=urgent&tag=vip"),
        ("tag=Urgent&tag=billing&tag=not!one&tag=urgent", "tag=billing&tag=urgent"),
        ("is=starred&is=unread&is=red&has=wings", "is=unread&is=starred"),
        ("before=2026-02-30&created=..2026&after=soon", "created=..2026"),
        ("topic=none&team=7&organisation=x", "team=7&topic=none"),
    ],
)
def test_there_is_one_spelling(query: str, spelling: str) -> None:
    found = parsed(query)
    assert found is not None
    assert found.query_string() == spelling


def test_taking_one_filter_off_leaves_the_others() -> None:
    both = Filters(states=UNSOLVED, text="hinge", assignee=ME)
    assert both.without("states") == Filters(text="hinge", assignee=ME)
    assert both.without("assignee").without("text").without("states") == Filters()


def test_every_view_is_known_by_its_filters_and_no_two_are_alike() -> None:
    assert [view_of(view.filters) for view in BUILT_IN] == list(BUILT_IN)
    assert view_of(Filters(text="hinge")) is None


@pytest.mark.parametrize(
    ("query", "columns"),
    [
        ("state=any", {}),
        (
            "state=new&assignee=me&team=none",
            {"state": ["new"], "assignee": [-1], "team": [0]},
        ),
        (
            "priority=urgent&project=7&topic=8&assignee=17",
            {"priority": ["urgent"], "project": [7], "topic": [8], "assignee": [17]},
        ),
        ("is=snoozed&team=3", {"state": ["snoozed"], "team": [3]}),
        ("is=snoozed&state=open", None),
        ("is=starred", None),
        ("is=snoozed&is=unread", None),
        ("state=open&q=hinge", None),
        ("tag=billing", None),
        ("organisation=4", None),
        ("created=today", None),
        ("has=attachment", None),
        ("requester=cleo", None),
    ],
)
def test_what_counters_are_kept_for(query: str, columns: dict[str, list[Any]] | None) -> None:
    found = parsed(query)
    assert found is not None
    assert narrowing(found) == columns
