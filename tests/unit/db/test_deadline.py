"""A frozen server: the wait ends on our side, and the pool forgets the connection."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import OperationalError

from portal.db import embedded, roles
from portal.db.deadline import keep_deadline


@pytest.fixture
def engine(data: Path) -> Iterator[Engine]:
    """An engine on a server of its own, with a deadline of three seconds."""
    with embedded.start(data, {"fsync": "off"}) as server:
        engine = create_engine(server.url(roles.APPLICATION, roles.DATABASE))
        keep_deadline(engine, 3.0)
        yield engine
        engine.dispose()


def test_a_frozen_server_is_given_up(engine: Engine) -> None:
    with engine.connect() as connection:
        pid = connection.scalar(text("select pg_backend_pid()"))
        os.kill(pid, signal.SIGSTOP)
        started = time.monotonic()
        try:
            with pytest.raises(OperationalError, match="did not answer within 3 seconds") as caught:
                connection.execute(text("select 1"))
        finally:
            os.kill(pid, signal.SIGCONT)
    assert time.monotonic() - started < 60
    assert caught.value.connection_invalidated
    with engine.connect() as connection:
        assert connection.scalar(text("select pg_backend_pid()")) != pid


def test_a_commit_is_bounded_too(engine: Engine) -> None:
    with engine.connect() as connection:
        pid = connection.scalar(text("select pg_backend_pid()"))
        os.kill(pid, signal.SIGSTOP)
        try:
            with pytest.raises(OperationalError, match="did not answer"):
                connection.commit()
        finally:
            os.kill(pid, signal.SIGCONT)


def test_a_slow_answer_within_the_deadline_is_waited_for(engine: Engine) -> None:
    with engine.connect() as connection:
        assert connection.scalar(text("select 7 from pg_sleep(0.5)")) == 7
