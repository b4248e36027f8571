"""A person's own page: name, language, time zone, the browsers they are signed in with."""

import re
from collections.abc import Sequence
from typing import Any

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPForbidden, HTTPSeeOther
from pyramid.request import Request
from pyramid.security import NO_PERMISSION_REQUIRED
from pyramid.view import view_config, view_defaults
from sqlalchemy import select
from sqlalchemy.orm import Session as DbSession

from portal.people.away import AwayForm, come_back, is_planned
from portal.people.models import Identity, User
from portal.people.profile_form import ProfileForm
from portal.people.user_agents import browser_of, is_handheld, system_of
from portal.security.authenticators import LOCAL_WAYS
from portal.security.models import Session
from portal.security.permissions import Permission
from portal.security.sessions import SessionService, flash
from portal.tenants.models import Tenant
from portal.web.i18n import N_, Message, negotiate, translate
from portal.web.redirects import Blocked, page, safe_redirect, see_other
from portal.web.tree import ChildFactory, Mount

_PROFILE = "portal:templates/people/profile.jinja2"
THEME_COOKIE = "portal_theme"
THEMES = ("light", "dark")
_A_YEAR = 365 * 24 * 3600
_NUMBER = re.compile(r"[1-9][0-9]{0,17}", re.ASCII)


class ProfileResource(Mount):
    """`profile`: everybody's own."""

    children_key = "resources.profile"


@view_defaults(context=ProfileResource, permission=Permission.USE_PORTAL)
class ProfileViews:
    """Name, language and time zone; own sessions."""

    def __init__(self, context: ProfileResource, request: Request) -> None:
        self.context = context
        self.request = request
        self.sessions = SessionService(request.db, request.tenant)
        self.user: User = request.db.get(User, (request.tenant.id, request.identity.user_id))

    @property
    def may_rename(self) -> bool:
        """Whether the name is kept here. A company's site sends it with every sign-in."""
        kept_here: bool = self.request.identity.authenticator in LOCAL_WAYS
        return kept_here

    @view_config(request_method="GET", renderer=_PROFILE)
    def show(self) -> dict[str, Any]:
        """The form, and the browsers that are signed in."""
        return self._page(self._form())

    @view_config(request_method="POST", renderer=_PROFILE)
    def save(self) -> dict[str, Any] | HTTPSeeOther:
        """Keep what was entered. What comes from the company's site is not ours to change."""
        form = self._form(self.request.POST)
        if not form.validate():
            return self._page(form, status=422)
        if self.may_rename:
            self.user.name = form.name.data or self.user.name
        self.user.locale = form.locale.data or None
        self.user.timezone = form.timezone.data or None
        # Said in the language that was just chosen.
        language = negotiate(
            self.request.headers.get("Accept-Language"),
            self.user.locale,
            self.request.tenant.locale,
        )
        return self._back(translate(language, N_("Your profile is saved.")))

    @view_config(name="end-session", request_method="POST")
    def end_session(self) -> HTTPSeeOther:
        """Sign one other browser out."""
        number = str(self.request.POST.get("number"))
        # This browser signs out with the menu: a session that is ended here could not go on.
        if _NUMBER.fullmatch(number) and int(number) != self.request.session_record.number:
            self.sessions.end_numbered(self.user.id, int(number))
        return self._back(self.request.gettext("That browser is signed out."))

    @view_config(name="end-other-sessions", request_method="POST")
    def end_other_sessions(self) -> HTTPSeeOther:
        """Sign out everywhere but here."""
        self.sessions.end_all(self.user.id, keep=self.request.session_record)
        return self._back(self.request.gettext("You are signed out everywhere else."))

    @view_config(name="away", request_method="POST", renderer=_PROFILE)
    def away(self) -> dict[str, Any] | HTTPSeeOther:
        """Plan when one is out of office, or come back. Only the team's days count."""
        if not self.request.identity.is_staff:
            raise HTTPForbidden
        form = AwayForm(self.request.POST)
        if "back" in self.request.POST:
            come_back(self.user)
            return self._back(self.request.gettext("Welcome back."))
        if not form.validate():
            return self._page(self._form(), status=422, away=form)
        form.populate(self.user, self.request.zone)
        return self._back(self.request.gettext("Your days out of office are saved."))

    def _form(self, formdata: Any = None) -> ProfileForm:
        form = ProfileForm(
            formdata,
            obj=self.user,
            tenant=self.request.tenant,
            current_zone=self.user.timezone,
            reader_locale=self.request.locale,
        )
        if not self.may_rename:
            del form.name
        return form

    def _page(
        self, form: ProfileForm, status: int = 200, *, away: AwayForm | None = None
    ) -> dict[str, Any]:
        self.request.response.status_int = status
        rows = [
            SessionRow(session, self.request.session_record)
            for session in self.sessions.of_user(self.user.id)
        ]
        return {
            "form": form,
            "may_rename": self.may_rename,
            "user": self.user,
            "away": away or AwayForm.of(self.user, self.request.zone),
            "away_action": self.request.place(self.context, "away"),
            "away_own": True,
            "away_planned": is_planned(self.user),
            "sessions": sorted(rows, key=lambda row: not row.is_this),
            "linked": linked_sign_ins(self.request.db, self.request.tenant, self.user),
        }

    def _back(self, text: str) -> HTTPSeeOther:
        flash(self.request, text)
        return see_other(self.request, page(self.request, self.context))


