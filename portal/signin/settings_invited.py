"""Signing in whoever has just set a password with a link; the people's room asks for it."""

from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.response import Response

from portal.factors.steps import after_password
from portal.people.models import User
from portal.signin.emails import mask_email
from portal.signin.settings_service import LOCAL_PASSWORD


def sign_in_with_password(request: Request, user: User) -> Response:
    """`request.sign_in_with_password`: a new session for a user who has just proven themselves.

    Gives the way to the home page; to the second factor first, where there is one. The sign-in
    log has a line about it, like any other.
    """
    attempt = request.sign_in_attempt
    attempt.authenticator = LOCAL_PASSWORD
    attempt.trace.user_id = user.id
    attempt.trace.masked_email = mask_email(user.email)
    return after_password(request, user, target=None, sensitive=True)


def includeme(config: Configurator) -> None:
    """Give requests the method."""
    config.add_request_method(sign_in_with_password)
