"""Settings, sign-in: the keys. A secret is shown by the answer to its making, and never again."""

from datetime import UTC, datetime
from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.view import view_config, view_defaults

from portal.security.permissions import Permission
from portal.security.secrets import SecretBox
from portal.signin.dialects import dialects
from portal.signin.keyring import Keyring, KidTakenError
from portal.signin.models import SsoKey
from portal.signin.settings_forms import ImportKeyForm, NewKeyForm
from portal.signin.settings_pages import SignInSettingsResource, SignInViews
from portal.web.i18n import N_, Message
from portal.web.redirects import page, see_other

_KEYS = "portal:templates/settings/signin_keys.jinja2"
_NEW_KEY = "portal:templates/settings/signin_secret.jinja2"
_KEY_LENGTH = 48

_CHANGED = N_(
    "The keys were changed since you opened this page, so nothing was done. This is how they "
    "are now."
)


@view_defaults(context=SignInSettingsResource, permission=Permission.ADMINISTER)
class KeysTab(SignInViews):
    """The keys that verify the company's tokens."""

    @property
    def keyring(self) -> Keyring:
        """The tenant's keys."""
        box = SecretBox(self.request.portal.secret_key)
        return Keyring(self.request.db, self.request.tenant, box)

    @view_config(name="keys", request_method="GET", renderer=_KEYS)
    def show(self) -> dict[str, Any]:
        """The keys that are live."""
        return self._page()

    @view_config(name="new-key", request_method="GET")
    @view_config(name="import-key", request_method="GET")
    def to_keys(self) -> HTTPSeeOther:
        """The address of an answer, opened again: a secret is not shown twice."""
        return see_other(self.request, page(self.request, self.context, "keys"))

    @view_config(name="new-key", request_method="POST", renderer=_NEW_KEY)
    def make(self) -> dict[str, Any]:
        """A new key, and its secret on this one page."""
        form = NewKeyForm(self.request.POST, locale=self.request.locale)
        if not form.validate():
            return self._wrong(new=form)
        if self._is_stale(form):
            return self._wrong(notice=_CHANGED, status=409)
        before = self._current()
        row, secret = self.keyring.make(length=self._length(), grace=form.grace.data)
        self.audit.record("signin.key_made", row.kid)
        return self.tab(
            "keys",
            {"row": row, "secret": secret, "before": before, "grace": form.grace.data},
        )

    @view_config(name="import-key", request_method="POST", renderer=_KEYS)
    def add(self) -> dict[str, Any] | HTTPSeeOther:
        """A key that the company has already."""
        form = ImportKeyForm(self.request.POST, locale=self.request.locale)
        if not form.validate():
            return self._wrong(imported=form)
        if self._is_stale(form):
            return self._wrong(imported=form, notice=_CHANGED, status=409)
        try:
            row = self.keyring.add(form.kid.data or "", form.chosen(), grace=form.grace.data)
        except KidTakenError:
            form.kid.errors = [N_("A key of this ID is, or was, here. Choose another ID.")]
            return self._wrong(imported=form)
        self.audit.record("signin.key_added", row.kid)
        return self.back(N_("The key %(kid)s is in force.", kid=row.kid), None, "keys")

    @view_config(name="extend-key", request_method="POST")
    def extend(self) -> HTTPSeeOther:
        """Let the previous key go on for a day more, three days from now at the most."""
        extended = self.keyring.extend()
        if extended is None:
            return self.back(N_("There is no previous key any more."), None, "keys")
        kid, before, after = extended
        self.audit.record("signin.key_extended", kid, {"not_after": [before, after]})
        return self.back(N_("The previous key goes on for longer."), None, "keys")

    @view_config(name="end-key", request_method="POST")
    def end(self) -> HTTPSeeOther:
        """End the previous key now."""
        kid = self.keyring.retire("previous")
        if kid is not None:
            self.audit.record("signin.key_ended", kid)
        return self.back(N_("The previous key has ended."), None, "keys")

    def _current(self) -> SsoKey | None:
        return next((row for row in self.keyring.live() if row.state == "current"), None)

    def _is_stale(self, form: NewKeyForm) -> bool:
        current = self._current()
        return (form.current.data or "") != (current.kid if current else "")

    def _length(self) -> int:
        """As the primary dialect's vendor makes them; HappyFox takes 32 characters."""
        primary = dialects(self.request.registry).get(self.settings.config().primary_dialect)
        return primary.key_length if primary is not None else _KEY_LENGTH

    def _wrong(self, *, status: int = 422, **values: Any) -> dict[str, Any]:
        self.request.override_renderer = _KEYS
        answer = self._page(**values)
        self.request.response.status_int = status
        return answer

    def _page(
        self,
        *,
        new: NewKeyForm | None = None,
        imported: ImportKeyForm | None = None,
        notice: Message | None = None,
    ) -> dict[str, Any]:
        rows = self.keyring.live()
        current = next((row for row in rows if row.state == "current"), None)
        previous = next((row for row in rows if row.state == "previous"), None)
        new = new or NewKeyForm(locale=self.request.locale)
        imported = imported or ImportKeyForm(locale=self.request.locale)
        new.current.data = imported.current.data = current.kid if current else ""
        return self.tab(
            "keys",
            {
                "current": current,
                "previous": previous,
                "ended": previous is not None and _has_ended(previous),
                "new": new,
                "imported": imported,
                "notice": notice,
            },
        )


def _has_ended(row: SsoKey) -> bool:
    return row.not_after is not None and row.not_after <= datetime.now(UTC)
