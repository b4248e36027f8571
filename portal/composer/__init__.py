"""The composer: drafts, held replies, mentions."""

from pyramid.config import Configurator


def includeme(config: Configurator) -> None:
    """Register all that this feature owns."""
    # By name: the tickets' service needs a part of this room, and this room needs that service.
    config.include("portal.composer.registration")
