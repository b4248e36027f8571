"""Files of messages."""

from pyramid.config import Configurator

from portal.attachments.store import ObjectStore


def includeme(config: Configurator) -> None:
    """Register all that this feature owns."""
    settings = config.registry["portal.settings"]
    config.registry["attachments.store"] = ObjectStore(settings.attachments_url)
