"""Where the tenant wants a second factor and somebody has none, nothing opens but its set-up.

Only for sessions that began with a password kept here: whoever comes from elsewhere has proven
there what is asked of them there.
"""

from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.response import Response

from portal.factors.service import wants_second_factor
from portal.security.gates import Gate
from portal.security.identity import Identity
from portal.signin.local_password import NAME as LOCAL_PASSWORD
from portal.web.errors import error_page, wants_json
from portal.web.redirects import page, see_other

REASON = "second_factor_wanted"


def lacks_second_factor(request: Request, identity: Identity) -> bool:
    """Whether somebody has to set a second factor up before anything else."""
    return (
        identity.authenticator == LOCAL_PASSWORD
        and not identity.has_second_factor
        and wants_second_factor(request.tenant, identity.role)
    )


def lead_to_set_up(request: Request) -> Response:
    """On to the set-up, and from there to the page that was asked for."""
    if wants_json(request):
        return error_page(request, 403)
    wanted = request.path_qs if request.method in ("GET", "HEAD") else None
    profile = request.context_tenant["profile"]
    return see_other(request, page(request, profile, "security", query={"next": wanted}))


def includeme(config: Configurator) -> None:
    """Register the gate, and its answer."""
    config.add_gate(Gate(REASON, lacks_second_factor))
    config.add_answer_to_denial(REASON, lead_to_set_up)
