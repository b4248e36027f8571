"""A deadline on every wait for the database, kept on our side.

`statement_timeout` is kept by the server, and a frozen server (a stopped process, a hung disk)
keeps nothing while its kernel still acknowledges our packets, so `tcp_user_timeout` never fires
either. Without this, each such wait would hold a thread for ever.
"""

import time
from typing import Any, TypeVar

import psycopg
from psycopg.abc import PQGen
from sqlalchemy import Engine, event
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.pool import ConnectionPoolEntry

T = TypeVar("T")


class DeadlineConnection(psycopg.Connection[Any]):
    """A connection that is closed when the database does not answer within `deadline` seconds."""

    deadline: float = 20.0

    def wait(self, gen: PQGen[T], interval: float = 0.1, timeout: float | None = None) -> T:
        """Wait for a statement, a commit or a rollback. Raises OperationalError at the deadline."""
        seconds = self.deadline if timeout is None else timeout
        until = time.monotonic() + seconds
        try:
            return super().wait(gen, interval=interval, timeout=seconds)
        except psycopg.OperationalError as error:
            if timeout is None and time.monotonic() >= until:
                # Closed here, so that the pool sees a broken connection and drops it.
                self.pgconn.finish()
                raise psycopg.OperationalError(
                    f"the database did not answer within {seconds:g} seconds"
                ) from error
            raise


def keep_deadline(engine: Engine, seconds: float) -> None:
    """Make every connection of an engine give up after `seconds` without an answer.

    Choose more than the server's `statement_timeout`, which should fire first and is the
    gentler: the connection lives on.
    """

    class Connection(DeadlineConnection):
        deadline = seconds

    @event.listens_for(engine, "do_connect")
    def connect(
        _dialect: Dialect, _entry: ConnectionPoolEntry, args: Any, options: Any
    ) -> psycopg.Connection[Any]:
        return Connection.connect(*args, **options)
