"""Teams: who is in them, and how their tickets find an assignee."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import and_, delete, select
from sqlalchemy.orm import Session

from portal.people.models import Assignment, Role, Team, TeamMember, User
from portal.people.settings_groups_service import TakenError
from portal.tenants.audit import AuditLog, assign
from portal.tenants.models import Tenant
from portal.web.i18n import N_


class Member(NamedTuple):
    """Somebody in a team."""

    id: int
    name: str
    email: str


class TeamAdministration:
    """Reads and changes the teams of one tenant; each change is recorded in the audit log."""

    def __init__(self, db: Session, tenant: Tenant, audit: AuditLog) -> None:
        self.db = db
        self.tenant = tenant
        self.audit = audit

    def all(self) -> Sequence[Team]:
        """The teams by name; what is archived comes last."""
        return self.db.scalars(
            select(Team)
            .where(Team.tenant_id == self.tenant.id)
            .order_by(Team.archived_at.is_not(None), Team.name)
        ).all()

    def members(self) -> Mapping[int, list[Member]]:
        """Who is in which team, by the team's id; the members by name."""
        rows = self.db.execute(
            select(TeamMember.team_id, User.id, User.name, User.email)
            .join(User, and_(User.tenant_id == TeamMember.tenant_id, User.id == TeamMember.user_id))
            .where(TeamMember.tenant_id == self.tenant.id)
            .order_by(User.name, User.id)
        )
        teams: dict[int, list[Member]] = defaultdict(list)
        for team_id, user_id, name, email in rows:
            teams[team_id].append(Member(user_id, name, email))
        return teams

    def create(self, name: str, assignment: Assignment, member_ids: Collection[int]) -> Team:
        """A new team. Raises TakenError."""
        self._refuse_taken(name)
        row = Team(tenant_id=self.tenant.id, name=name, assignment=assignment)
        self.db.add(row)
        self.db.flush()
        self.audit.record("team.created", name, {"assignment": [None, assignment]})
        self.set_members(row, member_ids)
        return row

    def change(
        self, row: Team, name: str, assignment: Assignment, member_ids: Collection[int]
    ) -> None:
        """Another name, way of assigning, or other members. Raises TakenError."""
        self._refuse_taken(name, row.id)
        if changes := assign(row, {"name": name, "assignment": assignment.value}):
            self.audit.record("team.changed", name, changes)
        self.set_members(row, member_ids)

    def set_members(self, row: Team, member_ids: Collection[int]) -> None:
        """Exactly these people are in the team; who is no agent is passed over."""
        before = self.members().get(row.id, [])
        staff = set(
            self.db.scalars(
                select(User.id).where(
                    User.tenant_id == self.tenant.id,
                    User.id.in_(member_ids),
                    User.role.in_((Role.AGENT, Role.ADMIN)),
                )
            )
        )
        present = {member.id for member in before}
        if staff == present:
            return
        self.db.execute(
            delete(TeamMember).where(
                TeamMember.tenant_id == self.tenant.id,
                TeamMember.team_id == row.id,
                TeamMember.user_id.in_(present - staff),
            )
        )
        self.db.add_all(
            TeamMember(tenant_id=self.tenant.id, team_id=row.id, user_id=user_id)
            for user_id in sorted(staff - present)
        )
        self.db.flush()
        after = self.members().get(row.id, [])
        emails = [[member.email for member in members] for members in (before, after)]
        self.audit.record("team.changed", row.name, {"members": emails})

    def archive(self, row: Team, moment: datetime | None) -> None:
        """Offer the team for no more tickets, or with None offer it again."""
        if (row.archived_at is None) != (moment is None):
            row.archived_at = moment
            self.audit.record("team.archived" if moment else "team.restored", row.name)

    def _refuse_taken(self, name: str, team_id: int = 0) -> None:
        taken = select(Team.id).where(
            Team.tenant_id == self.tenant.id, Team.name == name, Team.id != team_id
        )
        if self.db.scalar(taken) is not None:
            raise TakenError("name", N_("There is a team of this name already."))


def leave_teams(db: Session, user: User) -> None:
    """Take somebody who is no agent any more out of every team."""
    db.execute(
        delete(TeamMember).where(
            TeamMember.tenant_id == user.tenant_id, TeamMember.user_id == user.id
        )
    )
