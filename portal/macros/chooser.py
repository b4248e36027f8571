"""Macros in the composer: those that are offered, and what one makes of the form."""

import re
from collections.abc import Collection, Mapping
from dataclasses import replace

from pyramid.request import Request

from portal.bulk.actions import Verb
from portal.macros.carried import actions_of
from portal.macros.models import Macro
from portal.macros.service import Macros
from portal.macros.variables import Surroundings, fill
from portal.macros.words import Chooser, Offer, macro_chips
from portal.security.permissions import Permission
from portal.tickets.agent_composer import Composer
from portal.tickets.forms import DROP, FIND, MACROS, USE
from portal.tickets.markdown import snippet
from portal.tickets.models import MessageKind, State
from portal.tickets.options import Options
from portal.tickets.resources import TicketResource
from portal.web.forms import one_line
from portal.web.i18n import N_

#: Where a macro's text is to stand: the page's script puts it there. It is a character for private
#: use, which nobody types.
CURSOR = "\ue000"

_NUMBER = re.compile(r"[1-9][0-9]{0,17}", re.ASCII)

_GONE = N_("This macro cannot be used here any more. Nothing was changed.")
_LEFT_OUT = N_(
    "What the macro changes was left out: your role does not include changes of tickets."
)


class ComposerMacros:
    """The macros of one ticket's composer."""

    def __init__(self, context: TicketResource, request: Request) -> None:
        self.context = context
        self.request = request
        self.macros = Macros(request.db, request.tenant, request.identity)

    def chooser(
        self, kind: MessageKind, options: Options, *, text: str = "", is_empty: bool = False
    ) -> Chooser:
        """What can be chosen: for an empty composer also what makes it one of the other kind.
        One query."""
        text = one_line(text)[:200]
        found = self.macros.offered(self._kinds(kind, is_empty=is_empty), text)
        values = self._surroundings().values()
        return Chooser(kind, text, [self._offer(macro, options, values) for macro in found])

    def wanted(self, composer: Composer, options: Options) -> Chooser | None:
        """What is offered in the composer of a page, if that was asked for."""
        asked = self.request.params
        if composer.kind is None or MACROS not in asked or USE in asked:
            return None
        text = asked.get(FIND, "")
        return self.chooser(composer.kind, options, text=text, is_empty=_is_empty(composer))

    def applied(self, composer: Composer) -> Composer:
        """The composer after a button of its form: a macro is used, or a change is taken off."""
        posted, form = self.request.POST, composer.form
        if DROP in posted:
            form.carried = form.carried.without(str(posted[DROP]))
        return self._use(composer, str(posted[USE])) if USE in posted else composer

    def _use(self, composer: Composer, key: str) -> Composer:
        form, kind = composer.form, composer.kind or MessageKind.NOTE
        is_empty = _is_empty(composer)
        macro = self.macros.usable(int(key)) if _NUMBER.fullmatch(key) else None
        if macro is None or macro.kind not in self._kinds(kind, is_empty=is_empty):
            form.body.data = form.text.replace(CURSOR, "")
            return replace(composer, notice=_GONE, status=409)
        form.body.data = inserted(form.text, fill(macro.body, self._surroundings().values()))
        wanted = actions_of(macro.actions, self.request.identity.user_id)
        allowed = [action for action in wanted if self._may(action.verb, macro.kind)]
        form.carried = form.carried.with_macro(macro.id, allowed)
        return replace(
            composer,
            kind=MessageKind(macro.kind),
            notice=_LEFT_OUT if len(allowed) < len(wanted) else composer.notice,
        )

    def _may(self, verb: Verb, kind: str) -> bool:
        # Whoever may reply chooses the state with it.
        if verb is Verb.STATE and kind == MessageKind.REPLY:
            return True
        return bool(self.request.identity.may(Permission.WORK_TICKET))

    def _kinds(self, kind: MessageKind, *, is_empty: bool) -> Collection[str]:
        """What is written is never turned into the other kind by a macro."""
        if not is_empty:
            return {kind}
        may_reply = self.request.has_permission(Permission.REPLY, self.context)
        takes_replies = may_reply and self.context.ticket.state != State.CLOSED
        return set(MessageKind) if takes_replies else {MessageKind.NOTE}

    def _offer(self, macro: Macro, options: Options, values: Mapping[str, str]) -> Offer:
        start = snippet(fill(macro.body, values))
        changed = macro_chips(macro.actions, self.request.identity.user_id, options)
        return Offer(macro, start, changed)

    def _surroundings(self) -> Surroundings:
        request, head = self.request, self.context.head
        return Surroundings(
            requester_name=head.requester.name,
            requester_email=head.requester.email,
            organisation=head.organisation_name or "",
            number=head.ticket.number,
            subject=head.ticket.subject,
            url=request.absolute(self.context),
            agent_name=request.identity.name,
            company=request.tenant.name,
        )


def inserted(text: str, words: str) -> str:
    """A text with further words at the cursor, or in a paragraph of their own at its end."""
    before, _cursor, after = text.partition(CURSOR)
    after = after.replace(CURSOR, "")
    if not words:
        return before + after
    if not after.strip() and before.strip() and not before.endswith("\n"):
        before += "\n\n"
    return before + words + after


def _is_empty(composer: Composer) -> bool:
    form = composer.form
    written = form.text.replace(CURSOR, "").strip()
    return not written and not form.attachments and not form.carried
