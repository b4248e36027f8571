"""How often somebody may try. Counted in the database, so that every process counts the same."""

import hashlib
import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import case, delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from portal.security.models import Throttle


@dataclass(frozen=True, slots=True)
class Limit:
    """At most ``attempts`` in a window of ``seconds``."""

    name: str
    attempts: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Tally:
    """How many attempts there were in the running window, and when it ends."""

    attempts: int
    #: Until the window ends, at least 1.
    seconds_left: int


#: Wrong passwords for one address of e-mail, whether or not it has an account.
BY_ACCOUNT = Limit("password:account", 10, 900)
#: Wrong passwords from one network address: an office shares one.
BY_ADDRESS = Limit("password:address", 50, 900)
#: Refused tokens from one network address. Those that sign in are not counted.
REFUSED_TOKENS = Limit("token:address", 100, 300)
#: Tokens that one admin tests: enough for a person, too few for a program.
TESTED_TOKENS = Limit("token:test", 60, 300)


class Throttles:
    """The counters of one tenant."""

    def __init__(self, db: Session, tenant_id: int) -> None:
        self.db = db
        self.tenant_id = tenant_id

    def count(self, limit: Limit, subject: str) -> bool:
        """Count one attempt; whether it is still within the limit."""
        return self.tally(limit, subject).attempts <= limit.attempts

    def tally(self, limit: Limit, subject: str) -> Tally:
        """Count one attempt; how many there are now in the window.

        Counted before it is tried, in one statement: a thousand guesses at once are a thousand.
        """
        now = datetime.now(UTC)
        fresh = Throttle.window_start <= now - timedelta(seconds=limit.seconds)
        row = self.db.execute(
            insert(Throttle)
            .values(
                tenant_id=self.tenant_id,
                bucket=_bucket(limit, subject),
                window_start=now,
                attempts=1,
            )
            .on_conflict_do_update(
                index_elements=[Throttle.tenant_id, Throttle.bucket],
                set_={
                    "attempts": case((fresh, 1), else_=Throttle.attempts + 1),
                    "window_start": case((fresh, now), else_=Throttle.window_start),
                },
            )
            .returning(Throttle.attempts, Throttle.window_start)
        ).one()
        left = row.window_start + timedelta(seconds=limit.seconds) - now
        return Tally(row.attempts, max(1, math.ceil(left.total_seconds())))

    def exhausted(self, limit: Limit, subject: str) -> bool:
        """Whether the limit is reached already. Counts nothing."""
        attempts = self.db.scalar(
            select(Throttle.attempts).where(
                Throttle.tenant_id == self.tenant_id,
                Throttle.bucket == _bucket(limit, subject),
                Throttle.window_start > datetime.now(UTC) - timedelta(seconds=limit.seconds),
            )
        )
        return (attempts or 0) >= limit.attempts

    def forgive(self, limit: Limit, subject: str) -> None:
        """Forget the attempts: the right password was given."""
        self.db.execute(
            delete(Throttle)
            .where(Throttle.tenant_id == self.tenant_id, Throttle.bucket == _bucket(limit, subject))
            .execution_options(synchronize_session=False)
        )


def _bucket(limit: Limit, subject: str) -> str:
    """Hashed, so that the table names nobody, and short, whatever was typed."""
    return f"{limit.name}:{hashlib.sha256(subject.encode('utf-8', 'replace')).hexdigest()}"
