"""Settings: API keys. A secret is shown by the answer to its making, and never again."""

import hashlib
from datetime import UTC, datetime
from typing import Any

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPSeeOther
from pyramid.view import view_config, view_defaults

from portal.security.api_key_forms import SCOPE_WORDS, ApiKeyForm, NewSecretForm, RevokeForm
from portal.security.api_key_state import state_of
from portal.security.api_keys import ApiKeyService
from portal.security.models import ApiKey
from portal.security.permissions import Permission
from portal.security.sessions import SessionService, flash
from portal.tenants.audit import assign
from portal.tenants.settings_pages import COMPANY, SettingsPage, SettingsViews
from portal.web.i18n import N_, Message
from portal.web.redirects import page, see_other
from portal.web.tree import Resource

_LIST = "portal:templates/settings/api_keys.jinja2"
_NEW = "portal:templates/settings/api_key_new.jinja2"
_KEY = "portal:templates/settings/api_key.jinja2"
_SECRET = "portal:templates/settings/api_key_secret.jinja2"  # noqa: S105 - names a template
_REVOKE = "portal:templates/settings/api_key_revoke.jinja2"

AUDIT_ACTIONS = {
    "api_key.created": N_("API key added"),
    "api_key.changed": N_("API key changed"),
    "api_key.secret_changed": N_("Secret of an API key changed"),
    "api_key.revoked": N_("API key revoked"),
}
AUDIT_FIELDS = {
    "scopes": N_("Scopes"),
    "expires_at": N_("Expires"),
    "former_not_after": N_("The secret before goes on until"),
    "sessions_ended": N_("Sessions that ended with it"),
}

_CHANGED = N_(
    "This key was changed since you opened this page, so nothing was done. This is how it is now."
)


class ApiKeysSettings(Resource):
    """`settings/api-keys`."""

    def __getitem__(self, name: str) -> "ApiKeySettings":
        row = self.request.db.get(ApiKey, (self.request.tenant.id, name))
        if row is None:
            raise KeyError(name)
        return ApiKeySettings(self, row)


class ApiKeySettings(Resource):
    """`settings/api-keys/tk_0123456789abcdef`."""

    def __init__(self, parent: ApiKeysSettings, row: ApiKey) -> None:
        super().__init__(parent.request, parent, row.public_id)
        self.row = row


class ApiKeyViews(SettingsViews):
    """What the pages share."""

    @property
    def keys(self) -> ApiKeyService:
        """The tenant's keys."""
        return ApiKeyService(self.request.db, self.request.tenant)

    def secret(self, row: ApiKey, secret: str) -> dict[str, Any]:
        """The page that shows a secret, this once."""
        values = {"row": row, "secret": secret, "list_url": self.request.place(self.list_place)}
        return self.answer(values)

    @property
    def list_place(self) -> Resource:
        """The place of all keys."""
        place = self.context.__parent__ if isinstance(self.context, ApiKeySettings) else None
        return place or self.context


@view_defaults(context=ApiKeysSettings, permission=Permission.ADMINISTER)
class AllApiKeys(ApiKeyViews):
    """All keys, and a new one."""

    @view_config(request_method="GET", renderer=_LIST)
    def show(self) -> dict[str, Any]:
        """The list."""
        now = datetime.now(UTC)
        return self.answer(
            {
                "keys": [(row, state_of(row, now)) for row in self.keys.all()],
                "now": now,
                "scope_words": SCOPE_WORDS,
                "switched_on": "api_key" in self.request.tenant.authenticators,
            }
        )

    @view_config(name="new", request_method="GET", renderer=_NEW)
    def ask(self) -> dict[str, Any]:
        """The form for a new one."""
        return self.answer({"form": ApiKeyForm(locale=self.request.locale)})

    @view_config(name="new", request_method="POST", renderer=_SECRET)
    def create(self) -> dict[str, Any]:
        """Make it, and show its secret on this one page."""
        form = ApiKeyForm(self.request.POST, locale=self.request.locale)
        if not form.validate():
            self.request.override_renderer = _NEW
            return self.answer({"form": form}, wrong=True)
        row, secret = self.keys.create(
            form.name.data or "", form.scopes.data or [], expires_at=form.expires_at()
        )
        self.audit.record(
            "api_key.created",
            row.public_id,
            {
                "name": [None, row.name],
                "scopes": [None, row.scopes],
                "expires_at": [None, row.expires_at],
            },
        )
        return self.secret(row, secret)


