"""What forms of every feature have in common: plain text, and limits that say their sentence."""

import re
from collections.abc import Mapping
from typing import Any

from wtforms import Field, Form, SelectMultipleField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # stubs of 3.2
from wtforms.validators import StopValidation
from wtforms.widgets import CheckboxInput, ListWidget

from portal.web.i18n import Message

__all__ = ["AtMost", "CheckboxesField", "Required", "SelectChoice", "one_line", "plain_text"]

#: Controls but for line feeds and tabs: nobody types them, and no reader needs them.
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def one_line(value: object) -> str:
    """Text of a single line: no breaks, no controls, no white space but single spaces."""
    # A field may come as a file: then it is not a text.
    text = value if isinstance(value, str) else ""
    return " ".join(_CONTROLS.sub(" ", text).split())


def plain_text(value: object) -> str:
    """Text of many lines as it is kept: line feeds, no controls, nothing empty around it."""
    text = value if isinstance(value, str) else ""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _CONTROLS.sub("", text).rstrip().lstrip("\n")


class CheckboxesField(SelectMultipleField):
    """Several of a few choices."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class Required:
    """Something must have been entered; the sentence says what."""

    field_flags: Mapping[str, Any] = {"required": True}

    def __init__(self, message: Message) -> None:
        self.message = message

    def __call__(self, form: Form, field: Field) -> None:
        """Raises StopValidation for an empty field."""
        if not field.data:
            raise StopValidation(self.message)


class AtMost:
    """A limit of characters. Without `maxlength`, which would cut a pasted text in silence."""

    def __init__(self, characters: int, message: Message) -> None:
        self.characters = characters
        self.message = message

    def __call__(self, form: Form, field: Field) -> None:
        """Raises StopValidation for a longer text, which stays in the field."""
        surplus = len(field.data) - self.characters
        if surplus > 0:
            raise StopValidation(Message(self.message, limit=self.characters, surplus=surplus))
