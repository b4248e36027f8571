"""What the pages below `profile/security` have in common."""

from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.renderers import render_to_response
from pyramid.request import Request
from pyramid.response import Response

from portal.factors.gate import lacks_second_factor
from portal.factors.recovery import RecoveryCodes
from portal.factors.resources import SecurityResource, is_proven, own_account
from portal.factors.service import Factors, wants_second_factor
from portal.people.models import Role
from portal.security.sessions import SessionService, flash
from portal.signin.requests import own_page
from portal.tenants.audit import AuditLog
from portal.web.i18n import Message
from portal.web.redirects import page, see_other

_CODES = "portal:templates/factors/codes.jinja2"


class AccountViews:
    """Base of the pages: whose they are, and the way from one to the next.

    Where somebody was going before a gate led them here goes along as `next`.
    """

    def __init__(self, context: SecurityResource, request: Request) -> None:
        self.context = context
        self.request = request
        self.user = own_account(request)
        self.factors = Factors(request.db, request.tenant)
        self.recovery = RecoveryCodes(request.db, request.tenant)
        self.audit = AuditLog(request.db, request.tenant, request.identity, request.remote_addr)

    @property
    def is_proven(self) -> bool:
        """Whether factors may be changed now."""
        return is_proven(self.request.session_record)

    @property
    def is_wanted(self) -> bool:
        """Whether the tenant wants a second factor from somebody of this role."""
        return wants_second_factor(self.request.tenant, Role(self.user.role))

    @property
    def is_gated(self) -> bool:
        """Whether this has to be done before anything else."""
        return lacks_second_factor(self.request, self.request.identity)

    def at(self, *elements: str) -> str:
        """The address of a page of this place, for links and forms."""
        return str(self.request.place(self.context, *elements, query=self._onward()))

    def to(self, *elements: str) -> HTTPSeeOther:
        """On to a page of this place."""
        return see_other(
            self.request, page(self.request, self.context, *elements, query=self._onward())
        )

    def ask_first(self) -> HTTPSeeOther:
        """On to the question who sits there."""
        return self.to("confirm")

    def back(self, text: Message, tone: str = "green") -> HTTPSeeOther:
        """Back to the overview, with a word about what was done."""
        flash(self.request, self.request.gettext(text), tone)
        return self.to()

    def after_first(self, text: Message) -> Response:
        """After a factor was added: the recovery codes, where there are none yet, on the one page
        that shows them; else back."""
        first = self.user.second_factor_at is None
        self.factors.changed(self.user)
        if first:
            # Whoever signed in with the password alone before may not be its owner.
            SessionService(self.request.db, self.request.tenant).end_all(
                self.user.id, keep=self.request.session_record
            )
        if self.recovery.left(self.user):
            return self.back(text)
        return self.show_codes(text)

    def show_codes(self, text: Message) -> Response:
        """New recovery codes, on the one page that shows them."""
        codes = self.recovery.make(self.user)
        self.audit.record("factor.recovery_made", self.user.email)
        wanted = own_page(self.request, self.request.GET.get("next"))
        values: dict[str, Any] = {
            "done": text,
            "codes": codes,
            "user": self.user,
            "on_url": wanted or self.request.place(self.context),
        }
        return render_to_response(_CODES, values, self.request)

    def _onward(self) -> dict[str, str | None]:
        return {"next": self.request.GET.get("next")}
