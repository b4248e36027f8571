"""To a provider, and back from it."""

from typing import Any

from pyramid.httpexceptions import HTTPNotFound
from pyramid.renderers import render_to_response
from pyramid.request import Request
from pyramid.response import Response
from pyramid.security import NO_PERMISSION_REQUIRED
from pyramid.view import view_config, view_defaults

from portal.openid.authenticator import Return, judge_by, openid_authenticator
from portal.openid.providers import Providers
from portal.openid.settings_tried import tried
from portal.security.identity import Identity
from portal.security.permissions import Permission
from portal.security.secrets import secret_box
from portal.signin.codes import Code, Step
from portal.signin.finish import complete
from portal.signin.pipeline import Judged, Pipeline, Visit
from portal.signin.refusals import Refusal
from portal.signin.requests import is_probe, own_page, resolve
from portal.signin.resources import LoginResource
from portal.web.i18n import N_
from portal.web.redirects import see_other

_TRIED = "portal:templates/settings/openid_tried.jinja2"


@view_defaults(
    context=LoginResource,
    permission=NO_PERMISSION_REQUIRED,
    request_method="GET",
    takes_subpath=True,
)
class OpenidViews:
    """``login/openid-start/{key}`` and ``login/openid/{key}``, which is the redirect URI."""

    def __init__(self, context: LoginResource, request: Request) -> None:
        self.context = context
        self.request = request
        self.authenticator = openid_authenticator()

    @view_config(name="openid-start")
    def start(self) -> Response:
        """Off to the provider. Raises ``Refusal``."""
        if is_probe(self.request):
            return self._nothing()
        target = own_page(self.request, self.request.GET.get("next")) or ""
        url = self.authenticator.depart(
            self.request, self._key(), str(target), tries=self._may_try()
        )
        return see_other(self.request, url, sensitive=True)

    @view_config(name="openid")
    def come_back(self) -> Response:
        """Signed in, or a page that says why not. Raises ``Refusal``."""
        if is_probe(self.request):
            return self._nothing()
        back = self.authenticator.arrive(self.request, self._key())
        if back.started.tries:
            return self._try(back)
        pipeline, judged = self._judge(back)
        response = complete(self.request, pipeline, judged, self._visit(back))
        box = secret_box(self.request.portal)
        Providers(self.request.db, self.request.tenant, box).used(back.provider.key)
        return response

    def _judge(self, back: Return) -> tuple[Pipeline, Judged]:
        """Every check. Writes nothing. Raises ``Refusal``."""
        request = self.request
        assertion = self.authenticator.believe(request, back)
        judge_by(request, back.provider)
        trace = request.sign_in_attempt.trace
        pipeline = Pipeline(request.db, request.tenant, request.sign_in_configuration, trace)
        judged = pipeline.judge(
            assertion, self._visit(back), lambda target: resolve(request, target)
        )
        with trace.step(Step.PERSON):
            if not back.provider.audience.admits(judged.role):
                raise Refusal(
                    Code.NOT_PROVISIONED,
                    hint=N_("The provider signs in agents alone, and this is a customer.")
                    if not judged.role.is_staff
                    else N_("The provider signs in customers alone, and this is an agent."),
                )
        return pipeline, judged

    def _try(self, back: Return) -> Response:
        """What would have happened, for the admin who asked. Nobody is signed in."""
        if not self.request.has_permission(Permission.ADMINISTER, self.request.context_tenant):
            raise Refusal(Code.STATE_MISMATCH, hint=N_("The admin who tried it is signed out."))
        judged, refusal = None, None
        try:
            pipeline, judged = self._judge(back)
            pipeline.rehearse(judged)
        except Refusal as refused:
            refusal = refused
        values = tried(self.request, back.provider.key, judged, refusal)
        response = render_to_response(_TRIED, values, request=self.request)
        response.headers.update({"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"})
        # Nothing of the rehearsal stays.
        self.request.tm.doom()
        return response

    def _visit(self, back: Return) -> Visit:
        identity = self.request.identity
        return Visit(
            user_id=identity.user_id if isinstance(identity, Identity) else None,
            pending=back.started.target,
        )

    def _may_try(self) -> bool:
        wanted = "try" in self.request.GET
        return wanted and bool(
            self.request.has_permission(Permission.ADMINISTER, self.request.context_tenant)
        )

    def _key(self) -> str:
        """The provider's key: the one further segment of the address."""
        segments: tuple[str, ...] = self.request.subpath
        if len(segments) != 1:
            raise HTTPNotFound
        return segments[0]

    def _nothing(self) -> Response:
        """For a browser that looks ahead, or a program: nothing is started or used up."""
        headers: dict[str, Any] = {"Cache-Control": "no-store"}
        return Response(status=204, headers=headers)
