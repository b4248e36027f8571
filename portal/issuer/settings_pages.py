"""Settings: the tenant's other sites, which sign their people in here, and the issuer's keys."""

from typing import Any

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPSeeOther
from pyramid.view import view_config, view_defaults

from portal.issuer.addresses import endpoint, issuer_url
from portal.issuer.clients import Clients
from portal.issuer.forms import KINDS, ClientForm, SecretForm
from portal.issuer.keys import IssuerKeys
from portal.issuer.logouts import recent
from portal.issuer.models import IssuerClient
from portal.security.permissions import Permission
from portal.security.secrets import secret_box
from portal.tenants.audit import assign
from portal.tenants.settings_pages import COMPANY, SettingsPage, SettingsViews
from portal.web.clock import now
from portal.web.i18n import N_
from portal.web.tree import Resource

_SITES = "portal:templates/settings/sites.jinja2"
_SITE = "portal:templates/settings/site.jinja2"
_SECRET = "portal:templates/settings/site_secret.jinja2"  # noqa: S105 - names a template

AUDIT_ACTIONS = {
    "issuer.client_added": N_("Site added"),
    "issuer.client_changed": N_("Site changed"),
    "issuer.client_disabled": N_("Site switched off"),
    "issuer.client_enabled": N_("Site switched on"),
    "issuer.secret_made": N_("Secret of a site made"),
    "issuer.logout_sent_again": N_("Site told again that somebody signed out"),
    "issuer.key_rotated": N_("Issuer’s key rotated"),
}
AUDIT_FIELDS = {
    "redirect_uris": N_("Redirect URLs"),
    "post_logout_redirect_uris": N_("Logout URLs"),
    "login_url": N_("Where its sign-in begins"),
    "backchannel_logout_uri": N_("Back-channel logout URL"),
    "backchannel_logout_session_required": N_("Its software asks for the session ID (sid)"),
    "third_party": N_("Belongs to somebody else"),
}


class SitesSettings(Resource):
    """`settings/sites`."""

    def __getitem__(self, name: str) -> "SiteSettings":
        row = self.request.db.get(IssuerClient, (self.request.tenant.id, name))
        if row is None:
            raise KeyError(name)
        return SiteSettings(self, row)


class SiteSettings(Resource):
    """`settings/sites/site_…`."""

    def __init__(self, parent: SitesSettings, row: IssuerClient) -> None:
        super().__init__(parent.request, parent, row.client_id)
        self.row = row


class SiteViews(SettingsViews):
    """What the pages share."""

    @property
    def clients(self) -> Clients:
        """The tenant's clients."""
        return Clients(self.request.db, self.request.tenant)

    @property
    def keys(self) -> IssuerKeys:
        """The tenant's signing keys."""
        box = secret_box(self.request.portal)
        return IssuerKeys(self.request.db, self.request.tenant, box)

    def secret_page(self, row: IssuerClient, secret: str | None) -> dict[str, Any]:
        """A client's values, with its secret this once."""
        self.request.override_renderer = _SECRET
        return {"row": row, "secret": secret, **self.addresses()}

    def addresses(self) -> dict[str, str]:
        """What a client is told of the issuer."""
        issuer = issuer_url(self.request)
        return {
            "issuer": issuer,
            "discovery": f"{issuer}/.well-known/openid-configuration",
            "authorize": endpoint(self.request, "authorize"),
        }


@view_defaults(context=SitesSettings, permission=Permission.ADMINISTER)
class SitesViews(SiteViews):
    """All sites, a new one, and the keys."""

    @view_config(request_method="GET", renderer=_SITES)
    def show(self) -> dict[str, Any]:
        """The list."""
        return {"sites": self.clients.all(), "keys": self.keys.live(), **self.addresses()}

    @view_config(name="new", request_method="GET", renderer=_SITE)
    def ask(self) -> dict[str, Any]:
        """The form for a new one."""
        return {"form": ClientForm(), "row": None}

    @view_config(name="new", request_method="POST", renderer=_SITE)
    def create(self) -> dict[str, Any]:
        """Make it; its secret is on the answer, and never shown again."""
        form = ClientForm(self.request.POST)
        if not form.validate():
            return self.answer({"form": form, "row": None}, wrong=True)
        values = {name: form[name].data for name in form.COLUMNS}
        row = self.clients.create(kind=form.kind.data, **values)
        secret = self.clients.make_secret(row) if row.kind == "confidential" else None
        self.audit.record("issuer.client_added", row.name)
        return self.secret_page(row, secret)

    @view_config(name="rotate-key", request_method="POST")
    def rotate(self) -> HTTPSeeOther:
        """The next key signs from now on."""
        row = self.keys.rotate()
        self.audit.record("issuer.key_rotated", row.kid)
        return self.back(N_("The key %(kid)s signs from now on.", kid=row.kid))


