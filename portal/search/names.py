"""What operators call things by their names: agents, teams, topics, projects, organisations."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from sqlalchemy import (
    Select,
    Text,
    cast,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from portal.people.models import Organisation, Project, Role, Team, User
from portal.tenants.models import Tenant
from portal.topics.models import Topic

#: Names that one word may mean before it is too vague.
MOST = 20


class Thing(NamedTuple):
    """Something that tickets can be narrowed to. `other` is a second name: an address, a key."""

    id: int
    name: str
    other: str | None

    def is_called(self, word: str) -> bool:
        """Whether this is its name, or the other one."""
        return word in (self.name.casefold(), (self.other or "").casefold())


class _Kind(NamedTuple):
    """Where things of a kind are kept. Columns of mapped classes, so of no one type."""

    model: Any
    other: Any
    condition: Any = None


_NOTHING = cast(null(), Text)
#: By the operator that asks for them.
_KINDS: Mapping[str, _Kind] = {
    "assignee": _Kind(User, User.email, User.role != Role.CUSTOMER),
    "team": _Kind(Team, _NOTHING),
    "topic": _Kind(Topic, _NOTHING),
    "project": _Kind(Project, Project.key),
    "organisation": _Kind(Organisation, _NOTHING),
}
KINDS = tuple(_KINDS)


def named(
    db: Session, tenant: Tenant, wanted: Iterable[tuple[str, str]]
) -> dict[tuple[str, str], list[Thing]]:
    """For each kind and word what has it in its name, at most MOST; one query, or none.

    One that is called exactly so comes alone.
    """
    found: dict[tuple[str, str], list[Thing]] = {each: [] for each in wanted}
    if not found:
        return {}
    selects = [_named_so(tenant, kind, word) for kind, word in found]
    for kind, word, key, name, other in db.execute(union_all(*selects)):
        found[kind, word].append(Thing(key, name, other))
    for (kind, word), things in found.items():
        exact = [thing for thing in things if thing.is_called(word.casefold())]
        found[kind, word] = exact or things
    return found


def names_of(
    db: Session, tenant: Tenant, wanted: Iterable[tuple[str, int]]
) -> dict[tuple[str, int], str]:
    """The names of things by kind and id; one query, or none."""
    wanted = list(wanted)
    if not wanted:
        return {}
    selects = [
        _select(tenant, kind, str(key)).where(_KINDS[kind].model.id == key) for kind, key in wanted
    ]
    rows = db.execute(union_all(*selects))
    return {(kind, key): name for kind, _word, key, name, _other in rows}


def _named_so(tenant: Tenant, kind: str, word: str) -> Select[*tuple[Any, ...]]:
    model, other, _condition = _KINDS[kind]
    folded = func.search_fold(word)
    # A short list each; of organisations there are some thousands.
    is_called = [func.strpos(func.search_fold(model.name), folded) > 0]
    if other is not _NOTHING:
        is_called.append(func.strpos(func.search_fold(other), folded) > 0)
    found = (
        _select(tenant, kind, word)
        .where(or_(*is_called))
        .order_by(func.search_fold(model.name) != folded, model.name, model.id)
        .limit(MOST)
    )
    return select(found.subquery())


def _select(tenant: Tenant, kind: str, word: str) -> Select[*tuple[Any, ...]]:
    model, other, condition = _KINDS[kind]
    rows = select(
        literal(kind).label("kind"),
        literal(word).label("word"),
        model.id.label("id"),
        model.name.label("name"),
        other.label("other"),
    ).where(model.tenant_id == tenant.id)
    return rows if condition is None else rows.where(condition)
