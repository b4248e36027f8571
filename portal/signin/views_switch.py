"""The question to a visitor who did not start this sign-in: is it you?"""

from dataclasses import replace
from typing import Any

from pyramid.request import Request
from pyramid.response import Response
from pyramid.security import NO_PERMISSION_REQUIRED
from pyramid.view import view_config, view_defaults

from portal.signin import held
from portal.signin.finish import complete
from portal.signin.requests import visit
from portal.signin.resources import LoginResource
from portal.signin.views_redeem import judge
from portal.web.redirects import origin_of, page, see_other


@view_defaults(context=LoginResource, name="switch", permission=NO_PERMISSION_REQUIRED)
class Switch:
    """A token waits, and somebody else is signed in, or the tenant wants to have it confirmed."""

    def __init__(self, context: LoginResource, request: Request) -> None:
        self.context = context
        self.request = request

    @view_config(request_method="GET", renderer="portal:templates/signin/switch.jinja2")
    def ask(self) -> dict[str, Any] | Response:
        """Who it would be, and who it is now."""
        if held.held(self.request) is None:
            return self._nothing_waits()
        _, judged = judge(self.request, visit(self.request, only_look=True))
        if judged.target is not None:
            # Browsers hold a form's redirect to the policy of the page that the form is on.
            self.request.form_targets = (origin_of(judged.target) or "",)
        return {
            "name": judged.name,
            "email": judged.email,
            "now": self.request.identity,
            "home_url": self.request.place(self.request.context_tenant),
        }

    @view_config(request_method="POST")
    def agree(self) -> Response:
        """It is them: the token is used up now."""
        if held.held(self.request) is None:
            return self._nothing_waits()
        browser = visit(self.request)
        pipeline, judged = judge(self.request, browser)
        held.let_go(self.request)
        # Asked and answered: as good as a sign-in that was started here.
        browser = replace(browser, pending=browser.pending or "")
        return complete(self.request, pipeline, judged, browser)

    def _nothing_waits(self) -> Response:
        return see_other(self.request, page(self.request, self.request.context_tenant, "login"))
