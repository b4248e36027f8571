"""The integration hub: what a tenant's engineers need, in one place.

Modules are included by name, so that importing the models imports nothing above them.
"""

from pyramid.config import Configurator


def includeme(config: Configurator) -> None:
    """Register all that this feature owns."""
    config.include("portal.integration.milestones")
    config.include("portal.integration.first_sign_in")
    config.include("portal.integration.samples")
    config.include("portal.integration.resources")
    config.include("portal.integration.views")
    config.include("portal.integration.front_door")
