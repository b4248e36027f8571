"""Operators become filters, filters become operators, and what is wrong is said."""

from collections.abc import Iterator

import pytest

from portal.db import TenantSession
from portal.people.models import Organisation, Project, Team
from portal.search.understanding import Understanding
from portal.security.actors import identity_of
from portal.tickets.filters import ME, NOBODY, UNSOLVED, Filters, Having, Mark
from portal.tickets.models import Priority, State
from portal.topics.models import CustomField, FieldKind, Topic
from tests.factories import World


class Desk:
    """A tenant with something of everything that has a name."""

    def __init__(self, db: TenantSession, world: World) -> None:
        tenant, users = world.seed.tenant, world.seed.users
        self.team = Team(tenant_id=tenant.id, name="Second line")
        self.topic = Topic(tenant_id=tenant.id, name="Größen und Maße")
        self.project = Project(tenant_id=tenant.id, key="web", name="Website")
        self.northwind = Organisation(tenant_id=tenant.id, name="Northwind Ltd")
        self.north = Organisation(tenant_id=tenant.id, name="North")
        db.add_all([self.team, self.topic, self.project, self.northwind, self.north])
        db.add_all(
            CustomField(tenant_id=tenant.id, key=kind, label=kind.title(), kind=kind)
            for kind in FieldKind
        )
        db.flush()
        self.ben, self.cleo = users["ben"], users["cleo"]
        self.meaning = Understanding(db, tenant, identity_of(users["ben"], False, None, "session"))

    def id_of(self, name: str) -> str:
        return str(getattr(self, name).id)


@pytest.fixture
def desk(world: World) -> Iterator[Desk]:
    with world.factory.session(world.seed.tenant.id) as db:
        yield Desk(db, world)


@pytest.mark.parametrize(
    ("text", "filters"),
    [
        ("state:open state:pending", Filters(states=(State.OPEN, State.PENDING))),
        ("state:unsolved", Filters(states=UNSOLVED)),
        ("priority:urgent,high", Filters(priorities=(Priority.HIGH, Priority.URGENT))),
        ("assignee:me", Filters(assignee=ME)),
        ("assignee:nobody team:none", Filters(assignee=NOBODY, team=NOBODY)),
        ("tag:Billing tag:#vip", Filters(tags=("billing", "vip"))),
        ("is:starred is:unread", Filters(marks=(Mark.UNREAD, Mark.STARRED))),
        ("has:files", Filters(having=(Having.ATTACHMENT,))),
        ("before:2026-01-01 updated:7d", Filters(before="2026-01-01", updated="7d")),
        ("after:2026 created:..2026-02", Filters(after="2026", created="..2026-02")),
        ('from:"Ana G" left -"big hinge"', Filters(requester="Ana G", text='left -"big hinge"')),
        ("requester:me", Filters(requester="ben@acme.test")),
        ('field.choice:"Studio 7"', Filters(fields=(("choice", "Studio 7"),))),
        ("Field.number:12,50 words", Filters(fields=(("number", "12.5"),), text="words")),
        ("field.checkbox:true", Filters(fields=(("checkbox", "yes"),))),
        ("field.checkbox:no", Filters(fields=(("checkbox", NOBODY),))),
        (
            "field.text:S7-1 field.date:none field.text:any",
            Filters(fields=(("date", NOBODY), ("text", "any"))),
        ),
    ],
)
def test_operators_are_filters(desk: Desk, text: str, filters: Filters) -> None:
    meant = desk.meaning.read(text)
    assert (meant.filters, meant.faults) == (filters, ())


@pytest.mark.parametrize(
    ("text", "kind", "named"),
    [
        ("assignee:ben", "assignee", "ben"),
        ("assignee:ben@acme.test", "assignee", "ben"),
        ("team:SECOND", "team", "team"),
        ('topic:"grossen und masse"', "topic", "topic"),
        ("project:web", "project", "project"),
        ("organisation:northw", "organisation", "northwind"),
        ("company:north", "organisation", "north"),
    ],
)
def test_things_are_meant_by_their_names(desk: Desk, text: str, kind: str, named: str) -> None:
    """By a part of it, without accents; who is called exactly so comes before who is nearly."""
    meant = desk.meaning.read(text)
    assert (getattr(meant.filters, kind), meant.faults) == (desk.id_of(named), ())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("colour:red", "“colour:” is no operator"),
        ("state:opne", "after “state:” can stand new, open,"),
        ("is:red", "can stand unread, starred"),
        ("-state:open", "only words can be left out"),
        ("before:soon", "a date is written like 2026-01-31"),
        ("assignee:zoe", "No agent is called “zoe”."),
        ("assignee:cleo@acme.test", "No agent is called"),
        ("organisation:nort", "can mean several: North, Northwind Ltd."),
        ("tag:!", "cannot be a tag"),
        ("field.colour:red", "No field has the ID “colour”."),
        ("field.number:many", "“field.number:many”: a number is written like"),
        ("field.date:soon", "“field.date:soon”: this date is written like"),
        ("field.checkbox:perhaps", "a checkbox is yes or no"),
        ("-field.text:a", "only words can be left out"),
    ],
)
def test_what_is_wrong_is_said(desk: Desk, text: str, said: str) -> None:
    (fault,) = desk.meaning.read(text).faults
    assert said in str(fault) % fault.variables


def test_filters_are_written_as_they_are_read(desk: Desk) -> None:
    everything = Filters(
        states=(State.NEW, State.ON_HOLD),
        assignee=desk.id_of("ben"),
        priorities=(Priority.HIGH,),
        project=desk.id_of("project"),
        requester="Ana G",
        text='left "big hinge"',
        team=desk.id_of("team"),
        topic=desk.id_of("topic"),
        organisation=desk.id_of("north"),
        tags=("a/b", "billing"),
        marks=(Mark.FOLLOWING,),
        having=(Having.ATTACHMENT,),
        before="2026-03",
        after="30d",
        created="2025..today",
        updated="yesterday",
        fields=(("choice", "Studio 7"), ("number", "12.5")),
    )
    text = desk.meaning.write(everything)
    assert 'team:"Second line"' in text
    assert desk.meaning.read(text).filters == everything
    assert desk.meaning.write(Filters()) == ""


def test_names_of_another_tenant_mean_nothing(desk: Desk, world: World) -> None:
    other = world.factory.create()
    with world.factory.session(other.tenant.id) as db:
        db.add(Team(tenant_id=other.tenant.id, name="Elsewhere"))
    (fault,) = desk.meaning.read("team:elsewhere").faults
    assert "No team is called" in fault
