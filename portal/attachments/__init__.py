"""Files of messages."""

from pyramid.config import Configurator

from portal.attachments.store import ObjectStore, StoreError
from portal.settings import SettingsError


def includeme(config: Configurator) -> None:
    """Register all that this feature owns. Raises SettingsError for a store that cannot be used."""
    settings = config.registry["portal.settings"]
    try:
        config.registry["attachments.store"] = ObjectStore(settings.attachments_url)
    except StoreError as error:
        raise SettingsError("attachments.url", f"cannot be used: {error}") from error
    config.scan("portal.attachments.views")
