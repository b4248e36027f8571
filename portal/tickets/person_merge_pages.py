"""Merging two customers: who with whom, what would move, and the button that does it."""

import re
from typing import Any

from pyramid.httpexceptions import HTTPForbidden, HTTPSeeOther
from pyramid.view import view_config, view_defaults

from portal.people.agent_person import PersonBase, may_edit
from portal.people.models import User
from portal.people.resources import PersonResource
from portal.people.service import PeopleService
from portal.security.permissions import Permission
from portal.security.sessions import flash
from portal.tickets.person_merging import MergeRefused, PersonMerging
from portal.web.forms import one_line
from portal.web.i18n import N_, Message
from portal.web.redirects import page, see_other

_TEMPLATE = "portal:templates/tickets/person_merge.jinja2"
_NUMBER = re.compile(r"[1-9][0-9]{0,17}", re.ASCII)

_UNKNOWN = N_("Nobody here has this address.")
_REFUSED = {
    "same": N_("This is the person themselves. Enter the address of the other account."),
    "staff": N_("Only customers can be merged."),
    "merged": N_("One of the two was merged already."),
    "disabled": N_("The account that would stay is disabled. Enable it first."),
}


@view_defaults(
    context=PersonResource, name="merge", permission=Permission.MERGE_PEOPLE, renderer=_TEMPLATE
)
class PersonMergeViews(PersonBase):
    """This person turned out to be another one, who stays."""

    @property
    def merging(self) -> PersonMerging:
        """The service behind the button."""
        request = self.request
        return PersonMerging(request.db, request.tenant, self.administration.audit)

    @view_config(request_method="GET")
    def ask(self) -> dict[str, Any]:
        """Who it is; with `?into=` an address, what would move."""
        self._refuse_others()
        words = one_line(self.request.GET.get("into"))
        if not words:
            return self._page(words)
        kept = PeopleService(self.request.db, self.request.tenant).by_email(words)
        if kept is None:
            return self._page(words, complaint=_UNKNOWN)
        try:
            self.merging.refuse(self.user, kept)
        except MergeRefused as refused:
            return self._page(words, complaint=_REFUSED[refused.code])
        return self._page(words, kept=kept)

    @view_config(request_method="POST")
    def merge(self) -> dict[str, Any] | HTTPSeeOther:
        """Do it."""
        self._refuse_others()
        number = str(self.request.POST.get("kept"))
        people = PeopleService(self.request.db, self.request.tenant)
        kept = people.by_id(int(number)) if _NUMBER.fullmatch(number) else None
        if kept is None:
            return self._page("", complaint=_UNKNOWN)
        try:
            self.merging.merge(self.user, kept)
        except MergeRefused as refused:
            return self._page(kept.email, complaint=_REFUSED[refused.code])
        text = self.request.gettext("Merged: all of it is with %(name)s now.", name=kept.name)
        flash(self.request, text)
        return see_other(self.request, page(self.request, self.context.__parent__, str(kept.id)))

    def _refuse_others(self) -> None:
        if not may_edit(self.request, self.user):
            raise HTTPForbidden

    def _page(
        self, words: str, *, kept: User | None = None, complaint: Message | None = None
    ) -> dict[str, Any]:
        if complaint is not None:
            self.request.response.status_int = 422
        return {
            "person": self.user,
            "words": words,
            "kept": kept,
            "moved": self.merging.preview(self.user) if kept is not None else None,
            "complaint": complaint,
        }
