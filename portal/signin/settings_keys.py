"""Settings, sign-in: the keys. A secret is shown by the answer to its making, and never again."""

from datetime import UTC, datetime
from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.view import view_config, view_defaults

from portal.security.browsers import renew_session
from portal.security.permissions import Permission
from portal.security.secrets import secret_box
from portal.security.sessions import SessionService, flash
from portal.signin.dialects import dialects
from portal.signin.key_advice import key_advice
from portal.signin.keyring import Compromised, Keyring, KidTakenError
from portal.signin.lockout import LAST_KEY, LockedOutError, check_keys
from portal.signin.models import SsoKey
from portal.signin.settings_forms import ImportKeyForm, NewKeyForm
from portal.signin.settings_pages import SignInSettingsResource, SignInViews
from portal.web.i18n import N_, Message
from portal.web.redirects import page, see_other

_KEYS = "portal:templates/settings/signin_keys.jinja2"
_NEW_KEY = "portal:templates/settings/signin_secret.jinja2"
_LEAKED = "portal:templates/settings/signin_leaked.jinja2"
_KEY_LENGTH = 48

_CHANGED = N_(
    "The keys were changed since you opened this page, so nothing was done. This is how they "
    "are now."
)


class KeyViews(SignInViews):
    """What the page of the keys and that of a leaked key share."""

    @property
    def keyring(self) -> Keyring:
        """The tenant's keys."""
        box = secret_box(self.request.portal)
        return Keyring(self.request.db, self.request.tenant, box)

    def length(self) -> int:
        """As the primary dialect's vendor makes them; HappyFox takes 32 characters."""
        primary = dialects(self.request.registry).get(self.settings.config().primary_dialect)
        return primary.key_length if primary is not None else _KEY_LENGTH

    def wrong(self, *, status: int = 422, **values: Any) -> dict[str, Any]:
        """The page of the keys as the answer to something that was not done."""
        self.request.override_renderer = _KEYS
        answer = self.keys_page(**values)
        self.request.response.status_int = status
        return answer

    def keys_page(
        self,
        *,
        new: NewKeyForm | None = None,
        imported: ImportKeyForm | None = None,
        notice: Message | None = None,
    ) -> dict[str, Any]:
        """The keys as they are, and the forms for another one."""
        rows = self.keyring.live()
        current = next((row for row in rows if row.state == "current"), None)
        previous = next((row for row in rows if row.state == "previous"), None)
        has_ended = previous is not None and _has_ended(previous)
        new = new or NewKeyForm(locale=self.request.locale)
        imported = imported or ImportKeyForm(locale=self.request.locale)
        new.current.data = imported.current.data = current.kid if current else ""
        return self.tab(
            "keys",
            {
                "current": current,
                "previous": previous,
                "has_ended": has_ended,
                "advice": key_advice(current, previous)
                if current and previous and not has_ended
                else None,
                "ended": self.keyring.ended(),
                "unreadable": [row.kid for row in rows if self.keyring.material(row) is None],
                "new": new,
                "imported": imported,
                "notice": notice,
            },
        )

    def secret_page(self, row: SsoKey, secret: str, **values: Any) -> dict[str, Any]:
        """A new key with its secret, this once."""
        self.request.override_renderer = _NEW_KEY
        given = {"before": None, "grace": 0, "leaked": None, **values}
        return self.tab("keys", {"row": row, "secret": secret, **given})


