"""`/integration` beside the tenants: the hub belongs to a help desk, and this asks to which.

It never says which help desks there are: the name that was entered is gone to, known or not.
"""

from typing import Any

from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.response import Response
from pyramid.security import NO_PERMISSION_REQUIRED
from pyramid.view import view_config
from wtforms import Form, StringField
from wtforms.validators import ValidationError

from portal.resources import Resource
from portal.tenants import rules
from portal.web.forms import one_line
from portal.web.i18n import N_
from portal.web.redirects import page, see_other


class FrontDoorResource(Resource):
    """`integration`, where no tenant is known yet."""


class TenantForm(Form):
    """A help desk by the name in its address."""

    tenant = StringField(N_("Name of your help desk"), filters=[one_line])

    def validate_tenant(self, field: StringField) -> None:
        """What can be no name is said here, in the words that a new tenant's admin reads."""
        try:
            rules.slug(field.data or "")
        except ValueError as error:
            raise ValidationError(error.args[0]) from error


@view_config(
    context=FrontDoorResource,
    request_method="GET",
    permission=NO_PERMISSION_REQUIRED,
    renderer="portal:templates/integration/front_door.jinja2",
)
def ask(context: FrontDoorResource, request: Request) -> dict[str, Any] | Response:
    """Ask for the help desk's name; with one, go to its hub, which asks to sign in."""
    form = TenantForm(request.GET if "tenant" in request.GET else None)
    if "tenant" in request.GET and form.validate():
        return see_other(
            request, page(request, context.__parent__, form.tenant.data or "", "integration")
        )
    return {"form": form, "example": request.absolute(context.__parent__, "acme", "integration")}


def includeme(config: Configurator) -> None:
    """Mount it beside the tenants."""
    config.add_root_child(
        "integration", lambda parent, name: FrontDoorResource(parent.request, parent, name)
    )
    config.scan("portal.integration.front_door")
