"""Drafts and forms: what of a form is kept, and a form as its draft left it."""

import re
from typing import Any

from pyramid.request import Request
from webob.multidict import MultiDict

from portal.attachments.uploads import FILES, WAITING, attachment_service
from portal.composer.beside import KeptDraft
from portal.composer.drafts import DraftConflict, DraftService, Written
from portal.composer.models import Draft
from portal.macros.carried import CHANGE, MACRO, Carried
from portal.security.writers import FORM_KEY, WRITER
from portal.tickets.agent_form import AgentForm
from portal.tickets.forms import BUTTONS, FIND, MessageForm

#: Bytes of a text, characters of any other field, and fields that a draft keeps. A draft may be
#: longer than a message: it is what somebody has still to shorten.
MAX_BODY = 256 * 1024
MAX_FIELD = 5000
MAX_FIELDS = 80
MAX_FILES = 50

_NOT_KEPT = frozenset(
    {
        "body",
        "csrf_token",
        FORM_KEY,
        WRITER,
        "revision",
        "seen",
        "seen_count",
        "kind",
        FIND,
        CHANGE,
        MACRO,
        FILES,
        WAITING,
        *BUTTONS,
    }
)
_ID = re.compile(r"[1-9][0-9]{0,17}", re.ASCII)


def drafts(request: Request) -> DraftService:
    """The drafts of whoever asks."""
    return DraftService(request.db, request.tenant, request.identity)


def written_in(request: Request, form: MessageForm) -> Written:
    """What a draft keeps of a form that was posted."""
    waiting = [file.id for file in form.attachments] or [
        int(value)
        for value in request.POST.getall(WAITING)
        if isinstance(value, str) and _ID.fullmatch(value)
    ]
    carried = form.carried if isinstance(form, AgentForm) else Carried.read(request.POST)
    return Written(
        body=form.text,
        fields=_fields(request.POST) | carried.fields(),
        attachment_ids=waiting[:MAX_FILES],
        form_key=form.form_key.data,
        revision=form.draft_revision,
    )


def _fields(posted: Any) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for name in list(dict.fromkeys(posted.keys()))[:MAX_FIELDS]:
        values = [value for value in posted.getall(name) if isinstance(value, str) and value]
        if values and name not in _NOT_KEPT and len(name) <= 100:
            cut = [value[:MAX_FIELD] for value in values[:MAX_FIELDS]]
            kept[name] = cut if len(cut) > 1 else cut[0]
    return kept


def keep(request: Request, number: int, kind: str, form: MessageForm) -> bool:
    """Save what a form says as a draft; False when another page has saved something else."""
    written = written_in(request, form)
    if len(written.body.encode("utf-8", "replace")) > MAX_BODY:
        return False
    try:
        form.revision.data = str(drafts(request).save(number, kind, written))
    except DraftConflict:
        return False
    return True


def forget(request: Request, number: int, kind: str, form: MessageForm) -> None:
    """The form was sent: its draft has done its work."""
    drafts(request).was_sent(
        number, kind, form_key=form.form_key.data, revision=form.draft_revision
    )


def as_posted(draft: Draft | KeptDraft) -> MultiDict[str, str]:
    """A draft as the form that it was would post it again."""
    posted: MultiDict[str, str] = MultiDict()
    for name, values in draft.fields.items():
        for value in values if isinstance(values, list) else [values]:
            posted.add(name, str(value))
    posted["body"] = draft.body
    posted["revision"] = str(draft.revision)
    return posted


def bring_files(request: Request, form: MessageForm, draft: Draft | KeptDraft) -> None:
    """The files that wait with a draft are in its form again."""
    form.attachments = attachment_service(request).waiting(draft.attachment_ids)
