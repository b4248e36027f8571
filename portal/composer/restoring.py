"""The agent's composer as a draft left it, and as a form that came back finds it."""

from dataclasses import replace

from pyramid.request import Request

from portal.attachments.uploads import attachment_service
from portal.composer.beside import Beside, KeptDraft
from portal.composer.held import THEN, UNSENT
from portal.composer.keeping import as_posted
from portal.macros.refusals import UNSENT_CHANGE
from portal.security.permissions import Permission
from portal.tickets.agent_composer import Composer, Send
from portal.tickets.agent_form import AgentForm
from portal.tickets.models import MessageKind, State, Ticket
from portal.web.i18n import N_, Message

_WHY_UNSENT: dict[str, Message] = {
    "closed": N_("Your reply was not sent: the ticket was closed before. It is kept here."),
    "author": N_(
        "Your reply was not sent: your role does not include replies to customers any more. It is "
        "kept here."
    ),
    "assignee": UNSENT_CHANGE,
    "role": UNSENT_CHANGE,
    "tags": UNSENT_CHANGE,
    "team": UNSENT_CHANGE,
    "topic": UNSENT_CHANGE,
    "merged": N_(
        "Your reply was not sent: its ticket was merged into this one before. Read what is here, "
        "then send it again."
    ),
}
_UNSENT = N_("Your reply was not sent. It is kept here.")


def restored(request: Request, composer: Composer, ticket: Ticket, beside: Beside) -> Composer:
    """The composer with the draft that belongs into it.

    A form that was posted says itself what it holds. Opening a ticket opens its newest draft.
    """
    if not composer.is_fresh:
        shown = beside.drafts.get(composer.kind) if composer.kind else None
        return replace(composer, draft_at=shown.updated_at if shown else None)
    draft = beside.drafts.get(composer.kind) if composer.kind else beside.newest
    if draft is None:
        return composer
    kind = MessageKind(draft.kind)
    may_reply = request.has_permission(Permission.REPLY, request.context)
    if kind is MessageKind.REPLY and (ticket.state == State.CLOSED or not may_reply):
        # It can still be kept as a note.
        kind = MessageKind.NOTE
    return _with(request, replace(composer, kind=kind), draft)


def _with(request: Request, composer: Composer, draft: KeptDraft) -> Composer:
    form = AgentForm(as_posted(draft))
    form.attachments = attachment_service(request).waiting(draft.attachment_ids)
    unsent, then = draft.fields.get(UNSENT), draft.fields.get(THEN)
    notice = _WHY_UNSENT.get(str(unsent), _UNSENT) if unsent else None
    return replace(
        composer,
        form=form,
        notice=notice,
        draft_at=draft.updated_at,
        then=Send(then) if then in set(Send) else composer.then,
    )
