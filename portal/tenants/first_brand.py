"""The first step of a new tenant that belongs to its brand."""

from pyramid.config import Configurator
from pyramid.request import Request

from portal.tenants.models import DEFAULT_ACCENT, Tenant
from portal.web.first_steps import FirstStep
from portal.web.i18n import N_


def _is_branded(request: Request) -> bool:
    tenant: Tenant = request.tenant
    return tenant.has_logo or tenant.accent != DEFAULT_ACCENT


BRAND = FirstStep(
    title=N_("Make it look like your company"),
    text=N_("A logo and a colour: customers see that they are still with you."),
    verb=N_("Set the brand"),
    path=("settings", "general"),
    icon="palette",
    order=10,
    done=_is_branded,
)


def includeme(config: Configurator) -> None:
    """Put the step into the list."""
    config.add_first_step(BRAND)