@view_defaults(context=SignInSettingsResource, permission=Permission.ADMINISTER)
class KeysTab(KeyViews):
    """The keys that verify the company's tokens."""

    @view_config(name="keys", request_method="GET", renderer=_KEYS)
    def show(self) -> dict[str, Any]:
        """The keys that are live, and those that ended last."""
        return self.keys_page()

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
            return self.wrong(new=form)
        if self._is_stale(form):
            return self.wrong(notice=_CHANGED, status=409)
        if self._locks_admins_out(form.grace.data):
            return self.wrong(new=form, notice=LAST_KEY, status=409)
        before = self.keyring.current()
        row, secret = self.keyring.make(length=self.length(), grace=form.grace.data)
        self.audit.record("signin.key_made", row.kid)
        return self.secret_page(row, secret, before=before, grace=form.grace.data)

    @view_config(name="import-key", request_method="POST", renderer=_KEYS)
    def add(self) -> dict[str, Any] | HTTPSeeOther:
        """A key that the company has already."""
        form = ImportKeyForm(self.request.POST, locale=self.request.locale)
        if not form.validate():
            return self.wrong(imported=form)
        if self._is_stale(form):
            return self.wrong(imported=form, notice=_CHANGED, status=409)
        if self._locks_admins_out(form.grace.data):
            return self.wrong(imported=form, notice=LAST_KEY, status=409)
        try:
            row = self.keyring.add(form.kid.data or "", form.chosen(), grace=form.grace.data)
        except KidTakenError:
            form.kid.errors = [N_("A key of this ID is, or was, here. Choose another ID.")]
            return self.wrong(imported=form)
        self.audit.record("signin.key_added", row.kid)
        return self.back(N_("The key %(kid)s is in force.", kid=row.kid), None, "keys")

    @view_config(name="extend-key", request_method="POST", renderer=_KEYS)
    def extend(self) -> dict[str, Any] | HTTPSeeOther:
        """Let the previous key go on for a day more, three days from now at the most."""
        extended = self.keyring.extend() if self._is_previous_still() else None
        if extended is None:
            return self.wrong(notice=_CHANGED, status=409)
        kid, before, after = extended
        self.audit.record("signin.key_extended", kid, {"not_after": [before, after]})
        return self.back(N_("The previous key goes on for longer."), None, "keys")

    @view_config(name="end-key", request_method="POST", renderer=_KEYS)
    def end(self) -> dict[str, Any] | HTTPSeeOther:
        """End the previous key now."""
        if self._locks_admins_out():
            return self.wrong(notice=LAST_KEY, status=409)
        kid = self.keyring.retire("previous") if self._is_previous_still() else None
        if kid is None:
            return self.wrong(notice=_CHANGED, status=409)
        self.audit.record("signin.key_ended", kid)
        return self.back(N_("The previous key has ended."), None, "keys")

    def _locks_admins_out(self, grace: int | None = None) -> bool:
        """Whether no admin could sign in once the previous key has ended, and with a `grace` of
        0 hours for it the current one as well."""
        states = ("previous", "current") if grace == 0 else ("previous",)
        ending = [row.kid for row in self.keyring.live() if row.state in states]
        try:
            check_keys(self.request.db, self.request.tenant, ending)
        except LockedOutError:
            return True
        return False

    def _is_stale(self, form: NewKeyForm) -> bool:
        """Whether somebody else changed the current key since the page was made.

        Nobody can between this look and the end of the request.
        """
        self.keyring.lock()
        current = self.keyring.current()
        return (form.current.data or "") != (current.kid if current else "")

    def _is_previous_still(self) -> bool:
        """Whether the previous key is the one that the page showed: after another rotation it is
        one that the company's site signs with."""
        self.keyring.lock()
        shown = self.request.POST.get("key")
        return any(row.state == "previous" and row.kid == shown for row in self.keyring.live())


@view_defaults(context=SignInSettingsResource, name="leaked-key", permission=Permission.ADMINISTER)
class LeakedKey(KeyViews):
    """Others know a key: what that means is said first, and done when it is confirmed."""

    @view_config(request_method="GET", renderer=_LEAKED)
    def ask(self) -> dict[str, Any] | HTTPSeeOther:
        """What will happen. Changes nothing."""
        kid = str(self.request.GET.get("key", ""))
        row = self.request.db.get(SsoKey, (self.request.tenant.id, kid)) if kid else None
        if row is None or row.compromised_at is not None:
            return see_other(self.request, page(self.request, self.context, "keys"))
        previous = next((row for row in self.keyring.live() if row.state == "previous"), None)
        own = self._is_own(kid)
        return self.tab(
            "keys",
            {
                "row": row,
                "sessions": self.sessions.made_with(kid) - own,
                "own": own,
                "other": previous if previous is not None and not _has_ended(previous) else None,
            },
        )

    @view_config(request_method="POST", renderer=_NEW_KEY)
    def end(self) -> dict[str, Any] | HTTPSeeOther:
        """End the key with all that was made with it; instead of a current secret, make one."""
        kid = str(self.request.POST.get("key", ""))
        if self._is_own(kid):
            # Without this, the one who acts would be signed out as well: before the new secret
            # is copied, and where no admin has a password, before anybody could make another
            # one. Whoever came in with a forged token and presses this button gains nothing
            # that their session did not give them before.
            renew_session(self.request)
        leaked = self.keyring.compromise(kid)
        if leaked is None:
            return self.wrong(notice=_CHANGED, status=409)
        self.audit.record(
            "signin.key_leaked", leaked.kid, {"sessions_ended": [None, leaked.sessions]}
        )
        if leaked.was_current and leaked.is_secret:
            return self._replace(leaked)
        flash(self.request, self._what_ended(leaked))
        if leaked.was_current:
            text = N_("Make a new pair of keys, and paste its public key here.")
            flash(self.request, self.request.gettext(text), tone="amber")
        return see_other(self.request, page(self.request, self.context, "keys"))

    @property
    def sessions(self) -> SessionService:
        """The tenant's sessions."""
        return SessionService(self.request.db, self.request.tenant)

    def _is_own(self, kid: str) -> bool:
        """Whether the admin's own session was made with the key."""
        return bool(kid) and self.request.session_record.key_id == kid

    def _replace(self, leaked: Compromised) -> dict[str, Any]:
        row, secret = self.keyring.make(length=self.length())
        self.audit.record("signin.key_made", row.kid)
        return self.secret_page(row, secret, leaked=self._what_ended(leaked))

    def _what_ended(self, leaked: Compromised) -> str:
        if not leaked.sessions:
            none = N_("The key %(kid)s has ended. No open session was made with it.")
            return str(self.request.gettext(none, kid=leaked.kid))
        text: str = self.request.ngettext(
            "The key %(kid)s has ended, and %(num)s session with it.",
            "The key %(kid)s has ended, and %(num)s sessions with it.",
            leaked.sessions,
            kid=leaked.kid,
        )
        return text


def _has_ended(row: SsoKey) -> bool:
    return row.not_after is not None and row.not_after <= datetime.now(UTC)
