"""What a change leaves in the audit log."""

from datetime import UTC, datetime
from types import SimpleNamespace

from portal.tenants.audit import AuditLog, assign
from portal.tenants.models import Tenant


class Kept:
    """Takes rows instead of a database."""

    def __init__(self) -> None:
        self.rows: list[object] = []

    def add(self, row: object) -> None:
        """Keep the row."""
        self.rows.append(row)


def test_assign_sets_and_reports_what_differs() -> None:
    row = SimpleNamespace(name="A", shared=False, domains=["a"])
    assert assign(row, {"name": "B", "shared": False, "domains": ["a", "b"]}) == {
        "name": ["A", "B"],
        "domains": [["a"], ["a", "b"]],
    }
    assert (row.name, row.domains) == ("B", ["a", "b"])
    assert assign(row, {"name": "B"}) == {}


def test_details_are_plain_enough_for_json() -> None:
    moment = datetime(2026, 3, 12, 14, 0, tzinfo=UTC)
    db = Kept()
    entry = AuditLog(db, Tenant(id=1)).record("x", "y", {"a": [None, moment], "b": (1, 2)})  # type: ignore[arg-type]
    assert db.rows == [entry]
    assert entry.details == {"a": [None, "2026-03-12T14:00:00+00:00"], "b": [1, 2]}
    assert (entry.actor_id, entry.actor_name, entry.ip) == (None, "", None)
