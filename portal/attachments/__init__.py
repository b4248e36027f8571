"""Files of messages: taken, cleaned, kept in a store, shown small, and handed out."""

from pyramid.config import Configurator

from portal.attachments import upkeep
from portal.attachments.resources import FilesResource
from portal.attachments.store import ObjectStore, StoreError
from portal.attachments.thumbnails import DRAW, draw_thumbnail
from portal.settings import SettingsError


def includeme(config: Configurator) -> None:
    """Register all that this feature owns. Raises SettingsError for a store that cannot be used."""
    settings = config.registry["portal.settings"]
    try:
        config.registry["attachments.store"] = ObjectStore(settings.attachments_url)
    except StoreError as error:
        raise SettingsError("attachments.url", f"cannot be used: {error}") from error
    config.add_tenant_child(
        "files", lambda parent, name: FilesResource(parent.request, parent, name)
    )
    config.include("portal.attachments.rules")
    config.registry[upkeep.CLAIMS] = []
    config.add_directive("add_attachment_claims", upkeep.add_attachment_claims)
    config.add_job(DRAW, draw_thumbnail)
    config.add_periodic_job(upkeep.DRAW_FORGOTTEN, upkeep.draw_forgotten, "40 2 * * *")
    config.add_periodic_job(upkeep.REMOVE_FORGOTTEN, upkeep.remove_forgotten, "50 2 * * *")
    config.scan("portal.attachments", ignore="portal.attachments.drawing")
