"""What the team wants to remember about a person: notes on their page, for agents only."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.view import view_config, view_defaults
from sqlalchemy import and_, delete, select
from sqlalchemy.orm import Session
from wtforms import Form

from portal.people.agent_person import PERSON, PersonBase
from portal.people.models import Organisation, User, UserNote
from portal.people.resources import PersonResource
from portal.people.sections import Section
from portal.security.identity import Identity
from portal.security.permissions import Permission
from portal.tenants.models import Tenant
from portal.tickets import markdown
from portal.tickets.forms import body_field
from portal.web.i18n import N_

#: Notes that the page shows; nobody reads more.
MOST_SHOWN = 100
_NUMBER = re.compile(r"[1-9][0-9]{0,17}", re.ASCII)


class NoteRow(NamedTuple):
    """A note, with the name of whoever wrote it."""

    id: int
    author_id: int
    author: str
    html: str
    created_at: datetime


class PersonNotes:
    """Notes about the people of one tenant, written by one agent."""

    def __init__(self, db: Session, tenant: Tenant, actor: Identity) -> None:
        self.db = db
        self.tenant = tenant
        self.actor = actor

    def about(self, user: User) -> Sequence[NoteRow]:
        """The notes about a person, the newest first."""
        rows = self.db.execute(
            select(UserNote.id, UserNote.author_id, User.name, UserNote.html, UserNote.created_at)
            .join(User, and_(User.tenant_id == UserNote.tenant_id, User.id == UserNote.author_id))
            .where(UserNote.tenant_id == self.tenant.id, UserNote.user_id == user.id)
            .order_by(UserNote.id.desc())
            .limit(MOST_SHOWN)
        )
        return [NoteRow(*row) for row in rows]

    def add(self, user: User, body: str) -> UserNote:
        """Write one, in Markdown. Raises ValueError beyond `markdown.MAX_BODY`."""
        note = UserNote(
            tenant_id=self.tenant.id,
            user_id=user.id,
            author_id=self.actor.user_id,
            body=body,
            html=markdown.render(body),
        )
        self.db.add(note)
        self.db.flush()
        return note

    def delete(self, user: User, note_id: int) -> bool:
        """Take one's own note away; False when there is no such note."""
        gone = self.db.execute(
            delete(UserNote)
            .where(
                UserNote.tenant_id == self.tenant.id,
                UserNote.id == note_id,
                UserNote.user_id == user.id,
                UserNote.author_id == self.actor.user_id,
            )
            .returning(UserNote.id)
        )
        return gone.first() is not None


class NoteForm(Form):
    """One note."""

    body = body_field(N_("Note"))


@view_defaults(context=PersonResource, permission=Permission.EDIT_PEOPLE, request_method="POST")
class PersonNotesViews(PersonBase):
    """Adding notes, and taking one's own away."""

    @property
    def notes(self) -> PersonNotes:
        """The service behind the forms."""
        return PersonNotes(self.request.db, self.request.tenant, self.request.identity)

    @view_config(name="notes", renderer=PERSON)
    def add(self) -> dict[str, Any] | HTTPSeeOther:
        """One more note."""
        form = NoteForm(self.request.POST)
        if not form.validate():
            self.request.note_form = form
            return self.person_page(status=422)
        self.notes.add(self.user, form.body.data or "")
        return self.back(self.request.gettext("Your note is added."))

    @view_config(name="delete-note")
    def delete(self) -> HTTPSeeOther:
        """Take one's own note away."""
        number = str(self.request.POST.get("note"))
        if _NUMBER.fullmatch(number):
            self.notes.delete(self.user, int(number))
        return self.back(self.request.gettext("The note is deleted."))


def notes_about(request: Request, subject: User | Organisation) -> Section | None:
    """The notes about a person; organisations have none."""
    if isinstance(subject, Organisation):
        return None
    notes = PersonNotes(request.db, request.tenant, request.identity)
    values = {
        "form": getattr(request, "note_form", None) or NoteForm(),
        "notes": notes.about(subject),
        "writable": request.has_permission(Permission.EDIT_PEOPLE, request.context),
    }
    return Section("tickets/_person_notes.jinja2", values)
