"""`profile/security`: the overview, the question who sits there, and recovery codes."""

from datetime import UTC, datetime
from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.response import Response
from pyramid.view import view_config, view_defaults
from wtforms import Form, PasswordField

from portal.factors.account import AccountViews
from portal.factors.challenges import Purpose
from portal.factors.models import TotpSecret
from portal.factors.passkeys import PasskeyError, passkeys_of
from portal.factors.requests import answer, passkeys, passkeys_here
from portal.factors.resources import SecurityResource
from portal.people.passwords import LONGEST, verify_password
from portal.security import cookies
from portal.security.permissions import Permission
from portal.signin.public import Public
from portal.signin.throttles import BY_ACCOUNT, Throttles
from portal.web.forms import Required
from portal.web.i18n import N_, Message

_CONFIRM = "portal:templates/factors/confirm.jinja2"


class ConfirmForm(Form):
    """The password, once more."""

    password = PasswordField(N_("Password"), [Required(N_("Enter your password."))])


@view_defaults(context=SecurityResource, permission=Permission.USE_PORTAL)
class OverviewViews(AccountViews):
    """What somebody has, and what can be done about it."""

    @view_config(request_method="GET", renderer="portal:templates/factors/overview.jinja2")
    def show(self) -> dict[str, Any] | HTTPSeeOther:
        """The overview; for somebody who has none yet, the choice of one."""
        if not self.is_proven:
            return self.ask_first()
        if not self.factors.held(self.user):
            self.request.override_renderer = "portal:templates/factors/start.jinja2"
        row = self.request.db.get(TotpSecret, (self.request.tenant.id, self.user.id))
        here = passkeys(self.request)
        return {
            "user": self.user,
            "at": self.at,
            "app_since": row.confirmed_at if row is not None else None,
            "passkeys": passkeys_of(self.request.db, self.request.tenant, self.user.id),
            "rp_id": here.rp_id if here is not None else None,
            "codes_left": self.recovery.left(self.user),
            "wanted": self.is_wanted,
            "gated": self.is_gated,
        }

    @view_config(name="recovery", request_method="POST")
    def make_codes(self) -> Response:
        """New recovery codes; those from before are void."""
        if not self.is_proven:
            return self.ask_first()
        if not self.factors.held(self.user):
            return self.back(N_("Set up an authenticator app or a passkey first."), "amber")
        return self.show_codes(N_("Your new recovery codes are ready. The former ones are void."))


@view_defaults(context=SecurityResource, permission=Permission.USE_PORTAL)
class ConfirmViews(AccountViews):
    """A browser that was left open is not enough to change factors."""

    @view_config(name="confirm", request_method="GET", renderer=_CONFIRM)
    def ask(self) -> dict[str, Any]:
        """The password, or a passkey."""
        return self._page(ConfirmForm())

    @view_config(name="confirm", request_method="POST", renderer=_CONFIRM)
    def check(self) -> dict[str, Any] | HTTPSeeOther:
        """The password is right, or it is asked for again."""
        form = ConfirmForm(self.request.POST)
        if not form.validate():
            return self._page(form, status=422)
        counters = Throttles(self.request.db, self.request.tenant.id)
        # Counted like a sign-in: whoever found this browser open may not guess here for ever.
        if not counters.count(BY_ACCOUNT, self.user.email):
            form.password.errors = [Public.BUSY.sentence]
            return self._page(form, status=429)
        given, known = form.password.data or "", self.user.password_hash or ""
        if len(given) > LONGEST or not verify_password(known, given):
            form.password.errors = [N_("This is not your password.")]
            return self._page(form, status=422)
        counters.forgive(BY_ACCOUNT, self.user.email)
        return self._proven()

    @view_config(name="confirm-options", request_method="POST", renderer="json")
    def options(self) -> dict[str, Any]:
        """A challenge for one's own passkeys."""
        found = passkeys_here(self.request)
        holder = cookies.visitor(self.request)
        return found.begin(Purpose.CONFIRM, holder, user_id=self.user.id)

    @view_config(name="confirm-passkey", request_method="POST", renderer=_CONFIRM)
    def check_passkey(self) -> dict[str, Any] | HTTPSeeOther:
        """A passkey is as good as the password."""
        found, holder = passkeys_here(self.request), cookies.read(self.request)
        try:
            found.prove(answer(self.request), Purpose.CONFIRM, holder, user_id=self.user.id)
        except PasskeyError:
            problem = N_("This passkey was not accepted. Try again, or use your password.")
            return self._page(ConfirmForm(), status=422, problem=problem)
        return self._proven()

    def _proven(self) -> HTTPSeeOther:
        self.request.session_record.proven_at = datetime.now(UTC)
        return self.to()

    def _page(
        self, form: ConfirmForm, *, status: int = 200, problem: Message | None = None
    ) -> dict[str, Any]:
        self.request.response.status_int = status
        here = passkeys(self.request)
        return {
            "form": form,
            "user": self.user,
            "at": self.at,
            "problem": problem,
            "usable": here is not None and bool(here.usable(self.user.id)),
        }
