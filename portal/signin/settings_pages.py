"""Settings: sign-in. One place, one tab a concern, each with its own form."""

from collections.abc import Sequence
from typing import Any

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.view import view_config, view_defaults

from portal.security.authenticators import Authenticator, installed
from portal.security.permissions import Permission
from portal.signin.dialects import dialects
from portal.signin.models import SsoConfig
from portal.signin.settings_dialects import dialect_rows, label, saved_link
from portal.signin.settings_forms import AccountsForm, LoginForm, SessionsForm
from portal.signin.settings_service import LOCAL_PASSWORD, SignInSettings
from portal.signin.settings_words import AUDIT_ACTIONS, AUDIT_FIELDS, AUDIT_VALUES
from portal.tenants.settings_pages import COMPANY, SettingsPage, SettingsViews
from portal.web.i18n import N_, Message
from portal.web.page import Link
from portal.web.tree import Resource

_LOGIN = "portal:templates/settings/signin_login.jinja2"
_METHODS = "portal:templates/settings/signin_methods.jinja2"
_ACCOUNTS = "portal:templates/settings/signin_accounts.jinja2"
_SESSIONS = "portal:templates/settings/signin_sessions.jinja2"

TABS: tuple[tuple[str, Message], ...] = (
    ("", N_("Your login")),
    ("keys", N_("Keys")),
    ("methods", N_("Methods and order")),
    ("accounts", N_("People and roles")),
    ("sessions", N_("Sessions")),
    ("test", N_("Test a token")),
    ("log", N_("Log")),
)

_METHOD_HINTS = {
    "jwt_sso": N_("Your site signs a token for people who are logged in there."),
    "remote_login": N_("“Sign In with %(company)s” leads to your own login page."),
    LOCAL_PASSWORD: N_("Customers and agents may have a password here."),
    "api_key": N_("Your servers may call with an API key."),
}


class SignInSettingsResource(Resource):
    """`settings/sign-in`."""


class SignInViews(SettingsViews):
    """What the tabs share."""

    @property
    def settings(self) -> SignInSettings:
        """The service behind the forms."""
        return SignInSettings(self.request.db, self.request.tenant, self.audit)

    def tab(self, current: str, values: dict[str, Any], *, wrong: bool = False) -> dict[str, Any]:
        """A tab's page."""
        links = [
            Link(
                label,
                self.request.place(self.context, *filter(None, [name])),
                current=name == current,
            )
            for name, label in TABS
        ]
        return self.answer({"tabs": links, "tabs_title": N_("Sign-in"), **values}, wrong=wrong)


@view_defaults(context=SignInSettingsResource, permission=Permission.ADMINISTER)
class LoginTab(SignInViews):
    """The company's own login page, the dialects, and what its engineers copy."""

    @view_config(request_method="GET", renderer=_LOGIN)
    def show(self) -> dict[str, Any]:
        """The settings as they are."""
        config = self.settings.config()
        return self._page(self._form(config), config.dialects)

    @view_config(request_method="POST", renderer=_LOGIN)
    def save(self) -> dict[str, Any] | HTTPSeeOther:
        """Keep what was entered."""
        config = self.settings.config()
        form = self._form(config, self.request.POST)
        known = {*dialects(self.request.registry), *config.dialects}
        wanted = set(self.request.POST.getall("dialect")) & known
        # In the order in which they were, then in that of the page.
        switched_on = [name for name in config.dialects if name in wanted]
        switched_on += [
            row.name
            for row in dialect_rows(self.request, config, ())
            if row.name in wanted - set(switched_on)
        ]
        valid = form.validate()
        ids = {name: form[name].data or None for name in form.TENANT_COLUMNS}
        unique = form.check_ids(self.settings.taken_ids(ids) if valid else ())
        if not form.check_dialects(switched_on) or not valid or not unique:
            return self._page(form, switched_on, wrong=True)
        values = {name: form[name].data for name in form.COLUMNS}
        self.settings.update({"dialects": switched_on, **values})
        self.settings.set_ids(ids)
        return self.back(N_("The sign-in settings are saved."))

    def _form(self, config: SsoConfig, formdata: Any = None) -> LoginForm:
        spoken, kept = dialects(self.request.registry), dict.fromkeys(config.dialects)
        return LoginForm(
            formdata,
            obj=config,
            tenant=self.request.tenant,
            development=self.request.portal.development,
            names=[(name, label(self.request, name)) for name in {**spoken, **kept}],
            locale=self.request.locale,
        )

    def _page(
        self, form: LoginForm, switched_on: Sequence[str], *, wrong: bool = False
    ) -> dict[str, Any]:
        values = {
            "form": form,
            "dialects": dialect_rows(self.request, self.settings.config(), switched_on),
            "local_url": local_sign_in(self.request),
            "example": saved_link(self.request),
            "tenant": self.request.tenant,
        }
        return self.tab("", values, wrong=wrong)


