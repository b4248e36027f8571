"""A colleague who is mentioned: offered while one types, shown, and told of it."""

from typing import Any

import pytest
from sqlalchemy import select

from portal.notifications.models import Kind, Notification
from portal.people.models import Role, Team, TeamMember, User
from tests.functional.composer.conftest import Composing
from tests.queries import QueryCounter


def test_a_note_shows_whom_it_mentions(desk: Composing) -> None:
    number = desk.ticket()
    form = desk.composer(number, "note")
    form["body"] = "@bea can you look?"
    page = form.submit().follow()
    chip = page.html.select_one(".note-ground .mention")
    assert chip.text == "@Bea Agent"
    assert chip["data-user"] == str(desk.world.seed.users["bea"].id)


def test_in_a_reply_too_and_customers_read_a_name(desk: Composing) -> None:
    desk.prefer("ben", undo_seconds=0)
    number = desk.ticket()
    page = desk.send(number, "Ask @bea about `@ben`.")
    assert page.html.select_one(".message .mention").text == "@Bea Agent"
    page = desk.get(f"/tickets/{number}", desk.world.browser("cleo"))
    body = page.html.select(".message .body")[-1]
    assert body.get_text(strip=True, separator=" ") == "Ask Bea Agent about @ben ."
    assert "data-user" not in str(body)


def told(desk: Composing) -> list[int]:
    rows = desk.rows(Notification, Notification.kind == Kind.MENTION)
    return [row.user_id for row in rows]


def test_who_is_mentioned_is_told_whatever_they_follow(desk: Composing) -> None:
    desk.prefer("ben", undo_seconds=0)
    number, users = desk.ticket(), desk.world.seed.users
    desk.send(number, "Ask @bea about it, or @cleo, or @ben.")
    # Neither a customer, nor the writer.
    assert told(desk) == [users["bea"].id]


@pytest.mark.parametrize("why", ["left", "muted"])
def test_who_has_left_or_does_not_want_to_hear_is_not_told(desk: Composing, why: str) -> None:
    users = desk.world.seed.users
    if why == "muted":
        desk.prefer("bea", muted=("mention",))
    else:
        with desk.world.factory.session(desk.world.seed.tenant.id) as db:
            bea = db.get_one(User, (desk.world.seed.tenant.id, users["bea"].id))
            bea.disabled_at = bea.created_at
    form = desk.composer(desk.ticket(), "note")
    form["body"] = "@bea can you look?"
    form.submit(status=303)
    assert told(desk) == []


def test_customers_mention_nobody(desk: Composing) -> None:
    number = desk.ticket()
    form = desk.get(f"/tickets/{number}", desk.world.browser("cleo")).forms["answer"]
    form["body"] = "I want @bea to look at it."
    form.submit(status=303)
    assert told(desk) == []
    assert desk.get(f"/tickets/{number}").html.select_one(".mention") is None


def add_team(desk: Composing, *members: User) -> None:
    """The team “Order desk” of these people."""
    with desk.world.factory.session(desk.world.seed.tenant.id) as db:
        team = Team(tenant_id=desk.world.seed.tenant.id, name="Order desk")
        db.add(team)
        db.flush()
        db.add_all(
            TeamMember(tenant_id=team.tenant_id, team_id=team.id, user_id=user.id)
            for user in members
        )


def test_each_member_of_a_team_who_is_there_is_told_once(desk: Composing) -> None:
    users = desk.world.seed.users
    add_team(desk, users["ada"], users["ben"], users["bea"])
    form = desk.composer(desk.ticket(), "note")
    form["body"] = "@Order desk, and above all @bea: can you look?"
    page = form.submit().follow()
    chips = [chip.text for chip in page.html.select(".note-ground .mention")]
    assert chips == ["@Order desk", "@Bea Agent"]
    # Not the writer, and bea is not told twice.
    assert sorted(told(desk)) == sorted([users["ada"].id, users["bea"].id])
    with desk.world.factory.session(desk.world.seed.tenant.id) as db:
        for first in ("ada", "bea"):
            away = db.get_one(User, (desk.world.seed.tenant.id, users[first].id))
            away.away_from = away.created_at
    form = desk.composer(desk.ticket(), "note")
    form["body"] = "@Order desk, or @bea?"
    form.submit(status=303)
    # By her name she is told wherever she is; of the team, who is there.
    assert sorted(told(desk)) == sorted([users["ada"].id, users["bea"].id, users["bea"].id])


