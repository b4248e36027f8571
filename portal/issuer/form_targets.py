"""The sign-in page on the way to a client: its form must be let through to the client's address.

Browsers hold every redirect that follows a form to the `form-action` policy of the page that the
form was on, and a sign-in that began at a client ends there.
"""

from urllib.parse import parse_qsl, urlsplit

from pyramid.config import Configurator

from portal.issuer.addresses import PLACE
from portal.issuer.clients import Clients
from portal.signin.events import SignInPage

#: The parameter that names the client's address, by the path below the tenant.
_PARAMETERS = {f"{PLACE}/authorize": "redirect_uri", "idp/": "redirect", "idp": "redirect"}


def let_through(event: SignInPage) -> None:
    """Add the client's origin to the page's policy, if the address is one of the client's."""
    request = event.request
    home = request.absolute(request.context_tenant)
    path, _, query = event.target.removeprefix(home).partition("?")
    name = _PARAMETERS.get(path)
    if name is None or not event.target.startswith(home):
        return
    given = dict(parse_qsl(query))
    address = given.get(name, "")
    clients = Clients(request.db, request.tenant)
    client = clients.find(given["client_id"]) if "client_id" in given else clients.at(address)
    if client is not None and client.check_redirect_uri(address):
        parts = urlsplit(address)
        request.form_targets = [f"{parts.scheme}://{parts.netloc}"]


def includeme(config: Configurator) -> None:
    """Listen for sign-in pages."""
    config.add_subscriber(let_through, SignInPage)
