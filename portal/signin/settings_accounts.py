"""Settings, sign-in: whom a token lets in, and what it changes about them."""

from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.view import view_config, view_defaults

from portal.security.permissions import Permission
from portal.signin.lockout import LOCKED_OUT, LockedOutError
from portal.signin.settings_forms import AccountsForm
from portal.signin.settings_pages import FormTab, SignInSettingsResource, blame
from portal.signin.settings_values import as_config
from portal.web.i18n import N_

_ACCOUNTS = "portal:templates/settings/signin_accounts.jinja2"


@view_defaults(context=SignInSettingsResource, permission=Permission.ADMINISTER)
class AccountsTab(FormTab):
    """People and roles."""

    name = "accounts"
    names = AccountsForm.COLUMNS

    @view_config(name="accounts", request_method="GET", renderer=_ACCOUNTS)
    def show(self) -> dict[str, Any]:
        """The settings as they are, or as the draft has them."""
        form = AccountsForm(obj=as_config(self.values))
        # As forms have it: no cap of the tenant's own is an empty word.
        form.role_cap.data = self.values["role_cap"] or ""
        return self.form_page({"form": form})

    @view_config(name="accounts", request_method="POST", renderer=_ACCOUNTS)
    def save(self) -> dict[str, Any] | HTTPSeeOther:
        """Keep what was entered."""
        stale = self.is_stale()
        form = AccountsForm(self.request.POST)
        if not form.validate():
            return self.form_page({"form": form}, wrong=True)
        if stale:
            return self.form_page({"form": form}, stale=True)
        values = {name: form[name].data for name in form.COLUMNS}
        values["role_cap"] = values["role_cap"] or None
        try:
            return self.keep(values, N_("The sign-in settings are saved."))
        except LockedOutError as error:
            blame(form, error.names, LOCKED_OUT)
            return self.form_page({"form": form}, wrong=True)
