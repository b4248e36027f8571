"""What stands above every tab of the sign-in settings: the draft, or what was changed just now."""

from dataclasses import dataclass
from datetime import timedelta

from pyramid.request import Request

from portal.signin import trial
from portal.signin.drafts import Proposal
from portal.signin.models import SsoRevision
from portal.signin.settings_changes import ChangeWords
from portal.signin.settings_service import SignInSettings
from portal.signin.settings_values import differences
from portal.tenants.audit import Changes
from portal.web.clock import now
from portal.web.redirects import origin_of

#: For so long a change of one's own can be undone from above the form.
_JUST_NOW = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Undo:
    """A change that can be undone: back to revision `to`, if `seen` is still the newest."""

    to: int
    seen: int
    changes: Changes


@dataclass(frozen=True, slots=True)
class Banner:
    """What the template of the banner reads."""

    proposal: Proposal | None
    #: Whether the draft leads to a login, so that it can be tried.
    can_be_tried: bool
    undo: Undo | None
    words: ChangeWords


def banner(
    request: Request, settings: SignInSettings, proposal: Proposal | None, *, with_undo: bool
) -> Banner:
    """What stands above the tab that is asked for. `with_undo`: it is one that changes them."""
    words = ChangeWords(request)
    if proposal is None:
        return Banner(None, False, _undo(request, settings) if with_undo else None, words)
    return Banner(proposal, allow_departure(request, proposal), None, words)


def allow_departure(request: Request, proposal: Proposal) -> bool:
    """Whether the draft leads to a login; then the page may have a form that leads there.

    Browsers hold a form's redirect to the policy of the page that the form is on. From here on
    the request is judged by the draft.
    """
    trial.judge_by(request, proposal)
    url = trial.departure_url(request)
    if url is None:
        return False
    request.form_targets = (*getattr(request, "form_targets", ()), origin_of(url) or "")
    return True


def _undo(request: Request, settings: SignInSettings) -> Undo | None:
    """The last change, if it is this admin's and from just now."""
    newest = settings.revisions.latest(2)
    if len(newest) < 2 or not _is_recent(request, newest[0]):
        return None
    after, before = newest
    changes = differences(before.values, after.values)
    return Undo(before.id, after.id, changes) if changes else None


def _is_recent(request: Request, revision: SsoRevision) -> bool:
    return (
        revision.kind in ("saved", "promoted", "rolled_back")
        and revision.made_by == request.identity.name
        and now() - revision.created_at < _JUST_NOW
    )
