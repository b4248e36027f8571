"""The authenticator of passwords that are kept here."""

from pyramid.config import Configurator
from pyramid.request import Request

from portal.db.session import separate_transaction
from portal.people.models import Role, User
from portal.people.passwords import (
    LONGEST,
    hash_password,
    is_outdated,
    verify_nobody,
    verify_password,
)
from portal.people.service import PeopleService, normal_email
from portal.security.authenticators import Authenticator
from portal.signin.codes import Code, Step
from portal.signin.emails import mask_email
from portal.signin.refusals import Refusal
from portal.signin.requests import address, give_back
from portal.signin.throttles import BY_ACCOUNT, BY_ADDRESS, Throttles
from portal.signin.trace import Trace
from portal.web.i18n import N_

NAME = "local_password"


class LocalPassword(Authenticator):
    """An address and a password. For admins always, for others where the tenant has it on."""

    name = NAME
    label = N_("E-mail address and password")

    def authenticate(self, request: Request) -> User | None:
        """The user whose address and password the form holds; None where there is no form.

        Raises ``Refusal``. Its code is for the log; the visitor is told the same for an unknown
        address, a wrong password and an account that may not sign in, after the same time.
        """
        email, password = request.POST.get("email"), request.POST.get("password")
        if not isinstance(email, str) or not isinstance(password, str):
            return None
        request.sign_in_attempt.authenticator = self.name
        trace: Trace = request.sign_in_attempt.trace
        normal = normal_email(email)
        trace.masked_email = mask_email(normal) if normal else None
        with trace.step(Step.REQUEST):
            self._count(request, normal or email)
        with trace.step(Step.PERSON):
            known = PeopleService(request.db, request.tenant).by_email(email)
            user = self._prove(request, known, password)
        trace.user_id = user.id
        Throttles(request.db, request.tenant.id).forgive(BY_ACCOUNT, user.email)
        return user

    def _count(self, request: Request, email: str) -> None:
        """Count first, in a transaction of its own that no refusal undoes."""
        give_back(request)
        with separate_transaction(request) as db, db.begin():
            throttles = Throttles(db, request.tenant.id)
            within = throttles.count(BY_ACCOUNT, email)
            within = throttles.count(BY_ADDRESS, address(request)) and within
        if not within:
            raise Refusal(Code.RATE_LIMITED)

    def _prove(self, request: Request, user: User | None, password: str) -> User:
        profile = request.portal.passwords_profile
        known = user.password_hash if user is not None else None
        if user is None or known is None or len(password) > LONGEST:
            verify_nobody(password[:LONGEST], profile)
            raise Refusal(
                Code.CREDENTIALS_INVALID,
                hint=N_("No account here has this address and a password."),
            )
        if not verify_password(known, password):
            raise Refusal(Code.CREDENTIALS_INVALID, hint=N_("The password was wrong."))
        if user.disabled_at is not None:
            raise Refusal(Code.ACCOUNT_DISABLED)
        if user.role != Role.ADMIN and self.name not in request.tenant.authenticators:
            raise Refusal(
                Code.CREDENTIALS_INVALID,
                hint=N_("Signing in with a password is switched off for all but admins."),
            )
        if is_outdated(known, profile):
            user.password_hash = hash_password(password, profile)
        return user


def includeme(config: Configurator) -> None:
    """Install the authenticator."""
    config.add_authenticator(LocalPassword())
