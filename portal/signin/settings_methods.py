"""Settings, sign-in: which ways in are on, and in which order they are asked."""

from collections.abc import Sequence
from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.view import view_config, view_defaults

from portal.security.authenticators import Authenticator, installed
from portal.security.permissions import Permission
from portal.signin.lockout import LOCKED_OUT, LockedOutError
from portal.signin.settings_pages import FormTab, SignInSettingsResource, local_sign_in
from portal.signin.settings_service import LOCAL_PASSWORD
from portal.web.i18n import N_, Message

_METHODS = "portal:templates/settings/signin_methods.jinja2"

_HINTS = {
    "jwt_sso": N_("Your site signs a token for people who are logged in there."),
    "remote_login": N_("“Sign In with %(company)s” leads to your own login page."),
    LOCAL_PASSWORD: N_("Customers and agents may have a password here."),
    "api_key": N_("Your servers may call with an API key."),
}


@view_defaults(context=SignInSettingsResource, permission=Permission.ADMINISTER)
class MethodsTab(FormTab):
    """The chain of the tenant."""

    name = "methods"
    names = ("authenticators",)

    @view_config(name="methods", request_method="GET", renderer=_METHODS)
    def show(self) -> dict[str, Any]:
        """The list."""
        on = list(self.values["authenticators"])
        return self._page([*on, *(each.name for each in self._all() if each.name not in on)], on)

    @view_config(name="methods", request_method="POST", renderer=_METHODS)
    def save(self) -> dict[str, Any] | HTTPSeeOther:
        """Keep the switches, and the order, in which one may have been moved up or down."""
        stale = self.is_stale()
        known = {each.name for each in self._all()}
        order = [name for name in self.request.POST.getall("order") if name in known]
        order = list(dict.fromkeys([*order, *(each.name for each in self._all())]))
        switched_on = [name for name in order if name in self.request.POST.getall("on")]
        if stale:
            return self._page(order, switched_on, stale=True)
        moved, _, way = str(self.request.POST.get("move", "")).partition(":")
        wanted = _moved(order, moved, -1 if way == "up" else 1) if moved in order else order
        # What is always in the chain keeps its place in the record.
        fixed = [name for name in self.values["authenticators"] if name not in known]
        names = [*fixed, *(name for name in wanted if name in switched_on)]
        try:
            return self.keep({"authenticators": names}, N_("The ways to sign in are saved."))
        except LockedOutError:
            return self._page(order, switched_on, wrong=True, complaint=LOCKED_OUT)

    def _all(self) -> list[Authenticator]:
        registry = installed(self.request)
        found = (registry.get(name) for name in registry.names())
        return [each for each in found if each is not None and not each.required]

    def _page(
        self,
        order: Sequence[str],
        on: Sequence[str],
        *,
        wrong: bool = False,
        stale: bool = False,
        complaint: Message | None = None,
    ) -> dict[str, Any]:
        by_name = {each.name: each for each in self._all()}
        values = {
            "methods": [by_name[name] for name in order if name in by_name],
            "on": on,
            "hints": _HINTS,
            "local_url": local_sign_in(self.request),
            "complaint": complaint,
        }
        return self.form_page(values, wrong=wrong, stale=stale)


def _moved(order: Sequence[str], name: str, by: int) -> list[str]:
    """The order with one name a place further up or down."""
    others = [each for each in order if each != name]
    place = max(0, min(len(others), order.index(name) + by))
    return [*others[:place], name, *others[place:]]
