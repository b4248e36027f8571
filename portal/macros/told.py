"""What the audit log tells of macros that others have too, and its words."""

from collections.abc import Mapping
from typing import Any

from pyramid.config import Configurator
from sqlalchemy.orm import Session

from portal.bulk.actions import Verb
from portal.macros.carried import ME, NOBODY
from portal.macros.models import Macro, MacroScope
from portal.people.models import Team, User
from portal.tenants.audit import Told
from portal.tickets.agent_words import PRIORITY_WORDS, STATE_WORDS
from portal.tickets.models import MessageKind
from portal.topics.models import Topic
from portal.web.i18n import N_

AUDIT_ACTIONS = {
    "macro.created": N_("Macro added"),
    "macro.changed": N_("Macro changed"),
    "macro.deleted": N_("Macro deleted"),
}
AUDIT_FIELDS = {
    "macro.body": N_("Text"),
    "macro.kind": N_("Written as"),
    "macro.scope": N_("Who can use it"),
    "macro.archived": N_("Archived"),
    "macro.state": N_("State"),
    "macro.priority": N_("Priority"),
    "macro.topic": N_("Topic"),
    "macro.team": N_("Team"),
    "macro.assignee": N_("Assignee"),
    "macro.add_tags": N_("Add tags"),
    "macro.remove_tags": N_("Remove tags"),
    # Of earlier entries.
    "macro.actions": N_("Changes"),
    "macro.team_id": N_("Team"),
    "macro.archived_at": N_("Archived"),
}
AUDIT_VALUES = {
    f"macro.kind:{MessageKind.REPLY}": N_("Reply to the customer"),
    f"macro.kind:{MessageKind.NOTE}": N_("Internal note"),
    f"macro.scope:{MacroScope.MINE}": N_("Only me"),
    f"macro.scope:{MacroScope.ALL}": N_("Everybody who answers tickets"),
    f"macro.assignee:{ME}": N_("Whoever uses the macro"),
    f"macro.assignee:{NOBODY}": N_("Nobody"),
    **{f"macro.state:{state}": words for state, words in STATE_WORDS.items()},
    **{f"macro.priority:{each}": words for each, words in PRIORITY_WORDS.items()},
}


def told(db: Session, macro: Macro) -> Told:
    """A macro as the audit log keeps it, with the names that ids stand for."""
    actions: Mapping[str, Any] = macro.actions
    values = {
        "name": macro.name,
        "macro.kind": str(macro.kind),
        "macro.body": macro.body,
        # A team's name is no word of ours, whatever the team is called.
        "macro.scope": [_name(db, macro, Team, macro.team_id)]
        if macro.team_id
        else str(macro.scope),
        "macro.archived": macro.archived_at is not None,
        "macro.topic": _name(db, macro, Topic, actions.get(Verb.TOPIC)),
        "macro.team": _name(db, macro, Team, actions.get(Verb.TEAM)),
        "macro.assignee": _assignee(db, macro, actions.get(Verb.ASSIGNEE)),
    }
    for verb in (Verb.STATE, Verb.PRIORITY, Verb.ADD_TAGS, Verb.REMOVE_TAGS):
        values[f"macro.{verb}"] = actions.get(verb)
    return Told(macro.name, macro.scope != MacroScope.MINE, values)


def _name(
    db: Session, macro: Macro, model: type[Team] | type[Topic], key: int | None
) -> str | None:
    row = db.get(model, (macro.tenant_id, key)) if key is not None else None
    return row.name if isinstance(row, Team | Topic) else None


def _assignee(db: Session, macro: Macro, who: int | str | None) -> str | None:
    row = db.get(User, (macro.tenant_id, who)) if isinstance(who, int) else None
    return row.email if row is not None else None if isinstance(who, int) else who


def includeme(config: Configurator) -> None:
    """Register the words."""
    config.add_audit_words(AUDIT_ACTIONS, AUDIT_FIELDS, AUDIT_VALUES)