@view_defaults(context=ApiKeySettings, permission=Permission.ADMINISTER)
class OneApiKey(ApiKeyViews):
    """One key."""

    context: ApiKeySettings

    @view_config(request_method="GET", renderer=_KEY)
    def show(self) -> dict[str, Any]:
        """What it is, and the forms that change it."""
        return self._page()

    @view_config(request_method="POST", renderer=_KEY)
    def save(self) -> dict[str, Any] | HTTPSeeOther:
        """Change its name, what it may do, and when it expires."""
        row = self.keys.locked(self.context.row.public_id)
        form = ApiKeyForm(self.request.POST, locale=self.request.locale, key=row)
        if row.revoked_at is not None:
            return self._page(notice=_CHANGED, status=409)
        if not form.validate():
            return self._page(form=form, status=422)
        values = {
            "name": form.name.data,
            "scopes": form.scopes.data,
            "expires_at": form.expires_at(),
        }
        if sorted(row.scopes) == sorted(form.scopes.data or []):
            del values["scopes"]
        if changes := assign(row, values):
            self.audit.record("api_key.changed", row.public_id, changes)
        return self.back(N_("%(name)s is saved.", name=row.name), self.list_place)

    @view_config(name="new-secret", request_method="GET")
    def to_key(self) -> HTTPSeeOther:
        """The address of an answer, opened again: a secret is not shown twice."""
        return see_other(self.request, page(self.request, self.context))

    @view_config(name="new-secret", request_method="POST", renderer=_SECRET)
    def renew(self) -> dict[str, Any]:
        """Another secret; the present one is taken for a while more."""
        row = self.keys.locked(self.context.row.public_id)
        form = NewSecretForm(self.request.POST, locale=self.request.locale)
        if not form.validate():
            return self._page(renewal=form, status=422)
        if row.revoked_at is not None or form.seen.data != _mark_of(row):
            return self._page(notice=_CHANGED, status=409)
        secret = self.keys.renew_secret(row, grace=form.grace.data)
        self.audit.record(
            "api_key.secret_changed",
            row.public_id,
            {"former_not_after": [None, row.former_not_after]},
        )
        return self.secret(row, secret)

    @view_config(name="revoke", request_method="GET", renderer=_REVOKE)
    def ask(self) -> dict[str, Any] | HTTPSeeOther:
        """What revoking means. Changes nothing."""
        row = self.context.row
        if row.revoked_at is not None:
            return see_other(self.request, page(self.request, self.context))
        sessions = SessionService(self.request.db, self.request.tenant).made_with(row.public_id)
        return self.answer({"row": row, "form": RevokeForm(), "sessions": sessions})

    @view_config(name="revoke", request_method="POST", renderer=_KEY)
    def revoke(self) -> dict[str, Any] | HTTPSeeOther:
        """Take the key no more, and where it leaked end what was made with it."""
        # Locked, so that a hand-off which it vouched for is either finished or turned away.
        row = self.keys.locked(self.context.row.public_id)
        if row.revoked_at is not None:
            return self._page(notice=_CHANGED, status=409)
        self.keys.revoke(row)
        details = {}
        if RevokeForm(self.request.POST).leaked.data:
            sessions = SessionService(self.request.db, self.request.tenant)
            details = {"sessions_ended": [None, sessions.end_made_with(row.public_id)]}
        self.audit.record("api_key.revoked", row.public_id, details)
        flash(self.request, self.request.gettext(N_("%(name)s is revoked.", name=_name_of(row))))
        return see_other(self.request, page(self.request, self.list_place))

    def _page(
        self,
        *,
        form: ApiKeyForm | None = None,
        renewal: NewSecretForm | None = None,
        notice: Message | None = None,
        status: int = 200,
    ) -> dict[str, Any]:
        row, locale = self.context.row, self.request.locale
        now = datetime.now(UTC)
        self.request.override_renderer = _KEY
        self.request.response.status_int = status
        renewal = renewal or NewSecretForm(locale=locale)
        renewal.seen.data = _mark_of(row)
        former = row.former_not_after
        return {
            "row": row,
            "name": _name_of(row),
            "state": state_of(row, now),
            "form": form or ApiKeyForm(locale=locale, key=row),
            "renewal": renewal,
            "former_ends": former if former is not None and former > now else None,
            "notice": notice,
        }


def _mark_of(row: ApiKey) -> str:
    """Tells one secret from the next, and nothing about either."""
    return hashlib.sha256(b"which secret\0" + row.secret_hash).hexdigest()[:16]


def _name_of(row: ApiKey) -> str:
    """A key that a file made may have no name."""
    return row.name or row.public_id


def includeme(config: Configurator) -> None:
    """Register the page, and the words of the audit log."""
    config.add_settings_page(
        SettingsPage(
            "api-keys",
            N_("API keys"),
            "key-round",
            COMPANY,
            30,
            lambda parent, name: ApiKeysSettings(parent.request, parent, name),
        )
    )
    config.add_audit_words(AUDIT_ACTIONS, AUDIT_FIELDS)
    config.scan("portal.security.api_key_pages")
