"""A ticket's timeline, laid out for one reader: what is new, what is folded, where to land.

Customers' and agents' pages use it alike; they differ in which entries they are given.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pyramid.request import Request
from sqlalchemy import BigInteger, bindparam, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from portal.security.identity import Identity
from portal.tenants.models import Tenant
from portal.tickets.models import EventKind, Ticket, TicketRead
from portal.tickets.thread import Entry, ThreadReader
from portal.tickets.thread_files import FileEntry
from portal.web.paging import Cursor

#: Of a long thread, this many messages at its end stay in sight, and all that are new.
LAST_SHOWN = 4
#: Fewer than these are not worth a click.
LEAST_FOLDED = 3

#: The parameter of a page that shows an earlier part of a very long thread.
UNTIL = "until"

_READ_UP_TO = select(TicketRead.message_id).where(
    TicketRead.tenant_id == bindparam("tenant_id"),
    TicketRead.user_id == bindparam("user_id"),
    TicketRead.ticket_number == bindparam("number"),
)
_mark = insert(TicketRead).from_select(
    ["tenant_id", "user_id", "ticket_number", "message_id"],
    select(
        *(bindparam(name, type_=BigInteger) for name in ("tenant_id", "user_id", "number", "mark"))
    ).where(
        bindparam("mark", type_=BigInteger) > 0,
        # Who reads a ticket again writes nothing.
        ~_READ_UP_TO.where(TicketRead.message_id >= bindparam("mark")).exists(),
    ),
)
#: The mark as it was, which is then where `mark` says.
_READ_AND_MARK = _READ_UP_TO.add_cte(
    _mark.on_conflict_do_update(
        index_elements=["tenant_id", "user_id", "ticket_number"],
        set_={"message_id": _mark.excluded.message_id},
        where=TicketRead.message_id < _mark.excluded.message_id,
    ).cte("marked")
)


@dataclass(frozen=True, slots=True)
class Line:
    """An entry as one reader sees it."""

    entry: Entry
    files: Sequence[FileEntry] = ()
    #: The reader wrote it.
    yours: bool = False
    #: The reader has not seen it before.
    fresh: bool = False
    #: The first that is fresh: where the page lands.
    landing: bool = False

    @property
    def anchor(self) -> str | None:
        """The message's id in the page; events have none."""
        return f"m{self.entry.id}" if self.entry.is_message else None


@dataclass(frozen=True, slots=True)
class Timeline:
    """Lines in order of time: those before the fold, in it, and after it."""

    before_fold: Sequence[Line]
    folded: Sequence[Line]
    after_fold: Sequence[Line]
    #: The last message shown, by its id: what a form says that its writer has seen.
    newest: int
    #: Up to which message the reader had read before this page; None: never opened.
    read_up_to: int | None
    #: Where entries older than these end, as `ThreadReader` takes it; None: these are all.
    earlier: datetime | None = None

    @property
    def lines(self) -> Sequence[Line]:
        """All of them."""
        return (*self.before_fold, *self.folded, *self.after_fold)

    @property
    def folded_messages(self) -> int:
        """How many messages the fold holds."""
        return sum(line.entry.is_message for line in self.folded)

    @property
    def files(self) -> list[FileEntry]:
        """The files of the messages that are shown, oldest first."""
        return [file for line in self.lines for file in line.files]

    @property
    def earlier_query(self) -> dict[str, str] | None:
        """The parameters of a page with the entries before these; see `until_from`."""
        return {UNTIL: str(Cursor(self.earlier, 0))} if self.earlier is not None else None


