"""Words for people in the settings, and for what the audit log tells of them."""

from portal.people.models import Role
from portal.web.i18n import N_

ROLES = {
    Role.CUSTOMER: N_("Customer"),
    Role.AGENT: N_("Agent"),
    Role.ADMIN: N_("Admin"),
}

AUDIT_ACTIONS = {
    "person.created": N_("Person added"),
    "person.invited": N_("Person invited"),
    "person.changed": N_("Person changed"),
    "person.role_changed": N_("Role changed"),
    "person.disabled": N_("Account disabled"),
    "person.enabled": N_("Account enabled"),
    "person.link_made": N_("Link for a new password made"),
    "person.password_set": N_("Password set"),
    "organisation.created": N_("Organisation added"),
    "organisation.changed": N_("Organisation changed"),
    "project.created": N_("Project added"),
    "project.changed": N_("Project changed"),
    "project.archived": N_("Project archived"),
    "project.restored": N_("Project restored"),
}
AUDIT_FIELDS = {
    "role": N_("Role"),
    "organisation": N_("Organisation"),
    "projects": N_("Projects"),
    "domains": N_("Domains"),
    "shared": N_("Members see each other’s tickets"),
    "key": N_("Project ID"),
}
AUDIT_VALUES = {role.value: label for role, label in ROLES.items()}
