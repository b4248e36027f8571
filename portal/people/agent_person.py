"""One person, as agents see them: all that is known, and how it was proven."""

from typing import Any

from pyramid.httpexceptions import HTTPForbidden, HTTPSeeOther
from pyramid.request import Request
from pyramid.view import view_config, view_defaults
from sqlalchemy import select
from wtforms import Form, SelectField, StringField

from portal.people.models import Organisation, Role, User
from portal.people.profile import linked_sign_ins
from portal.people.profile_form import language_name, offered
from portal.people.resources import PersonResource
from portal.people.sections import sections_about
from portal.people.service import PeopleService
from portal.people.settings_service import PeopleAdministration, ways_in
from portal.security.authenticators import installed
from portal.security.models import Session
from portal.security.permissions import Permission
from portal.security.sessions import SessionService, flash
from portal.tenants import rules
from portal.tenants.audit import AuditLog
from portal.tenants.settings_forms import Follows
from portal.web.forms import one_line
from portal.web.i18n import N_
from portal.web.redirects import page, see_other

PERSON = "portal:templates/people/agent_person.jinja2"
_EDIT = "portal:templates/people/agent_person_edit.jinja2"


class CustomerForm(Form):
    """What agents may change about a customer."""

    name = StringField(N_("Name"), [Follows(rules.one_line)], filters=[one_line])
    organisation = SelectField(N_("Organisation"), [offered], validate_choice=False)

    def __init__(
        self, formdata: Any = None, *, organisations: list[Organisation], **values: Any
    ) -> None:
        super().__init__(formdata, **values)
        self.organisation.choices = [
            ("", N_("No organisation")),
            *((str(row.id), row.name) for row in organisations),
        ]


class PersonBase:
    """What all views of a person share."""

    def __init__(self, context: PersonResource, request: Request) -> None:
        self.context = context
        self.request = request
        self.user = context.user

    @property
    def administration(self) -> PeopleAdministration:
        """The service that changes people, with the audit log."""
        request = self.request
        audit = AuditLog(request.db, request.tenant, request.identity, request.remote_addr)
        return PeopleAdministration(request.db, request.tenant, audit, ways_in(request.registry))

    def back(self, text: str, tone: str = "green") -> HTTPSeeOther:
        """The person's page, with a word about what was done."""
        flash(self.request, text, tone)
        return see_other(self.request, page(self.request, self.context))

    def person_page(self, *, status: int = 200) -> dict[str, Any]:
        """What the page of a person shows."""
        request, user = self.request, self.user
        request.response.status_int = status
        # The last sign-in counts although its session may be over.
        session = request.db.scalar(
            select(Session)
            .where(Session.tenant_id == user.tenant_id, Session.user_id == user.id)
            .order_by(Session.created_at.desc())
            .limit(1)
        )
        live = SessionService(request.db, request.tenant).of_user(user.id)
        way = session.authenticator if session else None
        authenticator = installed(request).get(way) if way else None
        return {
            "language": language_name(user.locale) if user.locale else None,
            "person": user,
            "organisation": self._row(Organisation, user.organisation_id),
            "merged_into": self._row(User, user.merged_into_id),
            "linked": linked_sign_ins(request.db, request.tenant, user),
            "session": session,
            "live": live,
            "proven_by": authenticator.label if authenticator else way,
            "sections": sections_about(request, user),
            "may_edit": may_edit(request, user),
        }

    def _row(self, model: type[Any], key: int | None) -> Any:
        return self.request.db.get(model, (self.user.tenant_id, key)) if key is not None else None


def may_edit(request: Request, user: User) -> bool:
    """Whether the reader may change this person: customers; the team is the admins' business."""
    if not request.has_permission(Permission.EDIT_PEOPLE, request.context_tenant):
        return False
    return user.role == Role.CUSTOMER and user.merged_into_id is None


@view_defaults(context=PersonResource, permission=Permission.VIEW_PEOPLE)
class PersonPage(PersonBase):
    """All that is known about a person, and how it was proven that they are who they say."""

    @view_config(request_method="GET", renderer=PERSON)
    def show(self) -> dict[str, Any]:
        """The page."""
        return self.person_page()


@view_defaults(context=PersonResource, permission=Permission.EDIT_PEOPLE, name="edit")
class PersonEdit(PersonBase):
    """Name and organisation of a customer."""

    @view_config(request_method="GET", renderer=_EDIT)
    def ask(self) -> dict[str, Any]:
        """The form, filled in."""
        organisation = self.user.organisation_id
        values = {"name": self.user.name, "organisation": str(organisation or "")}
        return self._page(self._form(data=values))

    @view_config(request_method="POST", renderer=_EDIT)
    def save(self) -> dict[str, Any] | HTTPSeeOther:
        """Change them; the audit log tells who did."""
        form = self._form(self.request.POST)
        if not form.validate():
            self.request.response.status_int = 422
            return self._page(form)
        wanted = form.organisation.data
        chosen = next((row for row in self._organisations() if str(row.id) == wanted), None)
        self.administration.rename(self.user, form.name.data or "")
        self.administration.set_organisation(self.user, chosen)
        return self.back(self.request.gettext("%(name)s is saved.", name=self.user.name))

    def _form(self, formdata: Any = None, **values: Any) -> CustomerForm:
        if not may_edit(self.request, self.user):
            raise HTTPForbidden
        return CustomerForm(formdata, organisations=self._organisations(), **values)

    def _organisations(self) -> list[Organisation]:
        return list(PeopleService(self.request.db, self.request.tenant).organisations())

    def _page(self, form: CustomerForm) -> dict[str, Any]:
        return {"form": form, "person": self.user}
