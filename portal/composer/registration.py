"""What the composer registers."""

from pyramid.config import Configurator
from pyramid.events import ContextFound

from portal.composer import drafts
from portal.composer.files import claimed_by_drafts, claimed_by_held_replies
from portal.composer.held import RELEASE, release_held
from portal.composer.merged import follow_merges
from portal.composer.models import Draft
from portal.composer.own_data import drafts as drafts_of
from portal.composer.palette_places import draft_places
from portal.composer.releasing import before_a_list


def includeme(config: Configurator) -> None:
    """Register all that this feature owns."""
    config.add_sweep(Draft, drafts.is_over)
    config.add_attachment_claims(claimed_by_drafts)
    config.add_attachment_claims(claimed_by_held_replies)
    config.add_job(RELEASE, release_held)
    config.add_subscriber(before_a_list, ContextFound)
    config.add_ticket_listener(follow_merges)
    config.add_palette_source(draft_places)
    config.add_own_data(drafts_of)
    config.scan("portal.composer", ignore="portal.composer.models")
