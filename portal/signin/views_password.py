"""`profile/password`: the password that somebody has here, changed by themselves."""

from typing import Any

from pyramid.httpexceptions import HTTPNotFound, HTTPSeeOther
from pyramid.request import Request
from pyramid.view import view_config, view_defaults
from wtforms import Form, PasswordField

from portal.people.models import User
from portal.people.passwords import LONGEST, good_password, hash_password, verify_password
from portal.people.profile import ProfileResource
from portal.security.permissions import Permission
from portal.security.sessions import SessionService, flash
from portal.signin.public import Public
from portal.signin.throttles import BY_ACCOUNT, Throttles
from portal.tenants.audit import AuditLog
from portal.web.forms import Required
from portal.web.i18n import N_
from portal.web.redirects import page, see_other


class ChangePasswordForm(Form):
    """The password so far, and the new one, typed once: it can be shown."""

    current = PasswordField(N_("Current password"), [Required(N_("Enter your current password."))])
    password = PasswordField(N_("New password"), [Required(N_("Choose a password."))])


@view_defaults(
    context=ProfileResource,
    name="password",
    permission=Permission.USE_PORTAL,
    renderer="portal:templates/signin/password.jinja2",
)
class PasswordViews:
    """Changing it asks for the present one: a browser left open is not enough."""

    def __init__(self, context: ProfileResource, request: Request) -> None:
        self.context = context
        self.request = request
        self.user: User = request.db.get(User, (request.tenant.id, request.identity.user_id))
        if self.user.password_hash is None:
            raise HTTPNotFound

    @view_config(request_method="GET")
    def show(self) -> dict[str, Any]:
        """The form."""
        return {"form": ChangePasswordForm(), "user": self.user}

    @view_config(request_method="POST")
    def change(self) -> dict[str, Any] | HTTPSeeOther:
        """Set the new password, and sign out every other browser."""
        form = ChangePasswordForm(self.request.POST)
        if not form.validate():
            return self._again(form)
        throttles = Throttles(self.request.db, self.request.tenant.id)
        # Counted like a sign-in: whoever found this browser open may not guess here for ever.
        if not throttles.count(BY_ACCOUNT, self.user.email):
            form.current.errors = [Public.BUSY.sentence]
            return self._again(form, status=429)
        if not self._proves(form.current.data or ""):
            form.current.errors = [N_("This is not your current password.")]
            return self._again(form)
        throttles.forgive(BY_ACCOUNT, self.user.email)
        if not self._set(form):
            return self._again(form)
        flash(
            self.request,
            self.request.gettext(N_("Your password is changed. Other browsers were signed out.")),
        )
        return see_other(self.request, page(self.request, self.context))

    def _proves(self, password: str) -> bool:
        known = self.user.password_hash
        return known is not None and len(password) <= LONGEST and verify_password(known, password)

    def _set(self, form: ChangePasswordForm) -> bool:
        tenant, user = self.request.tenant, self.user
        try:
            password = good_password(form.password.data or "", user.name, user.email, tenant.name)
        except ValueError as error:
            form.password.errors = [error.args[0]]
            return False
        user.password_hash = hash_password(password, self.request.portal.passwords_profile)
        SessionService(self.request.db, tenant).end_all(user.id, keep=self.request.session_record)
        audit = AuditLog(self.request.db, tenant, self.request.identity, self.request.remote_addr)
        audit.record("person.password_set", user.email)
        return True

    def _again(self, form: ChangePasswordForm, status: int = 422) -> dict[str, Any]:
        self.request.response.status_int = status
        return {"form": form, "user": self.user}
