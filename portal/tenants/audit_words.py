"""What the audit log calls actions, fields and values. Features bring their own words."""

from collections.abc import Mapping
from typing import Any

from pyramid.config import Configurator
from pyramid.registry import Registry

from portal.web.i18n import N_, Message

REGISTRY_KEY = "tenants.audit_words"

Words = Mapping[str, Message]

_ACTIONS: Words = {
    "tenant.created": N_("Help desk created"),
    "tenant.changed": N_("General settings changed"),
    "branding.changed": N_("Branding changed"),
    "branding.logo_set": N_("Logo replaced"),
    "branding.logo_removed": N_("Logo removed"),
}
_FIELDS: Words = {
    "name": N_("Name"),
    "accent": N_("Accent colour"),
    "locale": N_("Language"),
    "timezone": N_("Time zone"),
    "reopen_days": N_("Days in which a solved ticket can be reopened"),
    "hosts": N_("Hosts"),
    "status": N_("Status"),
    "company_id": N_("Company ID"),
    "account_id": N_("Account ID"),
}


class AuditWords:
    """The words of all features."""

    def __init__(self) -> None:
        self.actions: dict[str, Message] = {}
        self.fields: dict[str, Message] = {}
        self.values: dict[str, Message] = {}

    def action(self, name: str) -> str:
        """What happened; for an action of a feature that is gone, its name."""
        return self.actions.get(name, name)

    def field(self, name: str) -> str:
        """What a field is called."""
        return self.fields.get(name, name)

    def value(self, value: Any, field: str = "") -> str:
        """A value as it is read: yes and no, nothing, a list, a word of a feature, or text. A
        feature's word may be that of one field alone: `macro.kind:reply`."""
        if value is None or value in ("", []):
            return N_("nothing")
        if isinstance(value, bool):
            return N_("yes") if value else N_("no")
        if isinstance(value, list):
            return ", ".join(str(each) for each in value)
        known = (word for word in (f"{field}:{value}", str(value)) if word in self.values)
        word = next(known, None)
        return str(value) if word is None else self.values[word]


def audit_words(registry: Registry) -> AuditWords:
    """The words of this application."""
    words: AuditWords = registry[REGISTRY_KEY]
    return words


def add_audit_words(
    config: Configurator,
    actions: Words | None = None,
    fields: Words | None = None,
    values: Words | None = None,
) -> None:
    """Pyramid directive: say what a feature's actions, fields and values are called."""
    words = audit_words(config.registry)
    words.actions.update(actions or {})
    words.fields.update(fields or {})
    words.values.update(values or {})


def includeme(config: Configurator) -> None:
    """The directive, and the words of this room."""
    config.registry[REGISTRY_KEY] = AuditWords()
    config.add_directive("add_audit_words", add_audit_words)
    config.add_audit_words(_ACTIONS, _FIELDS)