def arrange(
    entries: Sequence[Entry],
    files: Mapping[int, Sequence[FileEntry]],
    *,
    reader_id: int,
    read_up_to: int | None,
    seen_count: int | None = None,
    earlier: datetime | None = None,
) -> Timeline:
    """Lay entries (oldest first) out for a reader.

    Nothing is marked as new to somebody who opens the ticket for the first time: everything is.
    `seen_count`: how many messages the reader's form showed, so that what merges brought since is
    marked too.
    """
    came = _came_along(entries, read_up_to or 0, seen_count)
    lines: list[Line] = []
    landed = False
    for entry in entries:
        if not entry.is_message:
            lines.append(Line(entry))
            continue
        yours = entry.author_id == reader_id
        is_later = read_up_to is not None and entry.id > read_up_to and not yours
        fresh = is_later or entry.id in came
        lines.append(
            Line(entry, files.get(entry.id, ()), yours, fresh, landing=fresh and not landed)
        )
        landed = landed or fresh
    start, end = _fold(lines)
    return Timeline(
        before_fold=lines[:start],
        folded=lines[start:end],
        after_fold=lines[end:],
        newest=max((line.entry.id for line in lines if line.entry.is_message), default=0),
        read_up_to=read_up_to,
        earlier=earlier,
    )


def _came_along(
    entries: Sequence[Entry], read_up_to: int, seen_count: int | None
) -> Collection[int]:
    """What the latest merges brought of messages that are no later than those read: as many of
    them as it takes to make up for what `seen_count` lacks."""
    if seen_count is None:
        return ()
    missing = sum(entry.is_message and entry.id <= read_up_to for entry in entries) - seen_count
    came: set[int] = set()
    for entry in reversed(entries):
        if len(came) >= missing:
            break
        if entry.event_kind == EventKind.MERGED:
            came.update((entry.data or {}).get("messages", ()))
    return came


def _fold(lines: Sequence[Line]) -> tuple[int, int]:
    """Where the fold begins and ends: after the first message, before the last and the new."""
    messages = [place for place, line in enumerate(lines) if line.entry.is_message]
    if len(messages) < 1 + LEAST_FOLDED + LAST_SHOWN:
        return len(lines), len(lines)
    end = messages[-LAST_SHOWN]
    for place in messages:
        if lines[place].fresh:
            end = min(end, place)
            break
    start = messages[0] + 1
    if sum(start <= place < end for place in messages) < LEAST_FOLDED:
        return len(lines), len(lines)
    return start, end


def _read_up_to(
    db: Session, tenant: Tenant, ticket: Ticket, reader: Identity, mark: int | None
) -> int | None:
    """The last message that the reader has seen, or None when they never opened the ticket; from
    now on they have seen it up to `mark`. One query."""
    values = {"tenant_id": tenant.id, "user_id": reader.user_id, "number": ticket.number}
    if mark is None:
        return db.scalar(_READ_UP_TO, values)
    return db.scalar(_READ_AND_MARK, values | {"mark": mark})


def load_timeline(
    db: Session,
    tenant: Tenant,
    ticket: Ticket,
    reader: Identity,
    *,
    for_staff: bool,
    seen: int | None = None,
    seen_count: int | None = None,
    marks: bool = False,
    wanted: Callable[[Entry], object] | None = None,
    until: datetime | None = None,
) -> Timeline:
    """The ticket's timeline for a reader. Three queries.

    `seen`: the last message that the reader's form showed, where that says better than the
    reader's mark what is new, and `seen_count`: how many. `wanted` leaves out the events for which
    it is false. `until` shows an earlier part. `marks`: the reader has now seen what it shows.
    """
    thread = ThreadReader(db, tenant, ticket, for_staff=for_staff, until=until)
    entries = thread.entries()
    if wanted is not None:
        entries = [entry for entry in entries if entry.is_message or wanted(entry)]
    newest = max((entry.id for entry in entries if entry.is_message), default=0)
    mark = _read_up_to(db, tenant, ticket, reader, newest if marks else None)
    return arrange(
        entries,
        thread.files(),
        reader_id=reader.user_id,
        read_up_to=mark if seen is None else seen,
        seen_count=seen_count,
        earlier=thread.earlier,
    )


def until_from(request: Request) -> datetime | None:
    """The part of the thread that the address asks for; None: the latest."""
    cursor = Cursor.parse(request.GET.get(UNTIL, ""))
    return cursor.at if cursor is not None else None
