"""Settings, sign-in: the history. What was in force when, who changed it, and the way back."""

import re
from typing import Any, NamedTuple

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.view import view_config, view_defaults

from portal.security.permissions import Permission
from portal.signin.lockout import LockedOutError
from portal.signin.models import SsoRevision
from portal.signin.revisions import changes_of
from portal.signin.settings_changes import ChangeWords, Line
from portal.signin.settings_pages import SignInSettingsResource, SignInViews
from portal.signin.settings_values import differences
from portal.signin.settings_words import REVISION_KINDS
from portal.web.i18n import N_, Message

_HISTORY = "portal:templates/settings/signin_history.jinja2"
_NUMBER = re.compile(r"[1-9][0-9]{0,17}", re.ASCII)

_CHANGED = N_(
    "Somebody changed the settings since you opened this page, so nothing was done. This is the "
    "history as it is now."
)
_GONE = N_("This state is no longer kept. Choose one of the list.")
_WOULD_LOCK_OUT = N_(
    "No admin has a password here: all of them come through your site, and going back there "
    "changes how. Take it as a draft and test that with the login of an admin, or give an admin "
    "a password first (People, then “Make a link”)."
)


class Entry(NamedTuple):
    """A revision on the page."""

    row: SsoRevision
    kind: Message
    lines: list[Line]
    #: Whether the settings are like this now, perhaps once more.
    is_like_now: bool


@view_defaults(context=SignInSettingsResource, permission=Permission.ADMINISTER)
class HistoryTab(SignInViews):
    """The revisions, newest first."""

    @view_config(name="history", request_method="GET", renderer=_HISTORY)
    def show(self) -> dict[str, Any]:
        """The list."""
        return self._page()

    @view_config(name="roll-back", request_method="POST", renderer=_HISTORY)
    def roll_back(self) -> dict[str, Any] | HTTPSeeOther:
        """Make the settings what they were, all of them; or take that as a draft."""
        given = self.request.POST
        self.drafts.lock()
        newest = next(iter(self.settings.revisions.latest(1)), None)
        if newest is None or given.get("seen") != str(newest.id):
            return self._page(_CHANGED)
        number = given.get("to", "")
        wanted = self.settings.revisions.find(int(number)) if _NUMBER.fullmatch(number) else None
        if wanted is None:
            return self._page(_GONE)
        if self.settings.taken_ids(wanted.values):
            return self._page(N_("Another help desk of this portal has an ID of that state now."))
        if given.get("into") == "draft":
            return self._as_draft(wanted)
        try:
            changes = self.settings.change(wanted.values, "rolled_back")
        except LockedOutError:
            return self._page(_WOULD_LOCK_OUT, offered=wanted)
        if not changes:
            return self.back(N_("The settings are like that already."), None, "history")
        return self.back(N_("The earlier settings are in force again."), None, "history")

    def _as_draft(self, wanted: SsoRevision) -> HTTPSeeOther:
        if self.drafts.keep(wanted.values) is None:
            return self.back(N_("The settings are like that already."), None, "history")
        return self.back(N_("The draft is saved. It is not in force yet."))

    def _page(
        self, notice: Message | None = None, *, offered: SsoRevision | None = None
    ) -> dict[str, Any]:
        """The list; with a notice, as the answer to something that was not done. `offered`: a
        revision to take as a draft."""
        if notice is not None:
            self.request.response.status_int = 409
        rows = self.settings.revisions.latest()
        live, words = self.settings.values(), ChangeWords(self.request)
        entries = [
            Entry(
                row,
                REVISION_KINDS[row.kind],
                words.lines(changes),
                not differences(row.values, live),
            )
            for row, changes in zip(rows, changes_of(rows), strict=True)
        ]
        return self.tab("history", {"entries": entries, "notice": notice, "offered": offered})
