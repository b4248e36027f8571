"""A customer opens a ticket: what it is about, then the form of that topic."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config, view_defaults
from webob.multidict import MultiDict

from portal.composer.drafts import NEW_TICKET, NO_TICKET
from portal.composer.keeping import as_posted, bring_files, drafts, forget, keep
from portal.people.service import PeopleService
from portal.security.permissions import Permission
from portal.security.sessions import flash
from portal.tickets.forms import CHOOSE, NewTicketForm, only_looks, preview_of
from portal.tickets.resources import TicketsResource
from portal.tickets.service import TicketService
from portal.topics.catalogue import TopicCatalogue
from portal.web.redirects import page, see_other

_NEW = "portal:templates/tickets/customer_new.jinja2"

#: The field, and the parameter, that says what a ticket is about.
TOPIC = "topic"


@view_defaults(context=TicketsResource, name="new", permission=Permission.OPEN_TICKET)
class NewTicketViews:
    """The form for a new ticket; `?topic=3` is the form of a topic."""

    def __init__(self, context: TicketsResource, request: Request) -> None:
        self.context = context
        self.request = request
        self.catalogue = TopicCatalogue(request.db, request.tenant)
        self.topics = self.catalogue.topics(for_customers=True)

    @view_config(request_method="GET", renderer=_NEW)
    def blank(self) -> dict[str, Any]:
        """The topics to choose from, or a form, as it was left."""
        draft = drafts(self.request).get(NO_TICKET, NEW_TICKET)
        posted = as_posted(draft) if draft is not None else MultiDict()
        if TOPIC in self.request.GET:
            posted[TOPIC] = self.request.GET[TOPIC]
        form = self._form(posted)
        if draft is not None:
            bring_files(self.request, form, draft)
        draft_at = draft.updated_at if draft is not None else None
        chooses = self.topics and (CHOOSE in self.request.GET or form.chosen_topic is None)
        return self._page(form, draft_at=draft_at, chooses=bool(chooses))

    @view_config(request_method="POST", renderer=_NEW)
    def open(self) -> dict[str, Any] | Response:
        """The ticket, or the form as it was sent."""
        request = self.request
        form = self._form(request.POST)
        form.keep_files(request)
        if only_looks(request):
            kept = keep(request, NO_TICKET, NEW_TICKET, form)
            chooses = CHOOSE in request.POST
            if chooses and not kept:
                # The list of topics would bring back what another window has kept.
                form.ask_for_topic()
            return self._page(form, chooses=chooses and kept)
        if not form.validate():
            keep(request, NO_TICKET, NEW_TICKET, form)
            return self._page(form, status=422)
        ticket = TicketService(request.db, request.tenant, request.identity).open(
            form.subject.data or "",
            form.new_ticket_draft(),
            project_id=form.project_id,
            topic=form.chosen_topic,
            custom=form.custom,
        )
        forget(request, NO_TICKET, NEW_TICKET, form)
        _ = request.gettext
        flash(request, _("We have your ticket. You will find our reply here."))
        return see_other(request, page(request, self.context, ticket.number))

    def _form(self, posted: Mapping[str, Any]) -> NewTicketForm:
        """The form of the topic that was chosen, if there are topics; a single one is chosen."""
        wanted = str(self.topics[0].id) if len(self.topics) == 1 else posted.get(TOPIC)
        topic = next((each for each in self.topics if str(each.id) == wanted), None)
        asked = self.catalogue.fields(topic.id, for_customers=True) if topic is not None else []
        # A topic knows its project.
        projects = (
            () if self.topics else PeopleService(self.request.db, self.request.tenant).projects()
        )
        form = NewTicketForm(posted or None, projects=projects, topics=self.topics, asked=asked)
        form.topic.data = wanted if topic is not None else ""
        return form

    def _page(
        self,
        form: NewTicketForm,
        status: int = 200,
        draft_at: datetime | None = None,
        *,
        chooses: bool = False,
    ) -> dict[str, Any]:
        self.request.response.status_int = status
        return {
            "nav_current": "tickets",
            "form": form,
            "topics": self.topics,
            "chooses": chooses,
            "preview": preview_of(self.request, form),
            "returned": only_looks(self.request),
            "draft_at": draft_at,
        }