def test_customers_read_the_name_of_a_team(desk: Composing) -> None:
    desk.prefer("ben", undo_seconds=0)
    add_team(desk, desk.world.seed.users["bea"])
    number = desk.ticket()
    desk.send(number, "Ask @order desk.")
    assert told(desk) == [desk.world.seed.users["bea"].id]
    page = desk.get(f"/tickets/{number}", desk.world.browser("cleo"))
    body = page.html.select(".message .body")[-1]
    assert " ".join(body.get_text().split()) == "Ask Order desk."
    assert "data-team" not in str(body)


def test_a_large_team_costs_no_more_than_a_small_one(
    desk: Composing, count_queries: QueryCounter
) -> None:
    def cost() -> int:
        form = desk.composer(desk.ticket(), "note")
        form["body"] = "@Order desk: look"
        count_queries.reset()
        form.submit(status=303)
        desk.get("/tickets/mention?q=ord")
        return len(count_queries)

    seed = desk.world.seed
    add_team(desk, seed.users["ada"], seed.users["bea"])
    cost()
    few = cost()
    with desk.world.factory.session(seed.tenant.id) as db:
        (team,) = db.scalars(select(Team).where(Team.tenant_id == seed.tenant.id))
        crowd = [
            User(tenant_id=seed.tenant.id, email=f"a{n}@acme.test", name=f"A{n}", role=Role.AGENT)
            for n in range(48)
        ]
        db.add_all(crowd)
        db.flush()
        db.add_all(
            TeamMember(tenant_id=team.tenant_id, team_id=team.id, user_id=user.id) for user in crowd
        )
    before = len(told(desk))
    assert cost() == few, str(count_queries)
    assert len(told(desk)) == before + 50


class TestOffered:
    def offered(self, desk: Composing, text: str, **options: Any) -> Any:
        return desk.get(f"/tickets/mention?q={text}", **options).json

    @pytest.mark.parametrize(
        ("typed", "names"),
        [
            ("be", ["Bea Agent"]),
            ("BEA a", ["Bea Agent"]),
            ("agent", ["Bea Agent"]),
            ("adn", ["Ada Admin"]),
            ("bae", ["Bea Agent"]),
            ("bea can", []),
            ("cleo", []),
            ("zz", []),
        ],
    )
    def test_by_the_beginning_of_a_name_and_with_a_typing_mistake(
        self, desk: Composing, typed: str, names: list[str]
    ) -> None:
        assert [each["name"] for each in self.offered(desk, typed)] == names

    def test_what_is_written_means_them_alone(self, desk: Composing) -> None:
        with desk.world.factory.session(desk.world.seed.tenant.id) as db:
            ada = db.merge(desk.world.seed.users["ada"])
            ada.name = "Bea Agent"
        found = self.offered(desk, "bea")
        assert sorted(each["text"] for each in found) == ["ada", "bea"]

    def test_teams_stand_among_them(self, desk: Composing) -> None:
        users = desk.world.seed.users
        add_team(desk, users["ben"], users["bea"])
        everybody = self.offered(desk, "")
        assert [each["name"] for each in everybody] == ["Ada Admin", "Bea Agent", "Order desk"]
        (found,) = self.offered(desk, "desk")
        assert found == {
            "name": "Order desk",
            "detail": "Team of 2 people",
            "text": "Order desk",
        }

    def test_nobody_but_the_team_is_offered_the_team(self, desk: Composing) -> None:
        cleo = desk.world.browser("cleo")
        desk.get("/tickets/mention?q=be", cleo, status=404)
        assert len(self.offered(desk, "")) == 2
        page = desk.get(f"/tickets/{desk.ticket()}?compose=note")
        assert page.html.select_one("form.composer")["data-mentions"].endswith("/tickets/mention")
