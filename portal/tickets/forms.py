"""The forms of tickets. Limits are the forms'; the database has none.

Every form with a message has the text, its files, a key that makes a form which is sent twice
one message, and the last message that its page showed.
"""

import hashlib
import json
import re
import secrets
from collections.abc import Iterator, Sequence
from typing import Any

from markupsafe import Markup
from pyramid.request import Request
from wtforms import (
    Field,
    Form,
    HiddenField,
    MultipleFileField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import StopValidation

from portal.attachments.models import Attachment
from portal.attachments.uploads import DISCARD, attachment_service, receive
from portal.people.models import Project
from portal.tickets import markdown
from portal.tickets.markdown import MAX_BODY
from portal.tickets.service import Draft
from portal.topics.answers import AnswersForm
from portal.topics.models import CustomField, Topic
from portal.topics.values import Value
from portal.web.forms import AtMost, Required, one_line, plain_text
from portal.web.i18n import N_, Message

MAX_SUBJECT = 200
MAX_CHARACTERS = 20_000

#: The buttons that ask for a preview, and that keep a draft, where there is no script.
PREVIEW = "preview"
KEEP = "keep"
#: The button that asks for another topic, or for the fields of the one that was chosen.
CHOOSE = "choose"
#: The buttons that offer macros, use one, and take off a change that goes with the message.
MACROS = "macros"
USE = "use"
DROP = "drop"
#: The field in which one looks for a macro.
FIND = "find"
#: All buttons that post a form without sending it.
BUTTONS = (PREVIEW, KEEP, CHOOSE, DISCARD, MACROS, USE, DROP)

_KEY = re.compile(r"[A-Za-z0-9_-]{16,64}", re.ASCII)
_NUMBER = re.compile(r"[0-9]{1,18}", re.ASCII)


def fits_a_message(form: Form, field: Field) -> None:
    """Raises StopValidation for a text of more bytes than a message body may have."""
    if len(field.data.encode("utf-8", "replace")) > MAX_BODY:
        raise StopValidation(N_("This text is too long. Shorten it, or attach it as a file."))


def body_field(label: Message) -> Any:
    """A field for the text of a message."""
    return TextAreaField(
        label,
        [
            Required(N_("Write your message first.")),
            AtMost(
                MAX_CHARACTERS,
                N_(
                    "This text is %(surplus)s characters over the limit of %(limit)s. "
                    "Shorten it, or attach it as a file."
                ),
            ),
            fits_a_message,
        ],
        filters=[plain_text],
    )


def files_field() -> Any:
    """A field for files; `MessageForm.keep_files` reads it."""
    return MultipleFileField(N_("Attach files"))


class MessageForm(Form):
    """A message with files: a reply, a note, the first message of a ticket."""

    body = body_field(N_("Message"))
    files = files_field()
    form_key = HiddenField()
    #: The last message that the page showed, and how many.
    seen = HiddenField()
    seen_count = HiddenField()
    #: Of the draft that the page goes on from; see `portal.composer.drafts`.
    revision = HiddenField(default="0")

    def __init__(self, formdata: Any = None, **values: Any) -> None:
        super().__init__(formdata, **values)
        #: The files that the message will carry; see `keep_files`.
        self.attachments: list[Attachment] = []
        key = self.form_key.data
        if not isinstance(key, str) or not _KEY.fullmatch(key):
            self.form_key.data = secrets.token_urlsafe(16)

    @property
    def text(self) -> str:
        """The message, as written."""
        return self.body.data or ""

    @property
    def seen_message(self) -> int:
        """The last message that the writer's page showed; 0 for none, or none that we know."""
        return _number(self.seen)

    @property
    def messages_seen(self) -> int | None:
        """How many messages the writer's page showed; None when the form does not say."""
        return _number(self.seen_count) or None

    @property
    def draft_revision(self) -> int:
        """The revision of the draft that the writer's page goes on from; 0: it began without."""
        return _number(self.revision)

    def keep_files(self, request: Request) -> None:
        """Store what was sent with the form, so that it is still there if the form comes back.

        Call it before `validate`. Files that cannot be taken are errors of the field `files`.
        """
        received = receive(request, attachment_service(request))
        self.attachments = received.attachments
        self.files.process_errors = list(received.errors)
        self.files.errors = list(received.errors)

    def draft(self, *more: str) -> Draft:
        """What the service takes. Its key stands for this form with this text (and `more`).

        A double click sends the same text, and becomes one message. Who goes back, writes
        something else and sends the form again means a second message.
        """
        content = "\n".join((str(self.form_key.data), *more, self.text))
        return Draft(
            body=self.text,
            attachment_ids=[attachment.id for attachment in self.attachments],
            form_key=hashlib.sha256(content.encode("utf-8", "replace")).hexdigest(),
            seen_count=self.messages_seen,
        )


class AnswerForm(MessageForm):
    """A customer's reply."""

    body = body_field(N_("Your reply"))
    files = files_field()


class NewTicketForm(MessageForm):
    """A new ticket: topic and project where there are any, subject, the first message, and what
    the topic asks."""

    # In the order of the page, which is also that of the list of errors.
    topic = SelectField(N_("Topic"), validate_choice=False)
    project = SelectField(N_("What is it about?"), validate_choice=False)
    subject = StringField(
        N_("Subject"),
        [
            Required(N_("Say in a few words what this is about.")),
            AtMost(MAX_SUBJECT, N_("Use at most %(limit)s characters: this has %(surplus)s more.")),
        ],
        filters=[one_line],
    )
    body = body_field(N_("Description"))
    files = files_field()

    def __init__(
        self,
        formdata: Any = None,
        *,
        projects: Sequence[Project] = (),
        topics: Sequence[Topic] = (),
        asked: Sequence[CustomField] = (),
        **values: Any,
    ) -> None:
        super().__init__(formdata, **values)
        self.answers = AnswersForm(asked, formdata)
        self._posted = formdata
        self._topics = {str(topic.id): topic for topic in topics}
        named = [(key, topic.name) for key, topic in self._topics.items()]
        self.topic.choices = [("", N_("Choose")), *named]
        self._offered = {str(project.id): project.name for project in projects}
        self.project.choices = [("", N_("I am not sure")), *self._offered.items()]

    def __iter__(self) -> Iterator[Field]:
        """The fields, in the order of the page: those of the topic come before the files."""
        for each in super().__iter__():
            if each.short_name == "files":
                yield from self.answers
            yield each

    def validate(self, extra_validators: Any = None) -> bool:
        """Whether the ticket can be opened; what cannot be taken is said beside its field."""
        answered = self.answers.check()
        valid: bool = super().validate(extra_validators)
        return valid and answered

    @property
    def has_topics(self) -> bool:
        """Whether there are topics to choose from."""
        return bool(self._topics)

    @property
    def chosen_topic(self) -> Topic | None:
        """The topic that was chosen, or None."""
        return self._topics.get(self.topic.data or "")

    def ask_for_topic(self) -> None:
        """Let the topic be chosen in the form itself; what was answered comes along."""
        self.topic.data = ""
        self.answers = AnswersForm((), self._posted)

    @property
    def custom(self) -> dict[str, Value]:
        """The values of the topic's fields, once the form is valid."""
        return self.answers.values

    @property
    def has_projects(self) -> bool:
        """Whether there is anything to choose from."""
        return bool(self._offered)

    @property
    def project_id(self) -> int | None:
        """The chosen project, or None."""
        return int(self.project.data) if self.project.data else None

    def validate_topic(self, field: Field) -> None:
        """Raises StopValidation where there are topics, and none of them was chosen."""
        if self._topics and field.data not in self._topics:
            field.data = ""
            raise StopValidation(N_("Choose what this is about."))

    def validate_project(self, field: Field) -> None:
        """Raises StopValidation for a project that is not on offer (any more)."""
        if field.data and field.data not in self._offered:
            field.data = ""
            raise StopValidation(N_("That is no longer on offer. Choose another."))

    def new_ticket_draft(self) -> Draft:
        """The draft of the first message; the same text under another subject, or
        with other answers, is another."""
        answers = json.dumps(self.custom, sort_keys=True)
        return self.draft(self.subject.data or "", self.topic.data or "", answers)


def _number(field: Field) -> int:
    value = field.data
    return int(value) if isinstance(value, str) and _NUMBER.fullmatch(value) else 0


def only_looks(request: Request) -> bool:
    """Whether the form was posted to be looked at, to be kept or to take a file off: not sent."""
    return any(button in request.POST for button in BUTTONS)


def preview_of(request: Request, form: MessageForm) -> Markup | None:
    """What the message will look like, if its form was posted to see that.

    A text that cannot be rendered becomes an error of its field.
    """
    if PREVIEW not in request.POST or not form.body.validate(form):
        return None
    return markdown.shown(form.text)
