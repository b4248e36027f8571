"""Tickets with files, stored through the real service in a real store."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, BinaryIO

import pytest
from pyramid.router import Router

from portal.attachments.models import Attachment
from portal.attachments.service import AttachmentService, Limits
from portal.tickets.models import Ticket
from portal.tickets.service import Draft, TicketService
from tests.factories import World


@dataclass
class SentFile:
    """A file as a form gives it."""

    filename: str
    file: BinaryIO


class Desk:
    """A world whose people attach files."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.store = world.app.registry["attachments.store"]

    def service(self, db: Any, first: str, limits: Limits | None = None) -> AttachmentService:
        seed = self.world.seed
        identity = self.world.factory.identity(seed, first)
        return AttachmentService(db, seed.tenant, identity, self.store, limits)

    def waiting(self, name: str, content: bytes, by: str = "cleo") -> Attachment:
        """A file that no message has claimed."""
        with self.world.factory.session(self.world.seed.tenant.id) as db:
            return self.service(db, by).store(SentFile(name, io.BytesIO(content)))

    def attach(
        self, ticket: Ticket, name: str, content: bytes, by: str = "cleo", *, note: bool = False
    ) -> Attachment:
        """A file of a new message of the ticket."""
        attachment = self.waiting(name, content, by)
        seed = self.world.seed
        with self.world.factory.session(seed.tenant.id) as db:
            service = TicketService(db, seed.tenant, self.world.factory.identity(seed, by))
            row = service.get(ticket.number)
            write: Callable[..., Any] = service.note if note else service.reply
            draft = Draft("See the file.", attachment_ids=[attachment.id])
            write(row, draft, seen=2**62)
        return attachment

    def url(self, ticket: Ticket, attachment: Attachment, view: str = "") -> str:
        path = f"/tickets/{ticket.number}/attachments/{attachment.id}"
        return self.world.url(f"{path}/{view}" if view else path)


@pytest.fixture
def desk(world: World) -> Desk:
    return Desk(world)


@pytest.fixture
def other_desk(tenants: Any, app: Router) -> Desk:
    """The desk of another tenant."""
    return Desk(World(tenants.create(), app, tenants))
