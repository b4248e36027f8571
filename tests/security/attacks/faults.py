"""Failures half way through a sign-in, made by the database itself."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, text

#: What the trigger does when a row of the tenant is written.
FAILURES = {
    "a refused row": "raise exception 'no' using errcode = '23514'",
    "a broken function": "raise exception 'no'",
    "a full disk": "raise exception 'no' using errcode = '53100'",
    "a lost connection": "perform pg_terminate_backend(pg_backend_pid())",
}


@contextmanager
def failing(
    owner: Engine, table: str, tenant_id: int, how: str, *, late: bool = False
) -> Iterator[None]:
    """While it lasts, every new row of the tenant in the table fails.

    ``late``: not when the row is written, but when the transaction is to be committed.
    """
    name = f"attack_{table}_{tenant_id}"
    kind = "constraint trigger" if late else "trigger"
    moment = "after insert" if late else "before insert"
    deferred = "deferrable initially deferred" if late else ""
    with owner.begin() as db:
        db.execute(
            text(
                f"create function {name}() returns trigger language plpgsql as $$"
                f" begin {how}; return new; end $$"
            )
        )
        # A trigger runs as whoever writes, and the application may call no function by itself.
        db.execute(text(f"grant execute on function {name}() to public"))
        db.execute(
            text(
                f"create {kind} {name} {moment} on {table} {deferred} for each row"
                f" when (new.tenant_id = {tenant_id}) execute function {name}()"
            )
        )
    try:
        yield
    finally:
        with owner.begin() as db:
            db.execute(text(f"drop trigger {name} on {table}"))
            db.execute(text(f"drop function {name}()"))


@contextmanager
def clashing_once(owner: Engine, table: str, tenant_id: int) -> Iterator[None]:
    """The first new row of the tenant clashes with another transaction; the second does not."""
    name = f"attack_once_{table}_{tenant_id}"
    with owner.begin() as db:
        # A sequence goes on, whatever becomes of the transaction.
        db.execute(text(f"create sequence {name}_n"))
        db.execute(text(f"grant usage on sequence {name}_n to public"))
    first = f"if nextval('{name}_n') = 1 then raise exception 'no' using errcode = '40001'; end if"
    try:
        with failing(owner, table, tenant_id, first):
            yield
    finally:
        with owner.begin() as db:
            db.execute(text(f"drop sequence {name}_n"))
