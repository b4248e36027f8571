"""First times that are written down as they happen, so that the hub's checklist ticks itself."""

from enum import StrEnum

from pyramid.config import Configurator
from pyramid.request import Request
from sqlalchemy.dialects.postgresql import insert

from portal.integration.models import IntegrationMilestone
from portal.security.authenticators import LOCAL_WAYS
from portal.signin.events import SignedIn, SignedOut
from portal.web.redirects import page

#: What this process knows to be written down already: pairs of a tenant's id and a milestone.
_REGISTRY_KEY = "integration.reached"


class Milestone(StrEnum):
    """What a tenant's site did for the first time."""

    #: It vouched for a visitor, who was signed in.
    SIGN_IN = "sign_in"
    #: Such a visitor landed on a page of ours other than the home page.
    DEEP_LINK = "deep_link"
    #: Such a visitor signed out.
    SIGN_OUT = "sign_out"


def signed_in(event: SignedIn) -> None:
    """A visitor has arrived; those with a password say nothing about the tenant's site."""
    if event.authenticator in LOCAL_WAYS:
        return
    home = page(event.request, event.request.context_tenant)
    path = event.target.partition("#")[0].partition("?")[0]
    reached = {Milestone.SIGN_IN}
    if path.startswith(home) and path != home:
        reached.add(Milestone.DEEP_LINK)
    _reach(event.request, reached)


def signed_out(event: SignedOut) -> None:
    """A visitor has left."""
    if event.authenticator not in LOCAL_WAYS:
        _reach(event.request, {Milestone.SIGN_OUT})


def _reach(request: Request, milestones: set[Milestone]) -> None:
    """Write down what was not reached before: at most one statement, and none in the long run."""
    known: set[tuple[int, Milestone]] = request.registry[_REGISTRY_KEY]
    tenant_id: int = request.tenant.id
    news = sorted(name for name in milestones if (tenant_id, name) not in known)
    if not news:
        return
    rows = [{"tenant_id": tenant_id, "name": name.value} for name in news]
    request.db.execute(insert(IntegrationMilestone).values(rows).on_conflict_do_nothing())

    def remember(committed: bool) -> None:
        if committed:
            known.update((tenant_id, name) for name in news)

    request.tm.get().addAfterCommitHook(remember)


def includeme(config: Configurator) -> None:
    """Listen."""
    config.registry[_REGISTRY_KEY] = set()
    config.add_subscriber(signed_in, SignedIn)
    config.add_subscriber(signed_out, SignedOut)
