"""Settings: the providers that people sign in with."""

from functools import cached_property
from typing import Any

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPSeeOther
from pyramid.view import view_config, view_defaults

from portal.openid.authenticator import callback_url, start_url
from portal.openid.directory import REGISTRY_KEY, Directory
from portal.openid.forms import ProviderForm, as_lines
from portal.openid.logout import landing_url
from portal.openid.models import OpenidProvider
from portal.openid.person import NAME
from portal.openid.provider import Kind
from portal.openid.providers import Providers
from portal.openid.words import AUDIT_ACTIONS, AUDIT_FIELDS, AUDIT_VALUES
from portal.security.permissions import Permission
from portal.security.secrets import secret_box
from portal.signin.refusals import Refusal
from portal.signin.settings_service import SignInSettings
from portal.tenants.audit import assign
from portal.tenants.settings_pages import COMPANY, SettingsPage, SettingsViews
from portal.web.clock import now
from portal.web.i18n import N_, Message
from portal.web.tree import Resource

_LIST = "portal:templates/settings/providers.jinja2"
_ONE = "portal:templates/settings/provider.jinja2"


class ProvidersSettings(Resource):
    """`settings/providers`."""

    def __getitem__(self, name: str) -> "ProviderSettings":
        box = secret_box(self.request.portal)
        row = Providers(self.request.db, self.request.tenant, box).row(name)
        if row is None:
            raise KeyError(name)
        return ProviderSettings(self, row)


class ProviderSettings(Resource):
    """`settings/providers/google-1a2b3c4d`."""

    def __init__(self, parent: ProvidersSettings, row: OpenidProvider) -> None:
        super().__init__(parent.request, parent, row.key)
        self.row = row


class ProviderViews(SettingsViews):
    """What the pages share."""

    @cached_property
    def providers(self) -> Providers:
        """The tenant's providers."""
        box = secret_box(self.request.portal)
        return Providers(self.request.db, self.request.tenant, box)

    def form_page(
        self, form: ProviderForm, values: dict[str, Any], *, wrong: bool = False
    ) -> dict[str, Any]:
        """The page of a form; `wrong`: as the answer to one that cannot be taken."""
        if wrong and form.secret.data:
            # No page holds it, and an empty one would be taken for none.
            form.secret.errors = [N_("Enter the secret again: it is not sent back.")]
        return self.answer({"form": form, "kind": form.kind} | values, wrong=wrong)

    def complaint(self, issuer: str) -> Message | None:
        """Why the provider cannot be used, found out by asking it; None: it can."""
        directory: Directory = self.request.registry[REGISTRY_KEY]
        try:
            directory.keys(directory.metadata(issuer, fresh=True), None, fresh=True)
        except Refusal as refusal:
            return refusal.hint or refusal.code.headline
        return None

    def switch_on(self) -> None:
        """With the first provider, providers are a way in."""
        names: list[str] = list(self.request.tenant.authenticators)
        if NAME not in names:
            settings = SignInSettings(self.request.db, self.request.tenant, self.audit)
            settings.change({"authenticators": [*names, NAME]})


@view_defaults(context=ProvidersSettings, permission=Permission.ADMINISTER)
class ProvidersViews(ProviderViews):
    """All providers, and a new one."""

    @view_config(request_method="GET", renderer=_LIST)
    def show(self) -> dict[str, Any]:
        """The list, in the order of the sign-in page."""
        return {
            "providers": self.providers.all(),
            "kinds": list(Kind),
            "labels": {kind.value: kind.label for kind in Kind},
            "is_off": NAME not in self.request.tenant.authenticators,
            "try_url": lambda key: start_url(self.request, key, tries=True),
        }

    @view_config(request_method="POST")
    def move(self) -> HTTPSeeOther:
        """One provider a place up or down."""
        key, _, way = str(self.request.POST.get("move", "")).partition(":")
        row = self.providers.row(key)
        if row is not None:
            before, after = self.providers.move(row, -1 if way == "up" else 1)
            if before != after:
                self.audit.record(
                    "openid.provider_changed", row.name, {"position": [before, after]}
                )
        return self.back(N_("The order of the sign-in page is saved."))

    @view_config(name="new", request_method="GET", renderer=_ONE)
    def ask(self) -> dict[str, Any]:
        """The form for a new one."""
        kind = self._kind(self.request.GET.get("kind"))
        name = "" if kind in (Kind.PORTAL, Kind.OTHER) else str(kind.label)
        return self._page(ProviderForm(kind=kind, name=name, **_PRESETS.get(kind, {})))

    @view_config(name="new", request_method="POST", renderer=_ONE)
    def create(self) -> dict[str, Any] | HTTPSeeOther:
        """Ask the provider, and keep it."""
        kind = self._kind(self.request.POST.get("kind"))
        form = ProviderForm(self.request.POST, kind=kind)
        if not form.validate():
            return self._page(form, wrong=True)
        if (complaint := self.complaint(form.issuer.data or "")) is not None:
            form.issuer.errors = [complaint]
            return self._page(form, wrong=True)
        row = self.providers.create(
            form.secret.data or None, kind=kind.value, issuer=form.issuer.data, **form.values()
        )
        self.switch_on()
        self.audit.record("openid.provider_added", row.name, {"issuer": [None, row.issuer]})
        return self.back(
            N_("%(name)s is added. Give it the redirect URI below, and try it.", name=row.name),
            None,
            row.key,
        )

    def _kind(self, word: Any) -> Kind:
        return Kind(word) if word in list(Kind) else Kind.OTHER

    def _page(self, form: ProviderForm, *, wrong: bool = False) -> dict[str, Any]:
        return self.form_page(form, {"row": None}, wrong=wrong)