@view_defaults(context=SiteSettings, permission=Permission.ADMINISTER)
class OneSiteViews(SiteViews):
    """One site."""

    context: SiteSettings

    @view_config(request_method="GET", renderer=_SITE)
    def show(self) -> dict[str, Any]:
        """The form, filled in."""
        return self._page(ClientForm(obj=self.context.row))

    @view_config(request_method="POST", renderer=_SITE)
    def save(self) -> dict[str, Any] | HTTPSeeOther:
        """Change it. What it is stays: a secret cannot be given to what has none."""
        form = ClientForm(self.request.POST, obj=self.context.row)
        del form.kind
        if not form.validate():
            return self._page(form, wrong=True)
        values = {name: form[name].data for name in form.COLUMNS}
        if changes := assign(self.context.row, values):
            self.audit.record("issuer.client_changed", self.context.row.name, changes)
        return self.back(
            N_("%(name)s is saved.", name=self.context.row.name), self.context.__parent__
        )

    @view_config(name="new-secret", request_method="POST", renderer=_SECRET)
    def renew(self) -> dict[str, Any] | HTTPSeeOther:
        """A new secret, on this one page; the one so far may go on for a while."""
        form = SecretForm(self.request.POST, locale=self.request.locale)
        row = self.context.row
        if row.kind != "confidential" or not form.validate():
            return self.back(N_("Nothing was changed."), self.context)
        secret = self.clients.make_secret(row, grace=form.grace.data)
        self.audit.record("issuer.secret_made", row.name)
        return self.secret_page(row, secret)

    @view_config(name="new-secret", request_method="GET")
    def to_site(self) -> HTTPSeeOther:
        """The address of an answer, opened again: a secret is not shown twice."""
        return self.back(N_("A secret is shown once. Make a new one if it is lost."), self.context)

    @view_config(name="disable", request_method="POST")
    def disable(self) -> HTTPSeeOther:
        """Nobody signs in there any more."""
        self.context.row.disabled_at = now()
        self.audit.record("issuer.client_disabled", self.context.row.name)
        return self.back(
            N_("%(name)s is switched off.", name=self.context.row.name), self.context.__parent__
        )

    @view_config(name="enable", request_method="POST")
    def enable(self) -> HTTPSeeOther:
        """It goes on."""
        self.context.row.disabled_at = None
        self.audit.record("issuer.client_enabled", self.context.row.name)
        return self.back(
            N_("%(name)s is switched on.", name=self.context.row.name), self.context.__parent__
        )

    def _page(self, form: ClientForm, *, wrong: bool = False) -> dict[str, Any]:
        values = {
            "form": form,
            "row": self.context.row,
            "kind": KINDS[self.context.row.kind],
            "secret_form": SecretForm(locale=self.request.locale),
            "logouts": recent(self.request.db, self.request.tenant.id, self.context.row.client_id),
            **self.addresses(),
        }
        return self.answer(values, wrong=wrong)


def includeme(config: Configurator) -> None:
    """Register the page, and the words of the audit log."""
    config.add_settings_page(
        SettingsPage(
            "sites",
            N_("Your other sites"),
            "globe",
            COMPANY,
            30,
            lambda parent, name: SitesSettings(parent.request, parent, name),
        )
    )
    config.add_audit_words(AUDIT_ACTIONS, AUDIT_FIELDS, {})
    config.scan("portal.issuer.settings_pages")
