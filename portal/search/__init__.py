"""Search in tickets and people: words, operators, ranked results."""

from pyramid.config import Configurator


def includeme(config: Configurator) -> None:
    """Register all that this feature owns."""
    config.scan("portal.search", ignore="portal.search.models")