@view_defaults(context=ProviderSettings, permission=Permission.ADMINISTER)
class OneProviderViews(ProviderViews):
    """One provider."""

    context: ProviderSettings

    @property
    def row(self) -> OpenidProvider:
        """The provider."""
        return self.context.row

    @view_config(request_method="GET", renderer=_ONE)
    def show(self) -> dict[str, Any]:
        """The form, filled in."""
        values = {name: getattr(self.row, name) for name in ProviderForm.COLUMNS}
        values |= {
            "scopes": " ".join(self.row.scopes),
            "group_roles": as_lines(self.row.group_roles),
        }
        return self._page(self._form(None, **values))

    @view_config(request_method="POST", renderer=_ONE)
    def save(self) -> dict[str, Any] | HTTPSeeOther:
        """Change it. Its issuer stays: people are known by what that one calls them."""
        form = self._form(self.request.POST)
        if not form.validate():
            return self._page(form, wrong=True)
        if changes := assign(self.row, form.values()):
            self.audit.record("openid.provider_changed", self.row.name, _in_words(changes))
        secret = form.secret.data or ""
        if secret and not self.providers.has_secret(self.row, secret):
            self.providers.set_secret(self.row, secret)
            self.audit.record("openid.secret_changed", self.row.name)
        return self.back(N_("%(name)s is saved.", name=self.row.name), self.context.__parent__)

    @view_config(name="test", request_method="POST")
    def test(self) -> HTTPSeeOther:
        """Ask the provider what it publishes, now."""
        why = self.complaint(self.row.issuer)
        if why is not None:
            return self.back(why)
        return self.back(N_("%(name)s answers, and publishes what is needed.", name=self.row.name))

    @view_config(name="disable", request_method="POST")
    def disable(self) -> HTTPSeeOther:
        """Nobody signs in with it any more."""
        self.row.disabled_at = now()
        self.audit.record("openid.provider_disabled", self.row.name)
        return self.back(
            N_("%(name)s is switched off.", name=self.row.name), self.context.__parent__
        )

    @view_config(name="enable", request_method="POST")
    def enable(self) -> HTTPSeeOther:
        """It goes on."""
        self.row.disabled_at = None
        self.switch_on()
        self.audit.record("openid.provider_enabled", self.row.name)
        return self.back(
            N_("%(name)s is switched on.", name=self.row.name), self.context.__parent__
        )

    @view_config(name="remove", request_method="POST")
    def remove(self) -> HTTPSeeOther:
        """Forget it. Accounts stay; what it called them is of no use any more."""
        name = self.row.name
        self.request.db.delete(self.row)
        self.audit.record("openid.provider_removed", name)
        return self.back(N_("%(name)s is removed.", name=name), self.context.__parent__)

    def _form(self, formdata: Any, **values: Any) -> ProviderForm:
        form = ProviderForm(formdata, kind=Kind(self.row.kind), **values)
        del form.issuer
        return form

    def _page(self, form: ProviderForm, *, wrong: bool = False) -> dict[str, Any]:
        values = {
            "row": self.row,
            "redirect_uri": callback_url(self.request, self.row.key),
            "logout_uri": landing_url(self.request),
            "try_url": start_url(self.request, self.row.key, tries=True),
        }
        return self.form_page(form, values, wrong=wrong)


_PRESETS: dict[Kind, dict[str, Any]] = {
    Kind.MICROSOFT: {"group_claim": "groups"},
    Kind.KEYCLOAK: {"group_claim": "groups"},
}


def _in_words(changes: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """The changes as the audit log shows them: groups as the form writes them."""
    if pair := changes.get("group_roles"):
        changes = changes | {"group_roles": [as_lines(each or {}) for each in pair]}
    return changes


def includeme(config: Configurator) -> None:
    """Register the page, and the words of the audit log."""
    config.add_settings_page(
        SettingsPage(
            "providers",
            N_("Sign-in providers"),
            "log-in",
            COMPANY,
            25,
            lambda parent, name: ProvidersSettings(parent.request, parent, name),
        )
    )
    config.add_audit_words(AUDIT_ACTIONS, AUDIT_FIELDS, AUDIT_VALUES)
    config.scan("portal.openid.settings_pages")
