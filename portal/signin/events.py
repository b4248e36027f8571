"""What other rooms may hear of: that somebody was signed in, or signed out.

Sent with ``request.registry.notify`` while the request's transaction is open: what a subscriber
writes is kept or undone together with the sign-in itself.
"""

from dataclasses import dataclass

from pyramid.request import Request

from portal.people.models import User
from portal.web.redirects import SafeURL


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A browser was signed in."""

    request: Request
    user: User
    #: Who vouched for the visitor: an authenticator's name.
    authenticator: str
    #: The dialect of the address at which they arrived; None for a password.
    dialect: str | None
    #: Where they go now.
    target: SafeURL


@dataclass(frozen=True, slots=True)
class SignedOut:
    """A browser was signed out by whoever sat at it."""

    request: Request
    #: Who had vouched for the visitor: an authenticator's name.
    authenticator: str
    #: Where they go now: the company's own logout, or our landing page.
    target: SafeURL


@dataclass(frozen=True, slots=True)
class SignInPage:
    """The sign-in page is shown to somebody who wants to go on to a page of ours."""

    request: Request
    target: SafeURL
