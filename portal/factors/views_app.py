"""`profile/security/app`: an authenticator app, added, replaced and removed."""

from typing import Any

import segno
from markupsafe import Markup
from pyramid.httpexceptions import HTTPSeeOther
from pyramid.response import Response
from pyramid.view import view_config, view_defaults
from wtforms import Form, StringField

from portal.factors import throttles
from portal.factors.account import AccountViews
from portal.factors.codes import app_code
from portal.factors.requests import authenticator_apps
from portal.factors.resources import SecurityResource
from portal.security.permissions import Permission
from portal.signin.throttles import Throttles
from portal.web.forms import Required
from portal.web.i18n import N_

_PAGE = "portal:templates/factors/app.jinja2"
_WRONG = N_(
    "This is not the code that the app shows for this secret. Look whether the clock of your "
    "phone is right, and enter the next code."
)
LAST_ONE = N_(
    "Your help desk wants a second factor from you. Add another one before you remove this one."
)


class CodeForm(Form):
    """The first code of a new app."""

    code = StringField(N_("Code that the app shows"), [Required(N_("Enter the code."))])


@view_defaults(context=SecurityResource, permission=Permission.USE_PORTAL)
class AppViews(AccountViews):
    """The secret is made by a POST, shown by a GET until it is confirmed, and never again."""

    @view_config(name="app-start", request_method="POST")
    def start(self) -> HTTPSeeOther:
        """Make a secret, and show it."""
        if not self.is_proven:
            return self.ask_first()
        authenticator_apps(self.request).start(self.user)
        return self.to("app")

    @view_config(name="app", request_method="GET", renderer=_PAGE)
    def show(self) -> dict[str, Any] | HTTPSeeOther:
        """The picture and the secret, and the field for the first code."""
        if not self.is_proven:
            return self.ask_first()
        return self._page(CodeForm())

    @view_config(name="app", request_method="POST", renderer=_PAGE)
    def confirm(self) -> dict[str, Any] | Response:
        """The app has the secret, if its code is right."""
        if not self.is_proven:
            return self.ask_first()
        form = CodeForm(self.request.POST)
        if not form.validate():
            return self._page(form, status=422)
        apps = authenticator_apps(self.request)
        replaced = apps.has(self.user)
        if not self._within_limit():
            form.code.errors = [N_("There were too many attempts. Wait a few minutes.")]
            return self._page(form, status=429)
        if not apps.confirm(self.user, app_code(str(form.code.data)) or ""):
            form.code.errors = [_WRONG]
            return self._page(form, status=422)
        self.audit.record(
            "factor.app_replaced" if replaced else "factor.app_added", self.user.email
        )
        return self.after_first(N_("Your authenticator app is set up."))

    @view_config(name="app-remove", request_method="POST")
    def remove(self) -> HTTPSeeOther:
        """Sign in without the app from now on."""
        if not self.is_proven:
            return self.ask_first()
        if self.is_wanted and not self.factors.held(self.user).passkeys:
            return self.back(LAST_ONE, "amber")
        if not authenticator_apps(self.request).remove(self.user):
            return self.to()
        self.factors.changed(self.user)
        self.audit.record("factor.app_removed", self.user.email)
        return self.back(N_("The authenticator app is removed. Delete the entry in the app too."))

    def _within_limit(self) -> bool:
        counters = Throttles(self.request.db, self.request.tenant.id)
        return counters.count(throttles.SET_UP, str(self.user.id))

    def _page(self, form: CodeForm, *, status: int = 200) -> dict[str, Any] | HTTPSeeOther:
        apps = authenticator_apps(self.request)
        secret = apps.pending(self.user)
        if secret is None:
            return self.to()
        self.request.response.status_int = status
        address = apps.address(self.user, secret)
        return {
            "form": form,
            "at": self.at,
            "picture": picture(address),
            "address": address,
            "secret": " ".join(secret[i : i + 4] for i in range(0, len(secret), 4)),
            "replaces": apps.has(self.user),
            "gated": self.is_gated,
        }


def picture(address: str) -> Markup:
    """A QR code as SVG. Black on white in either theme, since not every app reads it otherwise;
    by attributes alone, which the content policy allows."""
    code = segno.make(address, error="m", micro=False)
    svg = code.svg_inline(
        border=4, dark="#000", light="#fff", omitsize=True, svgclass=None, lineclass=None
    )
    return Markup(svg)  # noqa: S704 - drawn by the library from black and white modules
