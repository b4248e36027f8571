"""Settings, sign-in: how long people stay signed in."""

from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.view import view_config, view_defaults

from portal.security.permissions import Permission
from portal.signin.settings_forms import SessionsForm
from portal.signin.settings_pages import FormTab, SignInSettingsResource
from portal.signin.settings_values import as_config
from portal.web.i18n import N_

_SESSIONS = "portal:templates/settings/signin_sessions.jinja2"


@view_defaults(context=SignInSettingsResource, permission=Permission.ADMINISTER)
class SessionsTab(FormTab):
    """The lengths of sessions."""

    name = "sessions"
    names = SessionsForm.COLUMNS

    @view_config(name="sessions", request_method="GET", renderer=_SESSIONS)
    def show(self) -> dict[str, Any]:
        """The settings as they are, or as the draft has them."""
        return self.form_page({"form": self._form()})

    @view_config(name="sessions", request_method="POST", renderer=_SESSIONS)
    def save(self) -> dict[str, Any] | HTTPSeeOther:
        """Keep what was chosen; sessions that are open keep the limits they began with."""
        stale = self.is_stale()
        form = self._form(self.request.POST)
        if not form.validate():
            return self.form_page({"form": form}, wrong=True)
        if stale:
            return self.form_page({"form": form}, stale=True)
        values = {name: form[name].data for name in form.COLUMNS}
        return self.keep(values, N_("The sign-in settings are saved."))

    def _form(self, formdata: Any = None) -> SessionsForm:
        return SessionsForm(formdata, obj=as_config(self.values), locale=self.request.locale)
