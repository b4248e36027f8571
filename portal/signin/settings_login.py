"""Settings, sign-in: the company's own login page, the dialects, and what its engineers copy."""

from collections.abc import Sequence
from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.view import view_config, view_defaults

from portal.security.permissions import Permission
from portal.signin.dialects import dialects
from portal.signin.lockout import LOCKED_OUT, LockedOutError
from portal.signin.settings_dialects import dialect_rows, label, saved_link
from portal.signin.settings_forms import LoginForm
from portal.signin.settings_pages import (
    FormTab,
    SignInSettingsResource,
    blame,
    local_sign_in,
)
from portal.signin.settings_values import as_config
from portal.web.i18n import N_

_LOGIN = "portal:templates/settings/signin_login.jinja2"


@view_defaults(context=SignInSettingsResource, permission=Permission.ADMINISTER)
class LoginTab(FormTab):
    """The company's own login page, and what arrives from it."""

    name = ""
    names = ("dialects", *LoginForm.COLUMNS, *LoginForm.TENANT_COLUMNS)

    @view_config(request_method="GET", renderer=_LOGIN)
    def show(self) -> dict[str, Any]:
        """The settings as they are, or as the draft has them."""
        return self._page(self._form(), self.values["dialects"])

    @view_config(request_method="POST", renderer=_LOGIN)
    def save(self) -> dict[str, Any] | HTTPSeeOther:
        """Keep what was entered."""
        stale = self.is_stale()
        form, switched_on = self._form(self.request.POST), self._switched_on()
        valid = form.validate()
        ids = {name: form[name].data or None for name in form.TENANT_COLUMNS}
        unique = form.check_ids(self.settings.taken_ids(ids) if valid else ())
        if not form.check_dialects(switched_on) or not valid or not unique:
            return self._page(form, switched_on, wrong=True)
        if stale:
            return self._page(form, switched_on, stale=True)
        values = {name: form[name].data for name in form.COLUMNS}
        try:
            return self.keep(
                {"dialects": switched_on, **values, **ids}, N_("The sign-in settings are saved.")
            )
        except LockedOutError as error:
            blame(form, error.names, LOCKED_OUT)
            return self._page(form, switched_on, wrong=True)

    def _switched_on(self) -> list[str]:
        """In the order in which they were, then in that of the page."""
        before: list[str] = self.values["dialects"]
        known = {*dialects(self.request.registry), *before}
        wanted = set(self.request.POST.getall("dialect")) & known
        kept = [name for name in before if name in wanted]
        rows = dialect_rows(self.request, as_config(self.values), ())
        return kept + [row.name for row in rows if row.name in wanted - set(kept)]

    def _form(self, formdata: Any = None) -> LoginForm:
        spoken, kept = dialects(self.request.registry), dict.fromkeys(self.values["dialects"])
        return LoginForm(
            formdata,
            obj=as_config(self.values),
            ids={name: self.values[name] for name in LoginForm.TENANT_COLUMNS},
            development=self.request.portal.development,
            names=[(name, label(self.request, name)) for name in {**spoken, **kept}],
            locale=self.request.locale,
        )

    def _page(
        self,
        form: LoginForm,
        switched_on: Sequence[str],
        *,
        wrong: bool = False,
        stale: bool = False,
    ) -> dict[str, Any]:
        values = {
            "form": form,
            "dialects": dialect_rows(self.request, as_config(self.values), switched_on),
            "local_url": local_sign_in(self.request),
            "example": saved_link(self.request),
            "tenant": self.request.tenant,
        }
        return self.form_page(values, wrong=wrong, stale=stale)
