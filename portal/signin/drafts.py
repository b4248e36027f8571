"""A draft of the sign-in settings: prepared and tried without being in force, then promoted."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import cached_property
from typing import Any

from portal.signin.attempts import SIGNED_IN
from portal.signin.models import SsoDraft
from portal.signin.settings_service import SignInSettings
from portal.signin.settings_values import Values, contradictions, differences, fingerprint
from portal.tenants.audit import Changes
from portal.web.i18n import N_, Message


class Trust(StrEnum):
    """What is known of a draft from its last test sign-in."""

    UNTESTED = "untested"
    #: The draft, or what is in force beside it, was changed since.
    OUTDATED = "outdated"
    FAILED = "failed"
    PASSED = "passed"


class UnfitError(Exception):
    """The draft cannot be in force as things are now; `reasons` says why, a sentence each."""

    def __init__(self, *reasons: Message) -> None:
        super().__init__(*reasons)
        self.reasons = reasons


@dataclass(frozen=True)
class Proposal:
    """A draft, held against the settings that are in force."""

    #: As the draft's row has it: `{name: [was in force then, shall be]}`.
    wishes: Mapping[str, list[Any]]
    live: Values
    test: Mapping[str, Any] | None
    updated_by: str
    updated_at: datetime

    @cached_property
    def values(self) -> Values:
        """All settings as they would be."""
        wanted = {name: pair[1] for name, pair in self.wishes.items() if name in self.live}
        return self.live | wanted

    @cached_property
    def changes(self) -> Changes:
        """What would change: `{name: [now, then]}`."""
        return differences(self.live, self.values)

    @property
    def conflicts(self) -> dict[str, list[Any]]:
        """What the draft changes and somebody has changed in the meantime:
        `{name: [when it was entered, now, then]}`."""
        return {
            name: [was, self.live[name], wanted]
            for name, (was, wanted) in self.wishes.items()
            if name in self.changes and was != self.live[name]
        }

    @property
    def state(self) -> str:
        """Stands for all that a page shows of the draft, to notice when any of it has changed."""
        return fingerprint({"wishes": dict(self.wishes), "live": self.live, "trust": self.trust})

    @property
    def trust(self) -> Trust:
        """Whether a test sign-in has proven these very settings."""
        if self.test is None:
            return Trust.UNTESTED
        if self.test["fingerprint"] != fingerprint(self.values):
            return Trust.OUTDATED
        return Trust.PASSED if self.test["code"] == SIGNED_IN else Trust.FAILED


class Drafts:
    """The draft of one tenant, of which there is one at most."""

    def __init__(self, settings: SignInSettings) -> None:
        self.settings = settings
        self.db = settings.db
        self.tenant = settings.tenant

    def find(self) -> Proposal | None:
        """The draft."""
        row = self.db.get(SsoDraft, self.tenant.id)
        return self._proposal(row, self.settings.values()) if row is not None else None

    def lock(self) -> Proposal | None:
        """As `find`; nobody else changes the draft or the settings until the transaction ends."""
        live = self.settings.lock()
        row = self.db.get(SsoDraft, self.tenant.id, populate_existing=True)
        return self._proposal(row, live) if row is not None else None

    def _proposal(self, row: SsoDraft, live: Values) -> Proposal:
        return Proposal(row.values, live, row.test, row.updated_by, row.updated_at)

    def keep(self, values: Mapping[str, Any]) -> Proposal | None:
        """Take these settings into the draft; a new one, where there is none.

        A setting that is in force already is not in it. Gives the draft as it is then; None when
        it would change nothing, and so is none.
        """
        before = self.lock()
        live = self.settings.values()
        wishes: dict[str, list[Any]] = dict(before.wishes) if before is not None else {}
        for name, value in values.items():
            if value == live[name]:
                wishes.pop(name, None)
            elif name not in wishes or wishes[name][1] != value:
                wishes[name] = [live[name], value]
        if before is not None and wishes == before.wishes:
            return before
        row = self.db.get(SsoDraft, self.tenant.id)
        if not wishes:
            if row is not None:
                self._remove(row, "signin.draft_discarded")
            return None
        if row is None:
            row = SsoDraft(tenant_id=self.tenant.id)
            self.db.add(row)
        row.values = wishes
        row.updated_by, row.updated_at = self._actor_name(), datetime.now(UTC)
        self.db.flush()
        after = self._proposal(row, live)
        told = before.values if before is not None else live
        self.settings.audit.record("signin.draft_saved", "", differences(told, after.values))
        return after

    def discard(self) -> bool:
        """Forget the draft; False when there is none."""
        self.lock()
        row = self.db.get(SsoDraft, self.tenant.id)
        if row is not None:
            self._remove(row, "signin.draft_discarded")
        return row is not None

    def promote(self, proposal: Proposal) -> Changes:
        """Put the draft in force, as it was locked in this transaction. Gives what changed.

        Raises UnfitError and LockedOutError.
        """
        wanted = {name: proposal.values[name] for name in proposal.changes}
        if unfit := contradictions(proposal.values):
            raise UnfitError(*unfit)
        if self.settings.taken_ids(wanted):
            raise UnfitError(N_("Another help desk of this portal has this ID."))
        changes = self.settings.change(wanted, "promoted", test=proposal.test)
        row = self.db.get_one(SsoDraft, self.tenant.id)
        self.db.delete(row)
        self.db.flush()
        return changes

    def _remove(self, row: SsoDraft, action: str) -> None:
        self.db.delete(row)
        self.db.flush()
        self.settings.audit.record(action)

    def _actor_name(self) -> str:
        actor = self.settings.audit.actor
        return actor.name if actor is not None else ""
