"""Stars: tickets that somebody wants to find again. Nobody else sees them."""

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from portal.security.identity import Identity
from portal.tenants.models import Tenant
from portal.tickets.mark_models import TicketStar
from portal.tickets.models import Ticket


class StarService:
    """The stars of one person."""

    def __init__(self, db: Session, tenant: Tenant, actor: Identity) -> None:
        self.db = db
        self.tenant = tenant
        self.actor = actor

    def star(self, ticket: Ticket) -> None:
        """Mark the ticket; twice is once."""
        statement = insert(TicketStar).values(
            tenant_id=self.tenant.id, user_id=self.actor.user_id, ticket_number=ticket.number
        )
        self.db.execute(statement.on_conflict_do_nothing())

    def unstar(self, ticket: Ticket) -> None:
        """Take the mark away."""
        self.db.execute(
            delete(TicketStar).where(
                TicketStar.tenant_id == self.tenant.id,
                TicketStar.user_id == self.actor.user_id,
                TicketStar.ticket_number == ticket.number,
            )
        )
