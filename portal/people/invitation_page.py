"""`invitation/{token}`: an invited person sets a password and is signed in."""

from typing import Any

from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.response import Response
from pyramid.security import NO_PERMISSION_REQUIRED
from pyramid.view import view_config, view_defaults
from wtforms import Form, PasswordField

from portal.people.invitations import InvitationService
from portal.people.models import User
from portal.tenants.audit import AuditLog
from portal.web.forms import Required
from portal.web.i18n import N_
from portal.web.tree import Resource

_PAGE = "portal:templates/people/invitation.jinja2"


class InvitationsResource(Resource):
    """`invitation`: the parent of links, itself no page."""

    def __getitem__(self, name: str) -> "InvitationResource":
        return InvitationResource(self.request, self, name)


class InvitationResource(Resource):
    """One link. Its name is the token."""


class NewPasswordForm(Form):
    """A password, typed once: it can be shown."""

    password = PasswordField(N_("New password"), [Required(N_("Choose a password."))])


class Signer:
    """Who was invited, as the audit log names them."""

    def __init__(self, user: User) -> None:
        self.user_id = user.id
        self.name = user.name


@view_defaults(context=InvitationResource, permission=NO_PERMISSION_REQUIRED, renderer=_PAGE)
class InvitationViews:
    """Looking at the link uses nothing up: mail scanners and previews look, too."""

    def __init__(self, context: InvitationResource, request: Request) -> None:
        self.context = context
        self.request = request
        self.invitations = InvitationService(request.db, request.tenant)

    @view_config(request_method="GET")
    def show(self) -> dict[str, Any]:
        """The form, or that the link does not work any more."""
        return self._page(self.invitations.find(self.context.__name__), NewPasswordForm())

    @view_config(request_method="POST")
    def accept(self) -> dict[str, Any] | Response:
        """Set the password and sign in."""
        user = self.invitations.find(self.context.__name__, lock=True)
        form = NewPasswordForm(self.request.POST)
        if user is None or not form.validate():
            return self._page(user, form, status=422)
        try:
            self.invitations.accept(
                user, form.password.data or "", profile=self.request.portal.passwords_profile
            )
        except ValueError as error:
            form.password.errors = [error.args[0]]
            return self._page(user, form, status=422)
        audit = AuditLog(
            self.request.db, self.request.tenant, Signer(user), self.request.remote_addr
        )
        audit.record("person.password_set", user.email)
        response: Response = self.request.sign_in_with_password(user)
        return response

    def _page(self, user: User | None, form: NewPasswordForm, status: int = 200) -> dict[str, Any]:
        self.request.response.status_int = status if user is not None else 410
        return {"user": user, "form": form}


def includeme(config: Configurator) -> None:
    """Mount the place."""
    config.add_tenant_child(
        "invitation", lambda parent, name: InvitationsResource(parent.request, parent, name)
    )
    config.scan("portal.people.invitation_page")
