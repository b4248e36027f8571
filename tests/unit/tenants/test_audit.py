"""What a change leaves in the audit log."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest
from sqlalchemy.orm import Session

from portal.tenants.audit import AuditLog, Told, assign, record_shared
from portal.tenants.audit_words import AuditWords
from portal.tenants.models import AuditEntry, Tenant
from portal.web.i18n import N_


class Kept:
    """Takes rows instead of a database."""

    def __init__(self) -> None:
        self.rows: list[object] = []

    def add(self, row: object) -> None:
        """Keep the row."""
        self.rows.append(row)

    def log(self) -> AuditLog:
        """The log that writes here: of a session, it uses `add` alone."""
        return AuditLog(cast(Session, self), Tenant(id=1))


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
    entry = db.log().record("x", "y", {"a": [None, moment], "b": (1, 2)})
    assert db.rows == [entry]
    assert entry.details == {"a": [None, "2026-03-12T14:00:00+00:00"], "b": [1, 2]}
    assert (entry.actor_id, entry.actor_name, entry.ip) == (None, "", None)


OWN = Told("Mine", False, {"name": "Mine", "thing.scope": "mine", "thing.text": "Secret"})
SHARED = Told("Ours", True, {"name": "Ours", "thing.scope": "all", "thing.text": "One\ntwo"})
LONGER = Told("Ours", True, {"name": "Ours", "thing.scope": "all", "thing.text": "x" * 400})


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (None, OWN, []),
        (OWN, Told("Other", False, {"name": "Other"}), []),
        (OWN, None, []),
        (None, SHARED, [("thing.created", "Ours", {})]),
        (SHARED, None, [("thing.deleted", "Ours", {})]),
        (SHARED, SHARED, []),
        (
            SHARED,
            LONGER,
            [("thing.changed", "Ours", {"thing.text": ["One two", "x" * 299 + "…"]})],
        ),
        # What it was while it was one's own, or became then, is left out.
        (OWN, SHARED, [("thing.changed", "Ours", {"thing.scope": ["mine", "all"]})]),
        (SHARED, OWN, [("thing.changed", "Ours", {"thing.scope": ["all", "mine"]})]),
    ],
)
def test_what_is_shared_is_told_and_what_is_ones_own_is_not(
    before: Told | None, after: Told | None, told: list[tuple[str, str, dict[str, Any]]]
) -> None:
    db = Kept()
    record_shared(db.log(), "thing", before, after)
    entries = [row for row in db.rows if isinstance(row, AuditEntry)]
    assert [(row.action, row.target, row.details) for row in entries] == told


def test_a_word_may_be_that_of_one_field_alone() -> None:
    words = AuditWords()
    words.values |= {"reply": N_("See and reply"), "thing.kind:reply": N_("A reply")}
    assert words.value("reply", "thing.kind") == "A reply"
    assert words.value("reply", "sharing") == "See and reply"
    assert words.value("Reply", "thing.kind") == "Reply"
