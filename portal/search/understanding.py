"""What was typed, as filters of a list, and filters as what could have been typed.

    state:open assignee:me "exact words"   ⇄   Filters(states=(OPEN,), assignee=ME, text=…)

An operator or a value that is not known is a fault, which stands beside the box: an empty list
would say that there is no such ticket.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy.orm import Session

from portal.search import names
from portal.search.grammar import Operator, Query, Term, parse, quoted
from portal.search.operands import FaultError, dated, one_of, value_of
from portal.security.identity import Identity
from portal.tenants.models import Tenant
from portal.tickets.filters import (
    FIELD,
    MAX_QUERY,
    ME,
    NOBODY,
    UNSOLVED,
    UNSOLVED_WORD,
    Filters,
    Having,
    Mark,
    is_tag,
)
from portal.tickets.models import Priority, State
from portal.topics.catalogue import TopicCatalogue
from portal.topics.models import CustomField
from portal.web.i18n import N_, Message

#: Other spellings of operators.
ALIASES: Final[Mapping[str, str]] = {
    "organization": "organisation",
    "company": "organisation",
    "status": "state",
    "tags": "tag",
    "from": "requester",
    "assigned": "assignee",
}
OPERATORS: Final = (
    "state",
    "assignee",
    "requester",
    "organisation",
    "tag",
    "team",
    "topic",
    "project",
    "priority",
    "is",
    "has",
    "before",
    "after",
    "created",
    "updated",
)
_NOBODY: Final = frozenset({NOBODY, "nobody", "no", "unassigned"})
_STATES: Final[Mapping[str, tuple[State, ...]]] = {
    **{str(state): (state,) for state in State},
    "on-hold": (State.ON_HOLD,),
    "hold": (State.ON_HOLD,),
    UNSOLVED_WORD: UNSOLVED,
    "any": (),
}
_MARKS: Final[Mapping[str, Mark]] = {str(mark): mark for mark in Mark}
_HAVING: Final[Mapping[str, Having]] = {
    "attachment": Having.ATTACHMENT,
    "attachments": Having.ATTACHMENT,
    "file": Having.ATTACHMENT,
    "files": Having.ATTACHMENT,
}
_PRIORITIES: Final[Mapping[str, Priority]] = {str(each): each for each in Priority}
_NONE_CALLED: Final[Mapping[str, str]] = {
    "assignee": N_("No agent is called “%(name)s”."),
    "team": N_("No team is called “%(name)s”."),
    "topic": N_("No topic is called “%(name)s”."),
    "project": N_("No project is called “%(name)s”."),
    "organisation": N_("No organisation is called “%(name)s”."),
}


@dataclass(frozen=True, slots=True)
class Understood:
    """The filters that were meant, the words among them, and what could not be understood."""

    filters: Filters
    terms: tuple[Term, ...]
    faults: tuple[Message, ...] = ()
    has_operators: bool = False


class Understanding:
    """Reads and writes searches of one tenant for one of its staff."""

    def __init__(self, db: Session, tenant: Tenant, reader: Identity) -> None:
        self.db = db
        self.tenant = tenant
        self.reader = reader

    def read(self, text: str) -> Understood:
        """What the text means. At most two queries: for names, and for the tenant's fields."""
        query = parse(text)
        things = self._things(query)
        fields = self._fields(query)
        filters, faults = Filters(text=query.words[:MAX_QUERY]), list[Message]()
        for operator in query.operators:
            try:
                filters = self._narrowed(filters, operator, things, fields)
            except FaultError as fault:
                faults.append(fault.message)
        return Understood(filters, query.terms, tuple(faults), bool(query.operators))

    def write(self, filters: Filters) -> str:
        """The filters as they are typed; `read` gives the same ones back."""
        ids = {
            kind: int(value)
            for kind in names.KINDS
            if (value := getattr(filters, kind)).isdecimal()
        }
        called = names.names_of(self.db, self.tenant, ids.items())
        words = [f"state:{state}" for state in filters.states]
        if filters.states == UNSOLVED:
            words = [f"state:{UNSOLVED_WORD}"]
        for kind in names.KINDS:
            value = getattr(filters, kind)
            if kind in ids:
                value = called.get((kind, ids[kind]), value)
            words += [f"{kind}:{quoted(value)}"] if value else []
        words += [f"requester:{quoted(filters.requester)}"] if filters.requester else []
        words += [f"tag:{tag}" for tag in filters.tags]
        words += [f"priority:{priority}" for priority in filters.priorities]
        words += [f"is:{mark}" for mark in filters.marks]
        words += [f"has:{having}" for having in filters.having]
        words += [
            f"{name}:{value}"
            for name in ("before", "after", "created", "updated")
            if (value := getattr(filters, name))
        ]
        words += [f"{FIELD}{key}:{quoted(value)}" for key, value in filters.fields]
        return " ".join([*words, filters.text]).strip()

    def _things(self, query: Query) -> dict[tuple[str, str], list[names.Thing]]:
        wanted = {
            (name, operator.value)
            for operator in query.operators
            if (name := ALIASES.get(operator.name, operator.name)) in names.KINDS
            and operator.value.lower() not in _NOBODY | {ME}
        }
        return names.named(self.db, self.tenant, sorted(wanted))

    def _fields(self, query: Query) -> dict[str, CustomField]:
        """The tenant's fields by their keys, where the query names some."""
        if not any(operator.name.startswith(FIELD) for operator in query.operators):
            return {}
        fields = TopicCatalogue(self.db, self.tenant).all_fields(archived=True)
        return {each.key: each for each in fields}

    def _narrowed(
        self,
        filters: Filters,
        operator: Operator,
        things: Mapping[tuple[str, str], list[names.Thing]],
        fields: Mapping[str, CustomField],
    ) -> Filters:
        """The filters with one more. Raises FaultError."""
        name = ALIASES.get(operator.name, operator.name)
        value, word = operator.value, operator.value.lower()
        is_field = name.startswith(FIELD)
        if name not in OPERATORS and not is_field:
            raise FaultError(
                N_(
                    "“%(name)s:” is no operator of this search. To look for these words, put them "
                    "in quotation marks.",
                    name=operator.name,
                )
            )
        if operator.is_excluded:
            raise FaultError(
                N_(
                    "“%(operator)s”: only words can be left out with a minus, not operators.",
                    operator=str(operator),
                )
            )
        if is_field:
            key = name.removeprefix(FIELD)
            return filters.with_field(key, value_of(fields.get(key), operator))
        match name:
            case "state":
                states = {*filters.states}
                for each in word.split(","):
                    states |= {*one_of(operator, each, _STATES)}
                return replace(filters, states=tuple(each for each in State if each in states))
            case "priority":
                wanted = {one_of(operator, each, _PRIORITIES) for each in word.split(",")}
                priorities = wanted | {*filters.priorities}
                return replace(
                    filters, priorities=tuple(each for each in Priority if each in priorities)
                )
            case "is":
                marks = {one_of(operator, word, _MARKS), *filters.marks}
                return replace(filters, marks=tuple(each for each in Mark if each in marks))
            case "has":
                return replace(filters, having=(one_of(operator, word, _HAVING),))
            case "tag":
                return self._tagged(filters, operator)
            case "requester":
                asked = self.reader.email if word == ME else value
                return replace(filters, requester=asked)
            case "before" | "after" | "created" | "updated":
                return dated(filters, name, operator)
            case _:
                one: dict[str, Any] = {name: self._one_named(name, operator, things)}
                return replace(filters, **one)

    def _tagged(self, filters: Filters, operator: Operator) -> Filters:
        tag = operator.value.lower().removeprefix("#")
        if not is_tag(tag):
            raise FaultError(N_("“%(value)s” cannot be a tag.", value=operator.value))
        return replace(filters, tags=tuple(sorted({*filters.tags, tag})))

    def _one_named(
        self,
        kind: str,
        operator: Operator,
        things: Mapping[tuple[str, str], list[names.Thing]],
    ) -> str:
        """The filter's value for a name: an id, ME or NOBODY."""
        word = operator.value.lower()
        if word in _NOBODY:
            return NOBODY
        if word == ME and kind == "assignee":
            return ME
        found = things.get((kind, operator.value), [])
        if len(found) == 1:
            return str(found[0].id)
        if not found:
            raise FaultError(N_(_NONE_CALLED[kind], name=operator.value))
        raise FaultError(
            N_(
                "“%(operator)s” can mean several: %(names)s.",
                operator=str(operator),
                names=", ".join(thing.name for thing in found[:5]),
            )
        )
