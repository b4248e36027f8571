"""What a ticket says of itself, each field with its rules: state, priority, whose it is."""

from datetime import UTC, datetime

from sqlalchemy.orm import Session

from portal.people.models import Project, Role, Team, User
from portal.security.identity import Identity
from portal.tenants.models import Tenant
from portal.tickets.assignment import assign_within, lock_turns
from portal.tickets.custom_fields import AskedFields, refuse_unfinished
from portal.tickets.models import EventKind, Priority, State, Ticket
from portal.tickets.writer import TicketRuleError, TicketWriter


class TicketFields(TicketWriter):
    """The fields of one tenant's tickets, changed by one person."""

    actor: Identity

    def __init__(self, db: Session, tenant: Tenant, actor: Identity) -> None:
        super().__init__(db, tenant, actor)
        self.asked = AskedFields(db, tenant)

    def set_state(self, ticket: Ticket, state: State) -> None:
        """Another state. A closed ticket stays closed.

        Raises FieldsMissing for a ticket that lacks what it has to say before it is solved.
        """
        self.lock(ticket)
        self.refuse_closed(ticket)
        refuse_unfinished(self.asked, ticket, state)
        self._set_state(ticket, state)

    def set_priority(self, ticket: Ticket, priority: Priority) -> None:
        """Another priority."""
        self.lock(ticket)
        self.change(ticket, EventKind.PRIORITY, "priority", priority.value)

    def set_assignee(self, ticket: Ticket, user_id: int | None) -> None:
        """Another assignee, or None. Raises TicketRuleError("assignee") for anyone not staff."""
        self.lock(ticket)
        self._set_assignee(ticket, user_id)

    def set_project(self, ticket: Ticket, project_id: int | None) -> None:
        """Another project, or None. Raises TicketRuleError("project") for an unknown one."""
        self.lock(ticket)
        before = self.name_of(Project, ticket.project_id)
        after = self.name_of(Project, self._project(project_id))
        self.change(ticket, EventKind.PROJECT, "project_id", project_id, (before, after))

    def set_team(self, ticket: Ticket, team_id: int | None) -> None:
        """Another team, or None. A team that assigns by itself gives the ticket to a member.

        Raises TicketRuleError("team") for an unknown one.
        """
        self.lock(ticket)
        self._set_team(ticket, team_id)

    def set_subject(self, ticket: Ticket, subject: str) -> None:
        """Another subject."""
        self.lock(ticket)
        self.change(ticket, EventKind.SUBJECT, "subject", subject)

    def set_requester(self, ticket: Ticket, user: User) -> None:
        """Whose ticket it is. Raises TicketRuleError("requester") for a disabled account.

        The organisation is the new requester's: who may see the ticket follows from it.
        """
        self.lock(ticket)
        if user.disabled_at is not None:
            raise TicketRuleError("requester")
        names = (self.name_of(User, ticket.requester_id), user.name)
        ticket.organisation_id = user.organisation_id
        self.change(ticket, EventKind.REQUESTER, "requester_id", user.id, names)

    # What the verbs above are made of

    def _set_state(self, ticket: Ticket, state: State) -> None:
        if ticket.state == state:
            return
        now = datetime.now(UTC)
        ticket.solved_at = now if not state.is_unsolved else None
        if not state.is_unsolved:
            ticket.snoozed_until = None
        # Customers see the state, so for them the ticket changed too.
        ticket.replied_at = now
        self.change(ticket, EventKind.STATE, "state", state.value)

    def _set_assignee(self, ticket: Ticket, user_id: int | None) -> None:
        if user_id is not None and not self._is_staff(user_id):
            raise TicketRuleError("assignee")
        names = (self.name_of(User, ticket.assignee_id), self.name_of(User, user_id))
        self.change(ticket, EventKind.ASSIGNEE, "assignee_id", user_id, names)

    def _set_team(self, ticket: Ticket, team_id: int | None, *, assign: bool = True) -> None:
        team = self.known(Team, team_id) if team_id is not None else None
        if team_id is not None and (team is None or team.archived_at is not None):
            raise TicketRuleError("team")
        if team_id == ticket.team_id:
            return
        if team is not None and assign:
            lock_turns(self.db, team)
        names = (self.name_of(Team, ticket.team_id), team.name if team else None)
        self.change(ticket, EventKind.TEAM, "team_id", team_id, names)
        if team is not None and assign:
            assign_within(self.db, self.tenant, team, ticket)

    def _is_staff(self, user_id: int) -> bool:
        user = self.known(User, user_id)
        return user is not None and user.disabled_at is None and Role(user.role).is_staff

    def _project(self, project_id: int | None) -> int | None:
        if project_id is None:
            return None
        project = self.known(Project, project_id)
        if project is None or project.archived_at is not None:
            raise TicketRuleError("project")
        return project.id
