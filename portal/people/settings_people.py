"""Settings: people. The list, invitations, and one person."""

import re
from collections.abc import Sequence
from functools import cached_property
from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.view import view_config, view_defaults

from portal.people.agent_roles import AgentRoles
from portal.people.away import AwayForm, come_back, is_planned, zone_of
from portal.people.invitations import InvitationService
from portal.people.models import AgentRole, Organisation, Role, User
from portal.people.service import EmailTaken, PeopleService
from portal.people.settings_forms import InvitationForm, PersonForm
from portal.people.settings_list import DISABLED, FILTERS, TEAM, PeopleList
from portal.people.settings_service import LastAdminError, PeopleAdministration, ways_in
from portal.people.settings_words import ROLES
from portal.security.permissions import Permission
from portal.tenants.settings_pages import SettingsViews
from portal.web.i18n import N_, Message
from portal.web.tree import Resource

_NUMBER = re.compile(r"[1-9][0-9]{0,17}", re.ASCII)
_LIST = "portal:templates/settings/people.jinja2"
_INVITE = "portal:templates/settings/invite.jinja2"
_PERSON = "portal:templates/settings/person.jinja2"
_LINK = "portal:templates/settings/link.jinja2"

LOCAL_PASSWORD = "local_password"  # noqa: S105  (a name, not a secret)

_LAST_ADMIN = N_(
    "This is the last admin who can sign in. First make somebody else an admin, with a password "
    "here, so that your help desk is never without one."
)
_OWN_ROLE = N_("You cannot take your own admin role away. Ask another admin to do it.")
_YOURSELF = N_("You cannot disable your own account. Ask another admin to do it.")


class PeopleSettings(Resource):
    """`settings/people`."""

    def __getitem__(self, name: str) -> "PersonSettings":
        user = None
        if _NUMBER.fullmatch(name):
            user = PeopleService(self.request.db, self.request.tenant).by_id(int(name))
        if user is None:
            raise KeyError(name)
        return PersonSettings(self, user)


class PersonSettings(Resource):
    """`settings/people/3`."""

    def __init__(self, parent: PeopleSettings, user: User) -> None:
        super().__init__(parent.request, parent, str(user.id))
        self.user = user


class PeopleViews(SettingsViews):
    """What the list and the person's page share."""

    @property
    def people(self) -> PeopleAdministration:
        """The service behind the buttons."""
        ways = ways_in(self.request.registry)
        return PeopleAdministration(self.request.db, self.request.tenant, self.audit, ways)

    def organisations(self) -> list[Organisation]:
        """Those to choose from."""
        return list(PeopleService(self.request.db, self.request.tenant).organisations())

    @cached_property
    def roles(self) -> Sequence[AgentRole]:
        """The tenant's own roles of agents, to choose from."""
        roles = AgentRoles(self.request.db, self.request.tenant, self.audit)
        return roles.all(hold=self.request.method == "POST")

    def link_page(self, user: User) -> dict[str, Any]:
        """A new link for a password, on the one page that ever shows it."""
        service = InvitationService(self.request.db, self.request.tenant)
        invited = user.password_hash is None
        token, ends = service.make(user)
        url = self.request.absolute(self.request.context_tenant, "invitation", token)
        person = self.request.context_tenant["settings"]["people"]
        return {
            "user": user,
            "link": url,
            "ends": ends,
            "invited": invited,
            "person_url": self.request.place(person, user.id),
            "list_url": self.request.place(person),
        }

    def takes_password(self, role: str) -> bool:
        """Whether somebody of this role may sign in with a password of their own."""
        return role == Role.ADMIN or LOCAL_PASSWORD in self.request.tenant.authenticators


@view_defaults(context=PeopleSettings, permission=Permission.ADMINISTER)
class PeopleListViews(PeopleViews):
    """Everybody, and invitations."""

    @view_config(request_method="GET", renderer=_LIST)
    def show(self) -> dict[str, Any]:
        """The list, as the address says."""
        given = self.request.GET
        words, narrowed = given.get("q", ""), given.get("role", "")
        people = PeopleList(self.request.db, self.request.tenant).page(
            words=words,
            narrowed=narrowed,
            before=_number(given.get("before")),
            after=_number(given.get("after")),
        )
        return {
            "people": people,
            "words": words,
            "narrowed": narrowed if narrowed in FILTERS else "",
            "filters": [
                ("", N_("Everybody")),
                (TEAM, N_("Team")),
                *((role.value, label) for role, label in ROLES.items()),
                (DISABLED, N_("Disabled accounts")),
            ],
            "turn": lambda **cursor: self.request.place(
                self.context, query={"q": words or None, "role": narrowed or None, **cursor}
            ),
        }

    @view_config(name="invite", request_method="GET", renderer=_INVITE)
    def ask(self) -> dict[str, Any]:
        """The form for somebody new."""
        organisations = self.organisations()
        form = InvitationForm(organisations=organisations, roles=self.roles, role=Role.AGENT)
        return self._form_page(form)

    @view_config(name="invite", request_method="POST", renderer=_INVITE)
    def invite(self) -> dict[str, Any] | HTTPSeeOther:
        """Make the account, and show the link to send, once."""
        organisations = self.organisations()
        form = InvitationForm(self.request.POST, organisations=organisations, roles=self.roles)
        if not form.validate():
            return self._form_page(form, wrong=True)
        organisation = form.chosen(organisations)
        try:
            user = PeopleService(self.request.db, self.request.tenant).create(
                form.email.data or "",
                form.name.data or "",
                role=form.chosen_role(),
                organisation_id=organisation.id if organisation else None,
            )
        except EmailTaken:
            form.email.errors = [N_("Somebody with this address is here already.")]
            return self._form_page(form, wrong=True)
        self.audit.record("person.invited", user.email, {"role": [None, user.role]})
        self.people.set_agent_role(user, form.chosen_agent_role(self.roles))
        if not self.takes_password(user.role):
            return self.back(
                N_("%(name)s is added, and signs in through your own site.", name=user.name)
            )
        self.request.override_renderer = _LINK
        return self.link_page(user)

    def _form_page(self, form: InvitationForm, *, wrong: bool = False) -> dict[str, Any]:
        local = LOCAL_PASSWORD in self.request.tenant.authenticators
        return self.answer({"form": form, "local_password": local}, wrong=wrong)


