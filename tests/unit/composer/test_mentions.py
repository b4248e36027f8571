"""Who is mentioned in a note, and how it is shown."""

import pytest

from portal.composer.mentions import (
    Mentioned,
    mark_of,
    mentions_of,
    names_to_write,
    team_of,
    with_mentions,
    without_mentions,
)
from portal.db import TenantSession
from portal.people.models import Team, TeamMember
from portal.tickets.markdown import render
from tests.factories import TenantFactory
from tests.factories.tenants import TenantSeed


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("@Ben Agent can you look?", ["ben"]),
        ("@ben, @BEA: look", ["ben", "bea"]),
        ("(@ada) and @ada again", ["ada"]),
        ("Nobody is called @benjamin", []),
        ("Write to ben@acme.test or @cleo", []),
        ("`@ben` and\n```\n@bea\n```", []),
    ],
)
def test_who_is_mentioned(tenants: TenantFactory, text: str, names: list[str]) -> None:
    seed = tenants.create()
    with tenants.session(seed.tenant.id) as db:
        found = mentions_of(db, seed.tenant, text)
        assert [user.id for user in found] == [seed.users[name].id for name in names]


def test_a_name_of_two_people_is_nobodys(tenants: TenantFactory) -> None:
    seed = tenants.create()
    with tenants.session(seed.tenant.id) as db:
        bea = db.merge(seed.users["bea"])
        bea.name = "Ben Other"
        db.flush()
        assert [user.id for user in mentions_of(db, seed.tenant, "@Ben Other")] == [bea.id]
        # The address still tells them apart.
        assert [user.id for user in mentions_of(db, seed.tenant, "@bea")] == [bea.id]


def test_a_mention_is_marked_outside_of_code_and_links(tenants: TenantFactory) -> None:
    seed = tenants.create()
    ben = seed.users["ben"]
    html = render("@ben see `@ben` and [@ben](https://acme.test) **@Ben Agent**.")
    chip = f'<span class="mention" data-user="{ben.id}">@Ben Agent</span>'
    shown = with_mentions(html, [ben])
    assert shown.count(chip) == 2
    assert "<code>@ben</code>" in shown
    assert shown.replace(chip, "").count("@ben") == 2


def team(db: TenantSession, seed: TenantSeed, name: str, *members: str) -> Team:
    """A new team of these people."""
    row = Team(tenant_id=seed.tenant.id, name=name)
    db.add(row)
    db.flush()
    for first in members:
        member = {"team_id": row.id, "user_id": seed.users[first].id}
        db.add(TeamMember(tenant_id=seed.tenant.id, **member))
    db.flush()
    return row


def test_a_team_is_mentioned_by_its_name(tenants: TenantFactory) -> None:
    seed = tenants.create()
    with tenants.session(seed.tenant.id) as db:
        orders, ben = team(db, seed, "R&D: orders", "ben", "bea"), seed.users["ben"]
        body = "@r&d: orders, @Ben Agent or `@R&D: orders`?"
        found = mentions_of(db, seed.tenant, body)
        assert [mark_of(each) for each in found] == [mark_of(orders), mark_of(ben)]
        shown = with_mentions(render(body), found)
        chip = f'<span class="mention" data-team="{orders.id}">@R&amp;D: orders</span>'
        assert shown.count(chip) == 1
        assert "R&amp;D: orders, Ben Agent or" in without_mentions(shown)
        # Its first word is none of its names.
        assert mentions_of(db, seed.tenant, "@R&D") == []


def test_a_team_that_nobody_would_hear_of_is_not_mentioned(tenants: TenantFactory) -> None:
    seed = tenants.create()
    with tenants.session(seed.tenant.id) as db:
        team(db, seed, "Nobody")
        team(db, seed, "Away", "bea")
        team(db, seed, "Gone", "ben").archived_at = seed.users["ben"].created_at
        bea = db.merge(seed.users["bea"])
        bea.away_from = bea.created_at
        db.flush()
        assert mentions_of(db, seed.tenant, "@Nobody @Away @Gone") == []
        bea.away_until = bea.created_at
        db.flush()
        assert [each.name for each in mentions_of(db, seed.tenant, "@Away")] == ["Away"]


def test_what_a_team_and_a_colleague_are_called_alike_is_nobodys(tenants: TenantFactory) -> None:
    seed = tenants.create()
    with tenants.session(seed.tenant.id) as db:
        alike = team(db, seed, "Bea", "ben")
        everybody: list[Mentioned] = [*team_of(db, seed.tenant), alike]
        assert mentions_of(db, seed.tenant, "@Bea") == []
        written = names_to_write(everybody)
        assert mark_of(alike) not in written
        assert written[mark_of(seed.users["bea"])] == "Bea Agent"


def test_nothing_in_a_name_becomes_markup(tenants: TenantFactory) -> None:
    seed = tenants.create()
    ben = seed.users["ben"]
    ben.name = "Ben <b>&</b>"
    shown = with_mentions(render("@Ben <b>&</b> look"), [ben])
    assert "@Ben &lt;b&gt;&amp;&lt;/b&gt;</span> look" in shown
