"""Settings: sign-in. One place, one tab a concern; the tabs are in modules of their own."""

from collections.abc import Iterable
from functools import cached_property
from typing import Any

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from wtforms import Form

from portal.security.permissions import Permission
from portal.signin import trial
from portal.signin.drafts import Drafts, Proposal
from portal.signin.settings_banner import banner
from portal.signin.settings_service import SignInSettings
from portal.signin.settings_values import Values, fingerprint
from portal.signin.settings_words import AUDIT_ACTIONS, AUDIT_FIELDS, AUDIT_VALUES
from portal.tenants.settings_pages import COMPANY, SettingsPage, SettingsViews
from portal.web.i18n import N_, Message
from portal.web.page import Link, LinkGroup
from portal.web.tree import Resource

TABS: tuple[tuple[str, Message], ...] = (
    ("", N_("Your login")),
    ("keys", N_("Keys")),
    ("methods", N_("Methods and order")),
    ("accounts", N_("People and roles")),
    ("sessions", N_("Sessions")),
    ("second-factor", N_("Second factor")),
    ("history", N_("History")),
    ("test", N_("Test a token")),
    ("log", N_("Log")),
)
_MODULES = ("login", "methods", "accounts", "sessions", "keys", "draft", "history", "tester", "log")


class SignInSettingsResource(Resource):
    """`settings/sign-in`."""


class SignInViews(SettingsViews):
    """What the tabs share."""

    @cached_property
    def settings(self) -> SignInSettings:
        """The service behind the forms."""
        return SignInSettings(self.request.db, self.request.tenant, self.audit)

    @cached_property
    def drafts(self) -> Drafts:
        """The service of the draft."""
        return Drafts(self.settings)

    def tab(self, current: str, values: dict[str, Any], *, wrong: bool = False) -> dict[str, Any]:
        """A tab's page; who may see the log alone sees nothing of the settings around it."""
        if not self.request.has_permission(Permission.ADMINISTER, self.context):
            return self.answer({**values, "form": None}, wrong=wrong)
        links = [
            Link(
                label,
                self.request.place(self.context, *filter(None, [name])),
                current=name == current,
            )
            for name, label in TABS
        ]
        shared = {
            "tabs": links,
            "tabs_title": N_("Sign-in"),
            "above": "portal:templates/settings/_signin_banner.jinja2",
            "banner": banner(
                self.request, self.settings, self.drafts.find(), with_undo="seen" in values
            ),
            "tester_url": self.request.place(self.context, "test") if _has_tester() else None,
        }
        values = shared | values
        return self.answer(values, wrong=wrong)


class FormTab(SignInViews):
    """A tab with a form: it shows the draft where there is one, else what is in force."""

    #: The tab's name in the address, and the settings that it shows.
    name: str
    names: tuple[str, ...]

    @cached_property
    def proposal(self) -> Proposal | None:
        """The draft as the page was asked for with it; the page is then made as if it were in
        force."""
        found = self.drafts.find()
        if found is not None:
            trial.judge_by(self.request, found)
        return found

    @cached_property
    def values(self) -> Values:
        """What the form shows."""
        return self.proposal.values if self.proposal is not None else self.settings.values()

    def form_page(
        self, values: dict[str, Any], *, wrong: bool = False, stale: bool = False
    ) -> dict[str, Any]:
        """The tab's page. `wrong`: an answer cannot be taken; `stale`: see `is_stale`."""
        shown = {"seen": self._seen(), "stale": stale, **values}
        page = self.tab(self.name, shown, wrong=wrong)
        if stale:
            self.request.response.status_int = 409
        return page

    def is_stale(self) -> bool:
        """Whether the form that was sent shows what is no more: somebody changed these settings
        after its page was opened. Whoever changes them next waits until this request is done."""
        self.drafts.lock()
        return bool(self.request.POST.get("seen", self._seen()) != self._seen())

    def keep(self, values: dict[str, Any], said: Message) -> HTTPSeeOther:
        """Put these settings in force, or into the draft, as the button said. Raises
        LockedOutError."""
        elements = filter(None, [self.name])
        if self.request.POST.get("into") != "draft":
            self.settings.change(values)
            return self.back(said, None, *elements)
        if self.drafts.keep(values) is None:
            said = N_("Nothing differs from what is in force, so there is no draft.")
        else:
            said = N_("The draft is saved. It is not in force yet.")
        return self.back(said, None, *elements)

    def _seen(self) -> str:
        return fingerprint({name: self.values[name] for name in self.names})


def _has_tester() -> bool:
    return any(name == "test" for name, _ in TABS)


def blame(form: Form, names: Iterable[str], message: Message) -> None:
    """Say in the form why it cannot be taken: beside the first of these settings that has a field
    there, else at its top."""
    field = next((form[name] for name in names if name in form), None)
    if field is not None:
        field.errors = [message]
    else:
        form.form_errors.append(message)


def palette_places(request: Request) -> list[LinkGroup]:
    """The sign-in log, for those who may read it and administer nothing; admins have the tab."""
    tenant = request.context_tenant
    if not request.has_permission(Permission.VIEW_SIGN_IN_LOG, tenant):
        return []
    url = request.place(tenant, "settings", "sign-in", "log")
    return [LinkGroup((Link(N_("Sign-in log"), url, "log-in"),), N_("Places"))]


def local_sign_in(request: Request) -> str:
    """The address at which admins can always sign in, whatever the settings say."""
    url: str = request.absolute(request.context_tenant, "login", "local")
    return url


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
    config.add_palette_source(palette_places)
    config.add_audit_words(AUDIT_ACTIONS, AUDIT_FIELDS, AUDIT_VALUES)
    for module in _MODULES:
        config.scan(f"portal.signin.settings_{module}")
