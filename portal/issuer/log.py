"""What the tenant's sign-in log tells of its other sites."""

from enum import Enum

from pyramid.request import Request

from portal.issuer.clients import Clients
from portal.issuer.models import IssuerClient
from portal.people.models import User
from portal.signin.refusals import Refusal
from portal.signin.requests import address
from portal.signin.sites import note_site
from portal.signin.throttles import Limit, Throttles
from portal.web.i18n import N_, Message

#: Refusals of one network address that are written down: a flood does not fill the log.
WRITTEN = Limit("issuer:refused", 60, 300)


class Exchange(Enum):
    """What a site brings to have somebody signed in."""

    CODE = N_("A code")
    UUID = N_("A uuid")
    REFRESH = N_("A refresh token: the sign-in goes on")

    @property
    def words(self) -> Message:
        """For the log."""
        words: Message = self.value
        return words


class SiteLog:
    """The lines of one request."""

    def __init__(self, request: Request) -> None:
        self.request = request

    def signed_in(self, client: IssuerClient, user: User, exchanged: Exchange) -> None:
        """The site has learnt who its visitor is."""
        note_site(self.request, client.name, user=user, exchanged=exchanged.words)

    def refused(self, client_id: str, refusal: Refusal, user: User | None = None) -> None:
        """The site was refused, or whoever says that it is that site."""
        request = self.request
        limits = Throttles(request.db, request.tenant.id)
        if not limits.count(WRITTEN, address(request)):
            return
        client = Clients(request.db, request.tenant).find(client_id) if client_id else None
        site = client.row.name if client is not None else client_id
        note_site(request, site, user=user, refusal=refusal)
