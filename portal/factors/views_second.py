"""`login/second`: what is asked for after the right password."""

from typing import Any

from pyramid.request import Request
from pyramid.response import Response
from pyramid.security import NO_PERMISSION_REQUIRED
from pyramid.view import view_config, view_defaults
from wtforms import Form, StringField

from portal.factors import throttles
from portal.factors.challenges import Purpose
from portal.factors.codes import Method, app_code
from portal.factors.passkeys import PasskeyError, passkeys_of
from portal.factors.recovery import RecoveryCodes
from portal.factors.requests import (
    answer,
    authenticator_apps,
    passkeys,
    passkeys_here,
    refusal_of,
)
from portal.factors.steps import Waiting, finish, step_token, waiting
from portal.people.models import User
from portal.signin.codes import Code, Step
from portal.signin.emails import mask_email
from portal.signin.finish import sign_in
from portal.signin.local_password import NAME as LOCAL_PASSWORD
from portal.signin.methods import PASSWORD, SEVERAL
from portal.signin.public import Public
from portal.signin.refusal_log import write_down
from portal.signin.refusals import Refusal
from portal.signin.requests import own_page
from portal.signin.resources import LoginResource
from portal.tenants.audit import AuditLog
from portal.web.forms import Required
from portal.web.i18n import N_, Message

RECOVERY = "recovery"


class CodeForm(Form):
    """A code of the app."""

    code = StringField(N_("Code from your authenticator app"), [Required(N_("Enter the code."))])


class RecoveryForm(Form):
    """A recovery code."""

    code = StringField(N_("Recovery code"), [Required(N_("Enter a recovery code."))])


class Actor:
    """Who signs in, as the audit log names them."""

    def __init__(self, user: User) -> None:
        self.user_id = user.id
        self.name = user.name