@view_defaults(context=PersonSettings, permission=Permission.ADMINISTER)
class PersonViews(PeopleViews):
    """One person."""

    context: PersonSettings

    @property
    def user(self) -> User:
        """Whose page it is."""
        return self.context.user

    @view_config(request_method="GET", renderer=_PERSON)
    def show(self) -> dict[str, Any]:
        """What is known of the person, and what can be done."""
        return self._page(self._form())

    @view_config(request_method="POST", renderer=_PERSON)
    def save(self) -> dict[str, Any] | HTTPSeeOther:
        """Change name, role and organisation."""
        organisations = self.organisations()
        form = self._form(self.request.POST)
        if not form.validate():
            return self._page(form, wrong=True)
        if complaint := self._change_role(form.chosen_role()):
            form.role.errors = [complaint]
            return self._page(form, wrong=True)
        self.people.set_agent_role(self.user, form.chosen_agent_role(self.roles))
        self.people.rename(self.user, form.name.data or "")
        self.people.set_organisation(self.user, form.chosen(organisations))
        return self.back(N_("%(name)s is saved.", name=self.user.name))

    @view_config(name="disable", request_method="POST", renderer=_PERSON)
    def disable(self) -> dict[str, Any] | HTTPSeeOther:
        """Shut the person out."""
        form = self._form()
        if self._is_self():
            return self._page(form, wrong=True, complaint=_YOURSELF)
        try:
            self.people.set_disabled(self.user, True)
        except LastAdminError:
            return self._page(form, wrong=True, complaint=_LAST_ADMIN)
        return self.back(N_("%(name)s can no longer sign in.", name=self.user.name))

    @view_config(name="enable", request_method="POST")
    def enable(self) -> HTTPSeeOther:
        """Let the person in again."""
        self.people.set_disabled(self.user, False)
        return self.back(N_("%(name)s can sign in again.", name=self.user.name))

    @view_config(name="link", request_method="POST", renderer=_LINK)
    def link(self) -> dict[str, Any] | HTTPSeeOther:
        """A link with which the person sets a new password."""
        if self.user.disabled_at is not None or not self.takes_password(self.user.role):
            return self.back(N_("%(name)s cannot use a password here.", name=self.user.name))
        self.audit.record("person.link_made", self.user.email)
        return self.link_page(self.user)

    @view_config(name="away", request_method="POST", renderer=_PERSON)
    def away(self) -> dict[str, Any] | HTTPSeeOther:
        """Plan when the person is out of office, or that they are back."""
        form = AwayForm(self.request.POST)
        before = [_moments(self.user)]
        if "back" in self.request.POST:
            come_back(self.user)
        elif form.validate():
            form.populate(self.user, zone_of(self.user, self.request.tenant))
        else:
            return self._page(self._form(), wrong=True, away=form)
        if [_moments(self.user)] != before:
            changes = {"away": [*before, _moments(self.user)]}
            self.audit.record("person.changed", self.user.email, changes)
        return self.back(N_("%(name)s is saved.", name=self.user.name))

    def _form(self, formdata: Any = None) -> PersonForm:
        return PersonForm(
            formdata, organisations=self.organisations(), roles=self.roles, user=self.user
        )

    def _change_role(self, role: Role) -> Message | None:
        """Give the role; or say why not."""
        if role == self.user.role:
            return None
        if self._is_self():
            return _OWN_ROLE
        try:
            self.people.set_role(self.user, role)
        except LastAdminError:
            return _LAST_ADMIN
        return None

    def _is_self(self) -> bool:
        return bool(self.user.id == self.request.identity.user_id)

    def _page(
        self,
        form: PersonForm,
        *,
        wrong: bool = False,
        complaint: Message | None = None,
        away: AwayForm | None = None,
    ) -> dict[str, Any]:
        values = {
            "form": form,
            "user": self.user,
            "complaint": complaint,
            "is_self": self._is_self(),
            "is_staff": Role(self.user.role).is_staff,
            "away": away or AwayForm.of(self.user, zone_of(self.user, self.request.tenant)),
            "away_action": self.request.place(self.context, "away"),
            "away_own": self._is_self(),
            "away_planned": is_planned(self.user),
            "takes_password": self.takes_password(self.user.role),
        }
        return self.answer(values, wrong=wrong)


def _moments(user: User) -> list[str]:
    """When somebody is out of office, for the audit log."""
    return [each.isoformat() for each in (user.away_from, user.away_until) if each is not None]


def _number(text: str | None) -> int | None:
    return int(text) if text and _NUMBER.fullmatch(text) else None