def linked_sign_ins(db: DbSession, tenant: Tenant, user: User) -> Sequence[Identity]:
    """The names under which other systems know the person, the oldest first."""
    return db.scalars(
        select(Identity)
        .where(Identity.tenant_id == tenant.id, Identity.user_id == user.id)
        .order_by(Identity.created_at, Identity.namespace)
    ).all()


class SessionRow:
    """A signed-in browser, as its owner recognises it."""

    def __init__(self, session: Session, current: Session) -> None:
        self.number = session.number
        self.ip = session.ip
        self.created_at = session.created_at
        self.seen_at = session.seen_at
        self.is_this = session.number == current.number
        self.icon = "smartphone" if is_handheld(session.user_agent) else "laptop"
        browser, system = browser_of(session.user_agent), system_of(session.user_agent)
        self.name: Message = (
            N_("%(browser)s on %(system)s", browser=browser, system=system)
            if browser and system
            else Message(browser or system or N_("Unknown browser"))
        )


@view_config(
    context=ProfileResource,
    name="theme",
    request_method="POST",
    permission=NO_PERMISSION_REQUIRED,
)
def choose_theme(context: ProfileResource, request: Request) -> HTTPSeeOther:
    """Light, dark, or as the system: the browser's own choice, signed in or not."""
    chosen = request.POST.get("theme")
    if chosen in THEMES:
        request.response.set_cookie(
            THEME_COOKIE,
            chosen,
            max_age=_A_YEAR,
            path="/",
            secure=request.scheme == "https",
            httponly=True,
            samesite="Lax",
        )
    else:
        request.response.delete_cookie(THEME_COOKIE, path="/")
    home = page(request, request.context_tenant)
    back = safe_redirect(
        str(request.POST.get("return_to", "")), home=home, slug=request.tenant.slug
    )
    return see_other(request, home if isinstance(back, Blocked) else back)


def add_theme_url(event: Any) -> None:
    """Tell every page of a tenant where its appearance menu posts to."""
    request: Request | None = event.get("request")
    if request is not None and request.context_tenant is not None:
        event.setdefault("theme_url", request.place(request.context_tenant, "profile", "theme"))


def add_profile_child(config: Configurator, name: str, factory: ChildFactory) -> None:
    """Pyramid directive: mount a place at `profile/{name}`."""
    children: dict[str, ChildFactory] = config.registry[ProfileResource.children_key]
    config.action(("portal profile place", name), lambda: children.setdefault(name, factory))


def includeme(config: Configurator) -> None:
    """The place, its views, and the address of the appearance menu."""
    config.registry[ProfileResource.children_key] = {}
    config.add_directive("add_profile_child", add_profile_child)
    config.add_tenant_child(
        "profile", lambda parent, name: ProfileResource(parent.request, parent, name)
    )
    config.add_subscriber(add_theme_url, "pyramid.events.BeforeRender")
    config.scan("portal.people.profile")
