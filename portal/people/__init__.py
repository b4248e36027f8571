"""Users, organisations, teams and roles."""

from pyramid.config import Configurator


def includeme(config: Configurator) -> None:
    """Register all that this feature owns."""
    config.include("portal.people.settings_service")
    config.include("portal.people.settings_file")
    config.include("portal.people.profile")
    config.include("portal.people.working")
    config.include("portal.people.shortcuts_page")
    config.include("portal.people.own_data")
    config.include("portal.people.agent_pages")
    config.include("portal.people.settings_pages")
    config.include("portal.people.invitation_page")
    config.include("portal.people.first_colleague")
