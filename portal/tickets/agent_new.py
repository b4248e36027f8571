"""A new ticket that an agent opens on behalf of a customer."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.view import view_config, view_defaults
from sqlalchemy import bindparam, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from wtforms import EmailField, Field, Form, SelectField, StringField
from wtforms.validators import StopValidation

from portal.composer.drafts import NEW_TICKET, NO_TICKET
from portal.composer.keeping import as_posted, bring_files, drafts, forget, keep
from portal.people.directory import Suggestion
from portal.people.models import Project, Role, User
from portal.people.service import EmailTaken, PeopleService, normal_email
from portal.security.permissions import Permission
from portal.security.sessions import flash
from portal.tenants.models import Tenant
from portal.tickets.absence import Choice, staff_choices, tell_absence
from portal.tickets.agent_page import view_groups
from portal.tickets.agent_words import PRIORITY_WORDS
from portal.tickets.catalogue import read_tallies
from portal.tickets.customer_new import TOPIC
from portal.tickets.forms import CHOOSE, NewTicketForm, only_looks, preview_of
from portal.tickets.models import Priority, Ticket
from portal.tickets.resources import TicketsResource
from portal.tickets.service import TicketService
from portal.topics.catalogue import TopicCatalogue
from portal.topics.models import CustomField, Topic
from portal.web.forms import AtMost, Required, one_line
from portal.web.i18n import N_
from portal.web.redirects import page, see_other

_TEMPLATE = "portal:templates/tickets/agent_new.jinja2"
MAX_NAME = 200

#: Customers are suggested from the last tickets: this many are looked at.
RECENT = 100

_recent = (
    select(Ticket.tenant_id, Ticket.requester_id)
    .where(Ticket.tenant_id == bindparam("tenant_id"))
    .order_by(Ticket.updated_at.desc(), Ticket.number.desc())
    .limit(RECENT)
    .subquery()
)
_RECENT = (
    select(User.email, User.name)
    .where(
        User.tenant_id == bindparam("tenant_id"),
        User.role == Role.CUSTOMER,
        User.disabled_at.is_(None),
        User.id.in_(select(_recent.c.requester_id)),
    )
    .order_by(User.name, User.id)
)


def on_offer(form: Form, field: SelectField) -> None:
    """Raises StopValidation for a choice that is not on offer (any more)."""
    if field.data not in {str(choice[0]) for choice in field.iter_choices()}:
        field.data = ""
        raise StopValidation(N_("That is no longer on offer. Choose another."))


class OnBehalfForm(NewTicketForm):
    """A new ticket with its requester, its priority and its assignee."""

    requester = EmailField(
        N_("Customer’s e-mail address"),
        [Required(N_("Enter the address of the customer who needs help."))],
        filters=[one_line],
    )
    name = StringField(
        N_("Customer’s name"),
        [AtMost(MAX_NAME, N_("Use at most %(limit)s characters: this has %(surplus)s more."))],
        filters=[one_line],
    )
    priority = SelectField(
        N_("Priority"),
        [on_offer],
        default=Priority.NORMAL,
        validate_choice=False,
    )
    assignee = SelectField(N_("Assignee"), [on_offer], validate_choice=False)

    def __init__(
        self,
        formdata: Any = None,
        *,
        people: PeopleService,
        projects: Sequence[Project],
        agents: Sequence[Choice],
        topics: Sequence[Topic] = (),
        asked: Sequence[CustomField] = (),
        **values: Any,
    ) -> None:
        super().__init__(formdata, projects=projects, topics=topics, asked=asked, **values)
        self.topic.choices = [("", N_("No topic")), *((str(row.id), row.name) for row in topics)]
        self._people = people
        #: The customer whom the address belongs to; None: one who is still to be made.
        self.customer: User | None = None
        self._looked_up = False
        named = [(str(project.id), project.name) for project in projects]
        self.project.choices = [("", N_("No project")), *named]
        everybody = [(str(key), words) for key, words in agents]
        self.assignee.choices = [("", N_("Nobody")), *everybody]
        self.priority.choices = list(PRIORITY_WORDS.items())

    def validate_topic(self, field: Field) -> None:
        """Raises StopValidation for a topic that is not on offer; agents need not choose one."""
        if field.data:
            on_offer(self, self.topic)

    def start_as_topic_says(self) -> None:
        """Project and priority as the chosen topic has them."""
        if (topic := self.chosen_topic) is not None:
            self.priority.data = topic.priority
            self.project.data = str(topic.project_id or "")
            if self.project.data not in self._offered:
                self.project.data = ""

    def validate_requester(self, field: Field) -> None:
        """Raises StopValidation for what is no address; finds whose it is."""
        if normal_email(field.data) is None:
            raise StopValidation(N_("This is not an e-mail address. Check it for typing mistakes."))
        self.customer = self._people.by_email(field.data)
        self._looked_up = True

    def validate_name(self, field: Field) -> None:
        """Raises StopValidation when a new customer has no name."""
        if self.is_for_somebody_new and not field.data:
            raise StopValidation(
                N_("Nobody has this address yet. Enter a name, and the customer is added.")
            )

    @property
    def is_for_somebody_new(self) -> bool:
        """Whether the address was found to be a good one that nobody has."""
        return self._looked_up and self.customer is None


@view_defaults(
    context=TicketsResource, permission=Permission.OPEN_FOR_CUSTOMER, staff=True, name="new"
)
class AgentNewTicket:
    """The form for a ticket that came by telephone, or over the counter."""

    def __init__(self, context: TicketsResource, request: Request) -> None:
        self.context = context
        self.request = request
        self.people = PeopleService(request.db, request.tenant)

    @view_config(request_method="GET", renderer=_TEMPLATE)
    def blank(self) -> dict[str, Any]:
        """The form; `?requester=` fills in the address."""
        address = one_line(self.request.GET.get("requester"))
        draft = drafts(self.request).get(NO_TICKET, NEW_TICKET)
        if draft is not None and not address:
            form = self._form(as_posted(draft))
            bring_files(self.request, form, draft)
            return self._page(form, draft_at=draft.updated_at)
        return self._page(
            self._form(requester=address, assignee=str(self.request.identity.user_id))
        )

    @view_config(request_method="POST", renderer=_TEMPLATE)
    def open(self) -> dict[str, Any] | HTTPSeeOther:
        """The ticket, or the form as it was sent."""
        request = self.request
        form = self._form(request.POST)
        form.keep_files(request)
        if only_looks(request):
            if CHOOSE in request.POST:
                form.start_as_topic_says()
            keep(request, NO_TICKET, NEW_TICKET, form)
            return self._page(form)
        if not form.validate():
            keep(request, NO_TICKET, NEW_TICKET, form)
            return self._page(form, status=422)
        requester = form.customer or self._new_customer(form)
        ticket = TicketService(request.db, request.tenant, request.identity).open(
            form.subject.data or "",
            form.new_ticket_draft(),
            requester=requester,
            project_id=form.project_id,
            priority=Priority(form.priority.data),
            assignee_id=int(form.assignee.data) if form.assignee.data else None,
            topic=form.chosen_topic,
            custom=form.custom,
        )
        forget(request, NO_TICKET, NEW_TICKET, form)
        tell_absence(request, ticket.assignee_id)
        flash(request, request.gettext("Ticket opened for %(name)s.", name=requester.name))
        return see_other(request, page(request, self.context, ticket.number))

    def _form(self, formdata: Any = None, **values: Any) -> OnBehalfForm:
        catalogue = TopicCatalogue(self.request.db, self.request.tenant)
        topics = catalogue.topics()
        wanted = (formdata or {}).get(TOPIC)
        topic = next((each for each in topics if str(each.id) == wanted), None)
        return OnBehalfForm(
            formdata,
            people=self.people,
            projects=self.people.projects(),
            agents=staff_choices(self.request, self.people.staff()),
            topics=topics,
            asked=catalogue.fields(topic.id) if topic is not None else (),
            **values,
        )

    def _new_customer(self, form: OnBehalfForm) -> User:
        email, name = form.requester.data or "", form.name.data or ""
        try:
            with self.request.db.begin_nested():
                return self.people.create(email, name)
        except (EmailTaken, IntegrityError):
            # The same form, sent twice: the other one was faster.
            made = self.people.by_email(email)
            if made is None:
                raise
            return made

    def _page(
        self, form: OnBehalfForm, status: int = 200, draft_at: datetime | None = None
    ) -> dict[str, Any]:
        request = self.request
        request.response.status_int = status
        tallies = read_tallies(request.db, request.tenant, request.identity.user_id)
        return {
            "form": form,
            "preview": preview_of(request, form),
            "returned": only_looks(request),
            "draft_at": draft_at,
            "suggestions": recent_requesters(request.db, request.tenant),
            "view_groups": view_groups(request, self.context, tallies, None),
        }


def recent_requesters(db: Session, tenant: Tenant) -> list[Suggestion]:
    """The customers of the last tickets, by name. However many there are, one bounded query."""
    return [Suggestion(*row) for row in db.execute(_RECENT, {"tenant_id": tenant.id})]
