"""Changes of the sign-in settings in words: the field, and what it was and becomes."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from pyramid.request import Request

from portal.security.authenticators import installed
from portal.signin.dialects import dialects
from portal.signin.settings_forms import duration
from portal.signin.settings_words import ROLE_CAP
from portal.tenants.audit import Changes
from portal.tenants.audit_words import AuditWords, audit_words
from portal.web.i18n import N_

#: Where the audit log has to name the unit, and a length of time in words does not.
_FIELDS = {
    "leeway": N_("Leeway"),
    "session_idle_seconds": N_("Customers: without activity"),
    "session_absolute_seconds": N_("Customers: at most, in all"),
    "staff_idle_seconds": N_("Team: without activity"),
    "staff_absolute_seconds": N_("Team: at most, in all"),
}


class Line(NamedTuple):
    """A setting and its values, in words."""

    field: str
    before: str
    after: str


class ChangeWords:
    """Says changes to whoever reads the request's answer."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.words: AuditWords = audit_words(request.registry)
        registry = installed(request)
        found = (registry.get(name) for name in registry.names())
        ways = {each.name: each.label for each in found if each is not None and each.label}
        spoken = {name: each.label for name, each in dialects(request.registry).items()}
        self._names: Mapping[str, Mapping[str, str]] = {
            "authenticators": ways,
            "dialects": spoken,
            "primary_dialect": spoken,
        }

    def lines(self, changes: Changes) -> list[Line]:
        """The changes, one a line."""
        return [
            Line(self.field(name), self.value(name, before), self.value(name, after))
            for name, (before, after) in changes.items()
        ]

    def field(self, name: str) -> str:
        """What a setting is called."""
        said: str = self.request.gettext(_FIELDS.get(name) or self.words.field(name))
        return said

    def value(self, name: str, value: Any) -> str:
        """A setting's value as it is read."""
        gettext: Callable[[str], str] = self.request.gettext
        if name.endswith("_seconds") or name == "leeway":
            return duration(value, self.request.locale)
        if name == "role_cap":
            cap = ROLE_CAP[value or ""]
            return gettext(cap)
        if name in self._names and value:
            known = self._names[name]
            words = [gettext(known.get(each, each)) for each in _listed(name, value)]
            return ", ".join(words) or gettext(N_("nothing"))
        return gettext(self.words.value(value))


def _listed(name: str, value: Any) -> list[str]:
    """The names in a value; of the ways in, those that may be switched on and off."""
    names = [value] if isinstance(value, str) else list(value)
    return [each for each in names if name != "authenticators" or each != "session"]
