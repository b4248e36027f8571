"""Settings, sign-in: the draft is tried, made live or discarded."""

from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.view import view_config, view_defaults

from portal.people.models import User
from portal.people.service import PeopleService
from portal.security.permissions import Permission
from portal.security.sessions import flash
from portal.signin import trial
from portal.signin.drafts import Proposal, Trust, UnfitError
from portal.signin.lockout import LOCKED_OUT, LockedOutError
from portal.signin.settings_banner import allow_departure
from portal.signin.settings_pages import SignInSettingsResource, SignInViews
from portal.signin.settings_tested import TestResult
from portal.web.i18n import N_, Message
from portal.web.redirects import page, see_other

_PROMOTE = "portal:templates/settings/signin_promote.jinja2"
_TESTED = "portal:templates/settings/signin_tested.jinja2"
_NO_DRAFT = N_("There is no draft any more: somebody made it live or discarded it.")
_NOWHERE = N_(
    "The draft has no login page of yours to go to, so it cannot be tried by signing in. Enter "
    "the remote login URL, or test a token of your site."
)


@view_defaults(context=SignInSettingsResource, permission=Permission.ADMINISTER)
class DraftViews(SignInViews):
    """What the buttons of the draft do."""

    @view_config(name="try-draft", request_method="POST")
    def try_(self) -> HTTPSeeOther:
        """On to the company's login as the draft has it; what comes back is looked at alone."""
        proposal = self.drafts.lock()
        if proposal is None:
            return self._back(_NO_DRAFT)
        url = trial.start(self.request, proposal)
        return see_other(self.request, url) if url is not None else self._back(_NOWHERE)

    @view_config(name="tested", request_method="GET", renderer=_TESTED)
    def tested(self) -> dict[str, Any] | HTTPSeeOther:
        """What the last test sign-in showed, check by check."""
        proposal = self.drafts.find()
        if proposal is None:
            return self._back(_NO_DRAFT)
        test = proposal.test
        result = TestResult(test, self._person(test.get("user_id"))) if test is not None else None
        outdated = proposal.trust is Trust.OUTDATED
        return self.tab("", {"result": result, "outdated": outdated})

    @view_config(name="discard-draft", request_method="POST")
    def discard(self) -> HTTPSeeOther:
        """Forget the draft; what is in force stays."""
        if not self.drafts.discard():
            return self._back(_NO_DRAFT)
        return self.back(N_("The draft is discarded. Nothing has changed."))

    @view_config(name="promote", request_method="GET")
    def to_settings(self) -> HTTPSeeOther:
        """The address of an answer, opened again."""
        return see_other(self.request, page(self.request, self.context))

    @view_config(name="promote", request_method="POST", renderer=_PROMOTE)
    def promote(self) -> dict[str, Any] | HTTPSeeOther:
        """Make the draft live; ask first unless a test has proven it and all is as it was seen."""
        proposal = self.drafts.lock()
        if proposal is None:
            return self._back(_NO_DRAFT)
        given = self.request.POST
        is_seen = given.get("seen") == proposal.state
        is_clear = proposal.trust is Trust.PASSED and not proposal.conflicts
        if not is_seen or not (is_clear or given.get("anyway")):
            return self._ask(proposal, is_seen)
        try:
            self.drafts.promote(proposal)
        except UnfitError as error:
            return self._ask(proposal, is_seen, error.reasons)
        except LockedOutError:
            return self._ask(proposal, is_seen, (LOCKED_OUT,))
        return self.back(N_("The draft is in force now."))

    def _ask(
        self, proposal: Proposal, is_seen: bool, reasons: tuple[Message, ...] = ()
    ) -> dict[str, Any]:
        """Whether it shall be made live all the same; with `reasons`, why it cannot be."""
        if reasons or proposal.conflicts or not is_seen:
            self.request.response.status_int = 409
        test = proposal.test
        failed = proposal.trust is Trust.FAILED and test is not None
        values = {
            "proposal": proposal,
            "is_seen": is_seen,
            "reasons": reasons,
            "failure": TestResult(test, None) if failed and test is not None else None,
            "can_be_tried": allow_departure(self.request, proposal),
        }
        return self.tab("", values | {"above": None})

    def _person(self, user_id: int | None) -> User | None:
        if user_id is None:
            return None
        return PeopleService(self.request.db, self.request.tenant).by_id(user_id)

    def _back(self, text: Message) -> HTTPSeeOther:
        flash(self.request, self.request.gettext(text), "amber")
        return see_other(self.request, page(self.request, self.context))
