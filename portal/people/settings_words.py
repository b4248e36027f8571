"""Words for people in the settings, and for what the audit log tells of them."""

from portal.people.models import Assignment, Role, Sharing
from portal.security.grants import GRANTS
from portal.web.i18n import N_

ROLES = {
    Role.CUSTOMER: N_("Customer"),
    Role.AGENT: N_("Agent"),
    Role.ADMIN: N_("Admin"),
}

ASSIGNMENTS = {
    Assignment.BY_HAND: N_("Nobody: it is assigned by hand"),
    Assignment.ROUND_ROBIN: N_("Everybody in turn"),
    Assignment.LEAST_BUSY: N_("Whoever has the fewest unsolved tickets"),
}

SHARING = {
    Sharing.NOTHING: N_("Members see only their own tickets"),
    Sharing.SEE: N_("Members see each other’s tickets"),
    Sharing.REPLY: N_("Members see each other’s tickets and reply to them"),
}

AUDIT_ACTIONS = {
    "person.created": N_("Person added"),
    "person.invited": N_("Person invited"),
    "person.changed": N_("Person changed"),
    "person.role_changed": N_("Role changed"),
    "role.created": N_("Role added"),
    "role.changed": N_("Permissions of a role changed"),
    "role.deleted": N_("Role deleted"),
    "person.disabled": N_("Account disabled"),
    "person.merged": N_("People merged"),
    "person.enabled": N_("Account enabled"),
    "person.link_made": N_("Link for a new password made"),
    "person.password_set": N_("Password set"),
    "organisation.created": N_("Organisation added"),
    "organisation.changed": N_("Organisation changed"),
    "project.created": N_("Project added"),
    "project.changed": N_("Project changed"),
    "project.archived": N_("Project archived"),
    "project.restored": N_("Project restored"),
    "team.created": N_("Team added"),
    "team.changed": N_("Team changed"),
    "team.archived": N_("Team archived"),
    "team.restored": N_("Team restored"),
}
AUDIT_FIELDS = {
    "role": N_("Role"),
    "agent_role": N_("Agent’s role"),
    "organisation": N_("Organisation"),
    "projects": N_("Projects"),
    "domains": N_("Domains"),
    "shared": N_("Members see each other’s tickets"),
    "members_reply": N_("Members reply to each other’s tickets"),
    "sharing": N_("Each other’s tickets"),
    "key": N_("Project ID"),
    "away": N_("Out of office"),
    "into": N_("Merged into"),
    "tickets": N_("Tickets"),
    "messages": N_("Messages"),
    "copies": N_("Tickets in copy"),
    "notes": N_("Notes about the person"),
    "identities": N_("Linked sign-ins"),
    "members": N_("Members"),
    "assignment": N_("Assignment"),
}
AUDIT_FIELDS |= {f"may.{each.permission}": each.label for each in GRANTS.values()}
AUDIT_VALUES = {role.value: label for role, label in ROLES.items()} | {
    each.value: words for each, words in (*ASSIGNMENTS.items(), *SHARING.items())
}
