"""What other rooms may hear of: that something happened to a ticket.

The ticket service knows no request and no other room, so whoever wants to hear registers with
``config.add_ticket_listener(listener)``; the session that the service writes with carries the
listeners. They are called inside the transaction of the change, after its rows were flushed: what
a listener writes, or enqueues, is kept or undone together with the change itself.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from pyramid.config import Configurator
from sqlalchemy.orm import Session

from portal.db.session import LISTENERS
from portal.security.identity import Identity
from portal.tenants.models import Tenant
from portal.tickets.models import Event, Message, Ticket


@dataclass(frozen=True, slots=True)
class Happening:
    """A message was written, something else changed, or a reply could not be sent. One of the
    three is set."""

    db: Session
    tenant: Tenant
    #: None: the portal itself.
    actor: Identity | None
    ticket: Ticket
    message: Message | None = None
    event: Event | None = None
    #: Whose reply was held and did not go: its text is their draft again.
    unsent_by: int | None = None


Listener = Callable[[Happening], None]

#: Where a session keeps what nobody was told of yet.
_WAITING = "ticket.happenings"


def announce(happening: Happening) -> None:
    """Tell everybody who listens, in the order in which they registered."""
    waiting = happening.db.info.get(_WAITING)
    if waiting is not None:
        waiting.append(happening)
        return
    for listener in happening.db.info.get(LISTENERS, ()):
        listener(happening)


@contextmanager
def told_at_the_end(db: Session) -> Iterator[None]:
    """Nobody is told within the block, and at its end everybody of everything, in its order.

    For changes of many tickets: their rows are written together, once, and not one by one because
    somebody is to be told of each. Where the block raises, nobody is told.
    """
    waiting = db.info[_WAITING] = []
    try:
        yield
        db.flush()
    finally:
        del db.info[_WAITING]
    for happening in waiting:
        announce(happening)


def add_ticket_listener(config: Configurator, listener: Listener) -> None:
    """Pyramid directive: call `listener` with each `Happening`."""
    config.action(
        ("ticket listener", listener),
        lambda: config.registry[LISTENERS].append(listener),
    )