@view_defaults(context=SignInSettingsResource, permission=Permission.ADMINISTER)
class MethodsTab(SignInViews):
    """Which ways to sign in are on, and in which order they are asked."""

    @view_config(name="methods", request_method="GET", renderer=_METHODS)
    def show(self) -> dict[str, Any]:
        """The list."""
        on = list(self.request.tenant.authenticators)
        return self._page([*on, *(each.name for each in self._all() if each.name not in on)], on)

    @view_config(name="methods", request_method="POST", renderer=_METHODS)
    def save(self) -> HTTPSeeOther:
        """Keep the switches, and the order, in which one may have been moved up or down."""
        known = {each.name for each in self._all()}
        order = [name for name in self.request.POST.getall("order") if name in known]
        order = list(dict.fromkeys([*order, *(each.name for each in self._all())]))
        switched_on = set(self.request.POST.getall("on"))
        moved, _, way = str(self.request.POST.get("move", "")).partition(":")
        if moved in order:
            _move(order, moved, -1 if way == "up" else 1)
        # What is always in the chain keeps its place in the record.
        fixed = [name for name in self.request.tenant.authenticators if name not in known]
        self.settings.set_authenticators([*fixed, *(n for n in order if n in switched_on)])
        return self.back(N_("The ways to sign in are saved."), None, "methods")

    def _all(self) -> list[Authenticator]:
        registry = installed(self.request)
        found = (registry.get(name) for name in registry.names())
        return [each for each in found if each is not None and not each.required]

    def _page(self, order: Sequence[str], on: Sequence[str]) -> dict[str, Any]:
        by_name = {each.name: each for each in self._all()}
        return self.tab(
            "methods",
            {
                "methods": [by_name[name] for name in order if name in by_name],
                "on": on,
                "hints": _METHOD_HINTS,
                "local_url": local_sign_in(self.request),
            },
        )


@view_defaults(context=SignInSettingsResource, permission=Permission.ADMINISTER)
class AccountsTab(SignInViews):
    """Whom a token lets in, and what it changes about them."""

    @view_config(name="accounts", request_method="GET", renderer=_ACCOUNTS)
    def show(self) -> dict[str, Any]:
        """The settings as they are."""
        config = self.settings.config()
        form = AccountsForm(obj=config)
        # As forms have it: no cap of the tenant's own is an empty word.
        form.role_cap.data = config.role_cap or ""
        return self.tab("accounts", {"form": form})

    @view_config(name="accounts", request_method="POST", renderer=_ACCOUNTS)
    def save(self) -> dict[str, Any] | HTTPSeeOther:
        """Keep what was entered."""
        form = AccountsForm(self.request.POST)
        if not form.validate():
            return self.tab("accounts", {"form": form}, wrong=True)
        values = {name: form[name].data for name in form.COLUMNS}
        values["role_cap"] = values["role_cap"] or None
        self.settings.update(values)
        return self.back(N_("The sign-in settings are saved."), None, "accounts")


@view_defaults(context=SignInSettingsResource, permission=Permission.ADMINISTER)
class SessionsTab(SignInViews):
    """How long people stay signed in."""

    @view_config(name="sessions", request_method="GET", renderer=_SESSIONS)
    def show(self) -> dict[str, Any]:
        """The settings as they are."""
        form = SessionsForm(obj=self.settings.config(), locale=self.request.locale)
        return self.tab("sessions", {"form": form})

    @view_config(name="sessions", request_method="POST", renderer=_SESSIONS)
    def save(self) -> dict[str, Any] | HTTPSeeOther:
        """Keep what was chosen; sessions that are open keep the limits they began with."""
        config = self.settings.config()
        form = SessionsForm(self.request.POST, obj=config, locale=self.request.locale)
        if not form.validate():
            return self.tab("sessions", {"form": form}, wrong=True)
        self.settings.update({name: form[name].data for name in form.COLUMNS})
        return self.back(N_("The sign-in settings are saved."), None, "sessions")


def local_sign_in(request: Request) -> str:
    """The address at which admins can always sign in, whatever the settings say."""
    url: str = request.absolute(request.context_tenant, "login", "local")
    return url


def _move(order: list[str], name: str, by: int) -> None:
    place = order.index(name)
    order.remove(name)
    order.insert(max(0, min(len(order), place + by)), name)


def includeme(config: Configurator) -> None:
    """Register the page, and the words of the audit log."""
    config.add_settings_page(
        SettingsPage(
            "sign-in",
            N_("Sign-in"),
            "shield-check",
            COMPANY,
            20,
            lambda parent, name: SignInSettingsResource(parent.request, parent, name),
        )
    )
    config.add_audit_words(AUDIT_ACTIONS, AUDIT_FIELDS, AUDIT_VALUES)
    for module in ("settings_pages", "settings_keys", "settings_tester", "settings_log"):
        config.scan(f"portal.signin.{module}")
