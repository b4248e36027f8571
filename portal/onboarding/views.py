"""Putting the list of first steps away."""

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.view import view_config

from portal.people.models import User
from portal.people.preferences import choose
from portal.resources import TenantResource
from portal.security.permissions import Permission
from portal.web.redirects import page, see_other


@view_config(
    context=TenantResource,
    name="first-steps",
    request_method="POST",
    permission=Permission.ADMINISTER,
)
def put_away(context: TenantResource, request: Request) -> HTTPSeeOther:
    """This admin has seen enough of it; what is left stays where it is in the settings."""
    user: User = request.db.get(User, (request.tenant.id, request.identity.user_id))
    choose(user, onboarded=True)
    return see_other(request, page(request, context))
