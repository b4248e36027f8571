"""Ticket numbers: per tenant, from 1, without gaps that a customer would ask about."""

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from portal.tickets.counter_models import TicketCounter


def next_number(db: Session, tenant_id: int) -> int:
    """The tenant's next ticket number. Holds the counter's row until the transaction ends."""
    statement = (
        insert(TicketCounter)
        .values(tenant_id=tenant_id, last_number=1)
        .on_conflict_do_update(
            index_elements=[TicketCounter.tenant_id],
            set_={"last_number": TicketCounter.last_number + 1},
        )
        .returning(TicketCounter.last_number)
    )
    return db.scalars(statement).one()
