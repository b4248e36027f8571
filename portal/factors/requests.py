"""What the pages of second factors take from a request."""

from pyramid.httpexceptions import HTTPNotFound
from pyramid.request import Request

from portal.factors.passkeys import CopiedPasskeyError, PasskeyError, Passkeys
from portal.factors.relying_party import relying_party
from portal.factors.totp import AuthenticatorApps
from portal.security.secrets import secret_box
from portal.signin.codes import Code
from portal.signin.refusals import Refusal


def authenticator_apps(request: Request) -> AuthenticatorApps:
    """The service of the request's tenant."""
    return AuthenticatorApps(request.db, request.tenant, secret_box(request.portal))


def passkeys(request: Request) -> Passkeys | None:
    """The service of the request's tenant; None where browsers take no passkeys."""
    server = relying_party(request)
    if server is None:
        return None
    return Passkeys(request.db, request.tenant, server, request.portal.secret_key)


def passkeys_here(request: Request) -> Passkeys:
    """As ``passkeys``. Raises HTTPNotFound where there are none."""
    found = passkeys(request)
    if found is None:
        raise HTTPNotFound
    return found


def answer(request: Request) -> str:
    """What the browser answered to a challenge: JSON, as the form brings it."""
    text = request.POST.get("credential")
    return text if isinstance(text, str) else ""


def refusal_of(error: PasskeyError) -> Refusal:
    """A passkey that was not taken, as a refused sign-in."""
    copied = isinstance(error, CopiedPasskeyError)
    return Refusal(Code.PASSKEY_COPIED if copied else Code.PASSKEY_INVALID, hint=error.hint)
