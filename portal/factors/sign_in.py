"""Signing in with a passkey alone: it counts for both factors, since its owner was verified."""

from pyramid.config import Configurator
from pyramid.request import Request

from portal.factors import throttles
from portal.factors.challenges import Purpose
from portal.factors.codes import Method
from portal.factors.passkeys import PasskeyError
from portal.factors.requests import answer, passkeys_here, refusal_of
from portal.people.models import Role, User
from portal.people.service import PeopleService
from portal.security import cookies
from portal.security.authenticators import Authenticator
from portal.signin import local_password
from portal.signin.codes import Code, Step
from portal.signin.emails import mask_email
from portal.signin.refusals import Refusal
from portal.web.i18n import N_

NAME = "passkey"


class PasskeySignIn(Authenticator):
    """A passkey, wherever its owner could sign in with a password. Not a choice of its own."""

    name = NAME
    label = N_("Passkey")
    required = True

    def authenticate(self, request: Request) -> User | None:
        """The user whose passkey signed the challenge; None where there is no answer to one.

        Raises ``Refusal``.
        """
        if not answer(request):
            return None
        attempt = request.sign_in_attempt
        attempt.authenticator = self.name
        with attempt.trace.step(Step.REQUEST):
            throttles.count(request, throttles.of_address(request))
        with attempt.trace.step(Step.SECOND_FACTOR) as check:
            user_id = self._prove(request)
            check.seen = Method.PASSKEY
        with attempt.trace.step(Step.PERSON):
            return self._let_in(request, user_id)

    def _prove(self, request: Request) -> int:
        try:
            passkey = passkeys_here(request).prove(
                answer(request), Purpose.SIGN_IN, cookies.read(request)
            )
        except PasskeyError as error:
            raise refusal_of(error) from error
        return passkey.user_id

    def _let_in(self, request: Request, user_id: int) -> User:
        user = PeopleService(request.db, request.tenant).by_id(user_id)
        if user is None:
            raise Refusal(Code.PASSKEY_INVALID)
        request.sign_in_attempt.trace.user_id = user.id
        request.sign_in_attempt.trace.masked_email = mask_email(user.email)
        if user.disabled_at is not None:
            raise Refusal(Code.ACCOUNT_DISABLED)
        by_password = local_password.NAME in request.tenant.authenticators
        if user.password_hash is None or (user.role != Role.ADMIN and not by_password):
            raise Refusal(
                Code.PASSKEY_INVALID,
                hint=N_("This account cannot sign in with a password either."),
            )
        return user


def includeme(config: Configurator) -> None:
    """Install the authenticator."""
    config.add_authenticator(PasskeySignIn())
