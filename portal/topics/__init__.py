"""Topics: what a ticket can be about, and the fields that it then has."""

from pyramid.config import Configurator


def includeme(config: Configurator) -> None:
    """Register all that this feature owns."""
    config.include("portal.topics.settings_file")
    config.include("portal.topics.settings_pages")
