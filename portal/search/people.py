"""People and organisations, found by what somebody knows of them: a part of the name or of the
address, and something near it when nothing has that part."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    CompoundSelect,
    Float,
    Select,
    Text,
    and_,
    bindparam,
    case,
    cast,
    column,
    func,
    literal,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session
from sqlalchemy.sql.selectable import TableValuedAlias

from portal.people.models import Organisation, User
from portal.search.grammar import Term
from portal.tenants.models import Tenant

#: Parts of a name that are looked at.
MOST_PARTS = 6
#: A shorter part is in too many names, and has no trigram.
SHORTEST = 2


class Named(NamedTuple):
    """A person or an organisation."""

    #: `person` or `organisation`.
    kind: str
    id: int
    name: str
    #: A person's address, role and organisation; of an organisation nothing.
    email: str | None
    role: str | None
    organisation: str | None
    #: It has all that was typed; otherwise it is something near.
    is_exact: bool


class NameSearch:
    """The names of one tenant, searched by one of its staff.

    The database refuses a reader who is not: see `search_people`.
    """

    def __init__(self, db: Session, tenant: Tenant, reader_id: int) -> None:
        self.db = db
        self.tenant = tenant
        self.reader_id = reader_id

    def find(self, terms: Sequence[Term], most: int) -> list[Named]:
        """The best names first; those that are only near when none has all words. One query."""
        parts = [term.text for term in terms if not term.is_excluded][:MOST_PARTS]
        if not any(len(part) >= SHORTEST for part in parts):
            return []
        values = {
            "tenant": self.tenant.id,
            "reader": self.reader_id,
            "parts": parts,
            "most": most,
        }
        return [Named(*row) for row in self.db.execute(_NAMES, values)]


def _found(*, loose: bool) -> TableValuedAlias:
    return func.search_people(
        bindparam("tenant", type_=BigInteger),
        bindparam("reader", type_=BigInteger),
        cast(bindparam("parts"), ARRAY(Text)),
        loose,
        bindparam("most"),
    ).table_valued(
        column("kind", Text),
        column("named_id", BigInteger),
        column("rank", Float),
        name="near" if loose else "exact",
    )


def _names() -> Select[*tuple[Any, ...]]:
    # Both are made once: the second only when the first is empty.
    exact = _found(loose=False)
    exactly = select(exact, literal(True).label("is_exact")).cte("exactly")
    near = _found(loose=True)
    nearly = select(near, literal(False).label("is_exact")).where(~select(exactly.c.kind).exists())
    both: CompoundSelect[*tuple[Any, ...]] = union_all(select(exactly), nearly)
    found = both.subquery("found")
    member_of = Organisation.__table__.alias("member_of")
    return (
        select(
            found.c.kind,
            found.c.named_id,
            func.coalesce(User.name, Organisation.name),
            User.email,
            User.role,
            member_of.c.name,
            found.c.is_exact,
        )
        .select_from(found)
        .outerjoin(
            User,
            and_(
                found.c.kind == "person",
                User.tenant_id == bindparam("tenant"),
                User.id == found.c.named_id,
            ),
        )
        .outerjoin(
            Organisation,
            and_(
                found.c.kind == "organisation",
                Organisation.tenant_id == bindparam("tenant"),
                Organisation.id == found.c.named_id,
            ),
        )
        .outerjoin(
            member_of,
            and_(
                member_of.c.tenant_id == User.tenant_id,
                member_of.c.id == User.organisation_id,
            ),
        )
        .where(func.coalesce(User.name, Organisation.name).is_not(None))
        .where(User.merged_into_id.is_(None))
        .order_by(found.c.rank.desc(), case((found.c.kind == "organisation", 0), else_=1))
        .order_by(func.coalesce(User.name, Organisation.name), found.c.named_id)
    )


_NAMES = _names()