@view_defaults(
    context=LoginResource,
    permission=NO_PERMISSION_REQUIRED,
    renderer="portal:templates/factors/second.jinja2",
)
class SecondFactor:
    """The second half of a sign-in with a password."""

    def __init__(self, context: LoginResource, request: Request) -> None:
        self.context = context
        self.request = request

    @view_config(name="second", request_method="GET")
    def show(self) -> dict[str, Any]:
        """What can be given: a code, a passkey, a recovery code."""
        return self._page(waiting(self.request))

    @view_config(name="second", request_method="POST")
    def check(self) -> dict[str, Any] | Response:
        """A code of the app, or a recovery code."""
        step = waiting(self.request)
        if step is None:
            return self._page(None)
        form = self._form(step) or RecoveryForm(self.request.POST)
        if not form.validate():
            return self._page(step, form=form, status=422)
        try:
            method = self._take_code(step.user, str(form.code.data))
        except Refusal as refusal:
            return self._refused(refusal)
        return self._sign_in(method)

    @view_config(name="second-options", request_method="POST", renderer="json")
    def options(self) -> dict[str, Any]:
        """The challenge for the passkeys of whoever signs in."""
        found, step = passkeys_here(self.request), waiting(self.request)
        token = step_token(self.request)
        if step is None or token is None:
            self.request.response.status_int = 410
            return {}
        return found.begin(Purpose.SECOND_STEP, token, user_id=step.user.id)

    @view_config(name="second-passkey", request_method="POST")
    def check_passkey(self) -> dict[str, Any] | Response:
        """What a passkey has signed."""
        step = waiting(self.request)
        if step is None:
            return self._page(None)
        try:
            self._take_passkey(step.user)
        except Refusal as refusal:
            return self._refused(refusal)
        return self._sign_in(Method.PASSKEY)

    def _take_code(self, user: User, typed: str) -> Method:
        """Use the code up. Raises ``Refusal``."""
        trace = self._attempt(user)
        with trace.step(Step.REQUEST):
            throttles.count(self.request, *throttles.of_account(user))
        with trace.step(Step.SECOND_FACTOR) as check:
            step = waiting(self.request)
            if step is None:
                raise Refusal(Code.SECOND_FACTOR_INVALID, hint=N_("Too much time had passed."))
            digits = app_code(typed)
            method = Method.APP if digits is not None else Method.RECOVERY
            if digits is not None:
                self._take_digits(step.user, digits)
            elif not RecoveryCodes(self.request.db, self.request.tenant).use(step.user, typed):
                raise Refusal(
                    Code.SECOND_FACTOR_INVALID,
                    hint=N_("It is none of the recovery codes that are left."),
                    seen=method,
                )
            check.seen = method
        return method

    def _take_digits(self, user: User, digits: str) -> None:
        apps = authenticator_apps(self.request)
        at = apps.matches(user, digits)
        if at is None:
            raise Refusal(
                Code.SECOND_FACTOR_INVALID,
                hint=N_("The code of the app was wrong, or its clock is off by a minute or more."),
                seen=Method.APP,
            )
        if not apps.use(user, at):
            raise Refusal(
                Code.SECOND_FACTOR_INVALID,
                hint=N_("The code of the app was right, and used before."),
                seen=Method.APP,
            )

    def _take_passkey(self, user: User) -> None:
        trace = self._attempt(user)
        with trace.step(Step.REQUEST):
            throttles.count(self.request, throttles.of_address(self.request))
        with trace.step(Step.SECOND_FACTOR) as check:
            step, token = waiting(self.request), step_token(self.request)
            if step is None:
                raise Refusal(Code.PASSKEY_INVALID, hint=N_("Too much time had passed."))
            try:
                passkeys_here(self.request).prove(
                    answer(self.request), Purpose.SECOND_STEP, token, user_id=step.user.id
                )
            except PasskeyError as error:
                raise refusal_of(error) from error
            check.seen = Method.PASSKEY

    def _attempt(self, user: User) -> Any:
        """The line of the sign-in log, which is about this person."""
        attempt = self.request.sign_in_attempt
        attempt.authenticator = LOCAL_PASSWORD
        attempt.trace.user_id = user.id
        attempt.trace.masked_email = mask_email(user.email)
        return attempt.trace

    def _sign_in(self, method: Method) -> dict[str, Any] | Response:
        """The step is over, and a session begins under a new id."""
        step = waiting(self.request)
        if step is None or not finish(self.request):
            return self._page(None)
        flashes = []
        if method is Method.RECOVERY:
            flashes.append(self._note_recovery(step.user))
        throttles.forgive(self.request, step.user)
        target = own_page(self.request, step.target)
        return sign_in(
            self.request,
            step.user,
            target=target,
            methods=[PASSWORD, *method.words, SEVERAL],
            flashes=flashes,
        )

    def _note_recovery(self, user: User) -> dict[str, str]:
        left = RecoveryCodes(self.request.db, self.request.tenant).left(user)
        audit = AuditLog(
            self.request.db, self.request.tenant, Actor(user), self.request.remote_addr
        )
        audit.record("factor.recovery_used", user.email)
        text = self.request.ngettext(
            "You used a recovery code. %(num)s is left.",
            "You used a recovery code. %(num)s are left.",
            left,
        )
        return {"tone": "amber", "text": text}

    def _refused(self, refusal: Refusal) -> dict[str, Any]:
        write_down(self.request, refusal)
        public = refusal.code.public
        if public is Public.BUSY:
            self.request.response.headers["Retry-After"] = "900"
        status = 429 if public is Public.BUSY else 401
        return self._page(waiting(self.request), status=status, problem=public.sentence)

    def _form(self, step: Waiting) -> CodeForm | RecoveryForm | None:
        """The field to fill in; None where there is only a passkey to use."""
        if self.request.params.get("with") == RECOVERY:
            return RecoveryForm(self.request.POST)
        return CodeForm(self.request.POST) if step.held.app else None

    def _page(
        self,
        step: Waiting | None,
        *,
        form: CodeForm | RecoveryForm | None = None,
        status: int = 200,
        problem: Message | None = None,
    ) -> dict[str, Any]:
        place, tenant = self.request.place, self.request.context_tenant
        found = {"step": step, "login_url": place(tenant, "login")}
        if step is None:
            # Too late, or never begun: the page says no more.
            self.request.response.status_int = 410
            return found
        self.request.response.status_int = status
        form = form or self._form(step)
        if form is not None and problem is not None:
            form.code.data = ""
        here = passkeys(self.request)
        own = passkeys_of(self.request.db, self.request.tenant, step.user.id)
        usable = here is not None and any(each.rp_id == here.rp_id for each in own)
        return found | {
            "form": form,
            "problem": problem,
            "recovery": isinstance(form, RecoveryForm),
            "usable": usable,
            "elsewhere": [] if usable else sorted({each.rp_id for each in own}),
            "recovery_url": place(tenant, "login", "second", query={"with": RECOVERY}),
            "second_url": place(tenant, "login", "second"),
        }
