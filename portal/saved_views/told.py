"""What the audit log tells of views that others see too, and its words."""

from urllib.parse import parse_qsl

from pyramid.config import Configurator
from sqlalchemy.orm import Session
from webob.multidict import MultiDict

from portal.people.models import Team, User
from portal.saved_views.models import SavedView, Scope
from portal.search.understanding import Understanding
from portal.security.identity import Identity
from portal.tenants.audit import Told
from portal.tenants.models import Tenant
from portal.tickets.agent_queue import SORT_WORDS
from portal.tickets.filters import Filters
from portal.web.i18n import N_

AUDIT_ACTIONS = {
    "view.created": N_("View added"),
    "view.changed": N_("View changed"),
    "view.deleted": N_("View deleted"),
}
AUDIT_FIELDS = {
    "view.query": N_("Filters"),
    "view.sort": N_("Order"),
    "view.columns": N_("Columns"),
    "view.scope": N_("Who sees it"),
    "view.owner": N_("Owner"),
    # Of earlier entries.
    "query": N_("Filters"),
    "sort": N_("Order"),
    "columns": N_("Columns"),
    "scope": N_("Who sees it"),
    "team_id": N_("Team"),
    "owner_id": N_("Owner"),
}
AUDIT_VALUES = {
    f"view.scope:{Scope.MINE}": N_("Only me"),
    f"view.scope:{Scope.ALL}": N_("Everybody who answers tickets"),
    **{f"view.sort:{sort}": words for sort, words in SORT_WORDS.items()},
}


def told(db: Session, tenant: Tenant, view: SavedView, reader: Identity) -> Told:
    """A view as the audit log keeps it, its filters as they are typed into the search."""
    filters = Filters.parse(MultiDict(parse_qsl(view.query)))
    team = db.get(Team, (tenant.id, view.team_id)) if view.team_id is not None else None
    owner = db.get(User, (tenant.id, view.owner_id))
    values = {
        "name": view.name,
        "view.query": Understanding(db, tenant, reader).write(filters or Filters()),
        "view.sort": str(view.sort),
        "view.columns": None if view.columns is None else list(view.columns),
        # A team's name is no word of ours, whatever the team is called.
        "view.scope": [team.name] if team is not None else str(view.scope),
        "view.owner": owner.email if owner is not None else None,
    }
    return Told(view.name, view.scope != Scope.MINE, values)


def includeme(config: Configurator) -> None:
    """Register the words."""
    config.add_audit_words(AUDIT_ACTIONS, AUDIT_FIELDS, AUDIT_VALUES)
