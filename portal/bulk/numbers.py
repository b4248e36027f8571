"""Which tickets a run is about: one array of their numbers in the run's own row.

A row for each would be seconds of a request where a hundred thousand match. The array is written
by the statement that finds them, and is read by the database alone, a batch at a time.
"""

from collections.abc import Sequence

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    ScalarSelect,
    Select,
    delete,
    func,
    select,
    update,
)
from sqlalchemy.orm import Session

from portal.bulk.models import BulkChange, BulkRun


def write(db: Session, run: BulkRun, numbers: Select[int], limit: int) -> int:
    """Keep the numbers that the statement selects, up to a limit; how many they are."""
    return _keep(db, run, numbers.limit(limit).scalar_subquery())


def following(db: Session, run: BulkRun, limit: int) -> Sequence[int]:
    """The next ones; none at the end."""
    passed = _passed(run)
    few = BulkRun.numbers[passed + 1 : passed + limit]
    return db.scalars(select(func.unnest(few)).where(*_is(run))).all()


def advance(run: BulkRun, count: int) -> bool:
    """So many more are done; whether others are left."""
    passed, total = _passed(run) + count, run.total or 0
    # No number: the release before, which knew no such runs and went by the last ticket's number,
    # fails on it and leaves the run to a worker that does.
    run.cursor = f"{passed} of {total}"
    return count > 0 and passed < total


def adopt(db: Session, run: BulkRun) -> None:
    """Let a run that the release before began go on: it had a row for each ticket, also for those
    that were still to come, and its cursor was the last one's number."""
    if not run.cursor.isdigit():
        return
    last = int(run.cursor)
    rows = select(BulkChange.ticket_number).where(*_of(run)).order_by(BulkChange.ticket_number)
    _keep(db, run, rows.scalar_subquery())
    passed = select(func.count()).where(*_of(run), BulkChange.ticket_number <= last)
    advance(run, db.scalar(passed) or 0)
    db.execute(
        delete(BulkChange)
        .where(*_of(run), BulkChange.ticket_number > last)
        .execution_options(synchronize_session=False)
    )


def _keep(db: Session, run: BulkRun, numbers: ScalarSelect[int]) -> int:
    written: int = db.execute(
        update(BulkRun)
        .where(*_is(run))
        .values(numbers=func.array(numbers, type_=ARRAY(BigInteger)))
        .returning(func.cardinality(BulkRun.numbers))
        .execution_options(synchronize_session=False)
    ).scalar_one()
    return written


def _passed(run: BulkRun) -> int:
    word = run.cursor.partition(" ")[0]
    return int(word) if word and not run.cursor.isdigit() else 0


def _is(run: BulkRun) -> tuple[ColumnElement[bool], ...]:
    return BulkRun.tenant_id == run.tenant_id, BulkRun.id == run.id


def _of(run: BulkRun) -> tuple[ColumnElement[bool], ...]:
    return BulkChange.tenant_id == run.tenant_id, BulkChange.run_id == run.id
