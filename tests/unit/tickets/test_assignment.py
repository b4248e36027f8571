"""Who in a team gets a ticket, against the real database."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text, update

from portal.people.models import Assignment, Role, Team, TeamMember, User
from portal.tickets.models import Event, EventKind, Priority, State, Ticket
from portal.tickets.service import Draft, TicketRuleError, TicketService
from tests.factories import TenantFactory, TenantSeed

#: Whether somebody waits for what a backend has locked. pg_stat_activity would not do: a
#: transaction sees it as it was at its first look, without whoever connected since.
_WAITING = text(
    "select count(*) from pg_locks where not granted and :for = any(pg_blocking_pids(pid))"
)
LONG = timedelta(days=2)


class Teams:
    """A tenant with a team of ada, ben and bea."""

    def __init__(self, tenants: TenantFactory) -> None:
        self.tenants = tenants
        self.seed: TenantSeed = tenants.create()
        self.ids = {first: user.id for first, user in self.seed.users.items()}
        self.names = {key: first for first, key in self.ids.items()}

    def team(self, assignment: Assignment, *members: str) -> int:
        with self.tenants.session(self.seed.tenant.id) as db:
            team = Team(tenant_id=self.seed.tenant.id, name="Repairs", assignment=assignment)
            db.add(team)
            db.flush()
            db.add_all(
                TeamMember(tenant_id=team.tenant_id, team_id=team.id, user_id=self.ids[first])
                for first in members or ("ada", "ben", "bea")
            )
            return team.id

    def change(self, first: str, **values: Any) -> None:
        with self.tenants.session(self.seed.tenant.id) as db:
            db.execute(update(User).where(User.id == self.ids[first]).values(**values))

    def open(self, team_id: int | None, **options: Any) -> str | None:
        """Who has a new ticket of the team."""
        return self.has(self.opened(team_id, **options))

    def opened(self, team_id: int | None, **options: Any) -> int:
        with self.tenants.session(self.seed.tenant.id) as db:
            service = TicketService(db, self.seed.tenant, self.tenants.identity(self.seed, "cleo"))
            return service.open("Broken", Draft("It is."), team_id=team_id, **options).number

    def give(self, number: int, team_id: int | None) -> str | None:
        """Who has a ticket after it came to a team."""
        with self.tenants.session(self.seed.tenant.id) as db:
            service = TicketService(db, self.seed.tenant, self.tenants.identity(self.seed, "ada"))
            service.set_team(service.get(number), team_id)
        return self.has(number)

    def set(self, number: int, **values: Any) -> None:
        with self.tenants.session(self.seed.tenant.id) as db:
            db.execute(update(Ticket).where(Ticket.number == number).values(**values))

    def has(self, number: int) -> str | None:
        with self.tenants.session(self.seed.tenant.id) as db:
            ticket = db.get_one(Ticket, (self.seed.tenant.id, number))
            return self.names[ticket.assignee_id] if ticket.assignee_id else None


@pytest.fixture
def teams(tenants: TenantFactory) -> Teams:
    return Teams(tenants)


def test_by_hand_nobody_gets_it(teams: Teams) -> None:
    assert teams.open(teams.team(Assignment.BY_HAND)) is None


def test_members_take_turns(teams: Teams) -> None:
    team = teams.team(Assignment.ROUND_ROBIN)
    assert [teams.open(team) for _ in range(4)] == ["ada", "ben", "bea", "ada"]
    number = teams.opened(None)
    assert teams.has(number) is None
    assert teams.give(number, team) == "ben"
    with teams.tenants.session(teams.seed.tenant.id) as db:
        event = db.scalars(
            select(Event).where(Event.ticket_number == number, Event.kind == EventKind.ASSIGNEE)
        ).one()
        assert event.actor_id is None
        assert event.data["to_name"] == "Ben Agent"


def test_who_is_away_disabled_or_no_agent_is_passed_over(teams: Teams) -> None:
    team = teams.team(Assignment.ROUND_ROBIN)
    now = datetime.now(UTC)
    teams.change("ben", away_from=now - LONG, away_until=now + LONG)
    assert [teams.open(team) for _ in range(3)] == ["ada", "bea", "ada"]
    teams.change("bea", away_from=now - LONG)
    assert teams.open(team) == "ada"
    teams.change("ben", away_from=now - 2 * LONG, away_until=now - LONG)
    teams.change("bea", away_from=now + LONG, away_until=None)
    assert [teams.open(team) for _ in range(3)] == ["ben", "bea", "ada"]
    teams.change("ben", disabled_at=now)
    teams.change("bea", role=Role.CUSTOMER)
    assert teams.open(team) == "ada"
    teams.change("ada", away_from=now)
    assert teams.open(team) is None


def test_whoever_has_the_fewest_unsolved_tickets_gets_the_next(teams: Teams) -> None:
    team = teams.team(Assignment.LEAST_BUSY)
    mine = [teams.opened(None, assignee_id=teams.ids["ada"]) for _ in range(2)]
    teams.opened(None, assignee_id=teams.ids["ben"])
    assert [teams.open(team) for _ in range(3)] == ["bea", "ben", "bea"]
    teams.set(mine[0], state=State.SOLVED)
    teams.set(mine[1], snoozed_until=datetime.now(UTC) + LONG)
    assert [teams.open(team) for _ in range(2)] == ["ada", "ada"]


def test_a_member_keeps_the_ticket_and_others_lose_it(teams: Teams) -> None:
    team = teams.team(Assignment.ROUND_ROBIN, "ben", "bea")
    assert teams.open(team, assignee_id=teams.ids["ada"]) == "ada"
    assert teams.give(teams.opened(None, assignee_id=teams.ids["bea"]), team) == "bea"
    assert teams.give(teams.opened(None, assignee_id=teams.ids["ada"]), team) == "ben"
    number = teams.opened(None)
    teams.set(number, state=State.SOLVED)
    assert teams.give(number, team) is None


def test_an_archived_or_foreign_team_takes_nothing(teams: Teams, tenants: TenantFactory) -> None:
    foreign = Teams(tenants).team(Assignment.ROUND_ROBIN)
    number = teams.opened(None)
    with pytest.raises(TicketRuleError, match="team"):
        teams.give(number, foreign)
    team = teams.team(Assignment.ROUND_ROBIN)
    with teams.tenants.session(teams.seed.tenant.id) as db:
        db.execute(update(Team).where(Team.id == team).values(archived_at=datetime.now(UTC)))
    with pytest.raises(TicketRuleError, match="team"):
        teams.give(number, team)


@pytest.mark.parametrize("assignment", [Assignment.ROUND_ROBIN, Assignment.LEAST_BUSY])
def test_two_at_once_get_two_people(teams: Teams, assignment: Assignment) -> None:
    """Of other priorities, so that they share no counter that would make one wait anyhow."""
    team = teams.team(assignment, "ben", "bea")
    low, high = (teams.opened(None, priority=each) for each in (Priority.LOW, Priority.HIGH))
    with ThreadPoolExecutor(max_workers=1) as thread:
        with teams.tenants.session(teams.seed.tenant.id) as db:
            service = TicketService(
                db, teams.seed.tenant, teams.tenants.identity(teams.seed, "ada")
            )
            service.set_team(service.get(low), team)
            mine = db.scalar(text("select pg_backend_pid()"))
            other = thread.submit(teams.give, high, team)
            while not other.done() and not db.scalar(_WAITING, {"for": mine}):
                pass
        assert {teams.has(low), other.result()} == {"ben", "bea"}


@pytest.mark.parametrize("assignment", [Assignment.ROUND_ROBIN, Assignment.LEAST_BUSY])
def test_many_at_once_are_shared_evenly(teams: Teams, assignment: Assignment) -> None:
    team = teams.team(assignment)
    priorities = [*Priority, *Priority][:6]
    numbers = [teams.opened(None, priority=each) for each in priorities]
    with ThreadPoolExecutor(max_workers=6) as threads:
        given = list(threads.map(lambda number: teams.give(number, team), numbers))
    assert Counter(given) == {"ada": 2, "ben": 2, "bea": 2}
