"""`profile/security`: passkeys, added, renamed and removed."""

import re
from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.response import Response
from pyramid.view import view_config, view_defaults

from portal.factors.account import AccountViews
from portal.factors.models import Passkey
from portal.factors.passkeys import PasskeyError, UnreadableAnswerError, passkeys_of
from portal.factors.requests import answer, passkeys_here
from portal.factors.resources import SecurityResource
from portal.factors.views_app import LAST_ONE
from portal.people.user_agents import browser_of, system_of
from portal.security import cookies
from portal.security.permissions import Permission
from portal.web.forms import one_line
from portal.web.i18n import N_

_NUMBER = re.compile(r"[1-9][0-9]{0,17}", re.ASCII)
_LONGEST_NAME = 60


@view_defaults(context=SecurityResource, permission=Permission.USE_PORTAL)
class PasskeyViews(AccountViews):
    """One's own passkeys."""

    @view_config(name="passkey-options", request_method="POST", renderer="json")
    def options(self) -> dict[str, Any]:
        """The challenge for a new passkey."""
        if not self.is_proven:
            self.request.response.status_int = 409
            return {}
        return passkeys_here(self.request).begin_adding(self.user, cookies.visitor(self.request))

    @view_config(name="passkey-add", request_method="POST")
    def add(self) -> Response:
        """Keep what the browser has made."""
        if not self.is_proven:
            return self.ask_first()
        found, holder = passkeys_here(self.request), cookies.read(self.request)
        try:
            passkey = found.add(self.user, answer(self.request), holder, self._name())
        except UnreadableAnswerError:
            return self.back(N_("The passkey was not added. Try it once more."), "red")
        except PasskeyError as error:
            return self.back(error.hint, "red")
        self.audit.record("factor.passkey_added", self.user.email, _named(None, passkey.name))
        return self.after_first(N_("Your passkey “%(name)s” is added.", name=passkey.name))

    @view_config(name="passkey-rename", request_method="POST")
    def rename(self) -> HTTPSeeOther:
        """Call it something else."""
        passkey, name = self._chosen(), self._given_name()
        if passkey is None or not name or name == passkey.name:
            return self.to()
        if not self.is_proven:
            return self.ask_first()
        before, passkey.name = passkey.name, name
        self.audit.record("factor.passkey_renamed", self.user.email, _named(before, name))
        return self.back(N_("The passkey is called “%(name)s” now.", name=name))

    @view_config(name="passkey-remove", request_method="POST")
    def remove(self) -> HTTPSeeOther:
        """Take its word no longer."""
        passkey = self._chosen()
        if passkey is None:
            return self.to()
        if not self.is_proven:
            return self.ask_first()
        own = passkeys_of(self.request.db, self.request.tenant, self.user.id)
        if self.is_wanted and len(own) == 1 and not self.factors.held(self.user).app:
            return self.back(LAST_ONE, "amber")
        name = passkey.name
        self.request.db.delete(passkey)
        self.request.db.flush()
        self.factors.changed(self.user)
        self.audit.record("factor.passkey_removed", self.user.email, _named(name, None))
        return self.back(
            N_("The passkey “%(name)s” is removed. Delete it on the device too.", name=name)
        )

    def _chosen(self) -> Passkey | None:
        number = str(self.request.POST.get("number"))
        if not _NUMBER.fullmatch(number):
            return None
        found = self.request.db.get(Passkey, (self.request.tenant.id, int(number)))
        return found if found is not None and found.user_id == self.user.id else None

    def _given_name(self) -> str:
        return one_line(self.request.POST.get("name"))[:_LONGEST_NAME]

    def _name(self) -> str:
        """What was entered; else after the browser in which it was made."""
        agent = self.request.user_agent or ""
        browser, system = browser_of(agent), system_of(agent)
        made_in = " · ".join(filter(None, (system, browser)))
        return self._given_name() or made_in or self.request.gettext(N_("Passkey"))


def _named(before: str | None, after: str | None) -> dict[str, Any]:
    return {"passkey": [before, after]}
