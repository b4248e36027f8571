"""Words for topics and fields in the settings, and for what the audit log tells of them."""

from portal.topics.models import FieldKind
from portal.web.i18n import N_

KINDS = {
    FieldKind.TEXT: N_("Text"),
    FieldKind.NUMBER: N_("Number"),
    FieldKind.DATE: N_("Date"),
    FieldKind.CHOICE: N_("Choice"),
    FieldKind.CHECKBOX: N_("Checkbox"),
}
KIND_ICONS = {
    FieldKind.TEXT: "pencil",
    FieldKind.NUMBER: "hash",
    FieldKind.DATE: "calendar",
    FieldKind.CHOICE: "list",
    FieldKind.CHECKBOX: "square-check",
}
PRIORITIES = {
    "low": N_("Low"),
    "normal": N_("Normal"),
    "high": N_("High"),
    "urgent": N_("Urgent"),
}

AUDIT_ACTIONS = {
    "topic.created": N_("Topic added"),
    "topic.changed": N_("Topic changed"),
    "topic.archived": N_("Topic archived"),
    "topic.restored": N_("Topic restored"),
    "field.created": N_("Field added"),
    "field.changed": N_("Field changed"),
    "field.archived": N_("Field archived"),
    "field.restored": N_("Field restored"),
}
AUDIT_FIELDS = {
    "description": N_("Line under the name"),
    "for_customers": N_("For customers"),
    "project_id": N_("Project"),
    "team_id": N_("Team"),
    "priority": N_("Priority"),
    "fields": N_("Fields"),
    "label": N_("Label"),
    "hint": N_("Hint"),
    "choices": N_("Choices"),
    "required_to_open": N_("Required to open a ticket"),
    "required_to_solve": N_("Required to solve a ticket"),
    "condition_field_id": N_("Asked only where another field has a value"),
    "condition_values": N_("Asked only where it is"),
}
