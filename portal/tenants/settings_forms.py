"""Parts of the settings' forms: values that follow a tenant's rules, and lists of lines."""

from collections.abc import Callable, Mapping
from typing import Any

from wtforms import Field, Form
from wtforms.form import BaseForm
from wtforms.validators import StopValidation
from wtforms.widgets import TextArea

from portal.web.forms import plain_text

#: More lines than anybody lists by hand.
MAX_LINES = 200


class Follows:
    """The value follows a rule, and is kept in the rule's form. A rule raises ValueError."""

    def __init__(self, rule: Callable[[str], str], *, optional: bool = False) -> None:
        self.rule = rule
        self.optional = optional
        self.field_flags: Mapping[str, Any] = {} if optional else {"required": True}

    def __call__(self, form: Form, field: Field) -> None:
        """Raises StopValidation with the rule's sentence."""
        value = field.data if isinstance(field.data, str) else ""
        if self.optional and not value.strip():
            field.data = ""
            return
        field.data = followed(self.rule, value)


class LinesField(Field):
    """A list of values, one a line; empty lines are passed over."""

    widget = TextArea()  # type: ignore[assignment]  # the stubs want a StringField; it needs none
    data: list[str]

    def __init__(self, label: str, *, rule: Callable[[str], str], **options: Any) -> None:
        super().__init__(label, **options)
        self.rule = rule

    def _value(self) -> str:
        return "\n".join(self.data or [])

    def process_formdata(self, valuelist: list[Any]) -> None:
        """The lines as they were typed."""
        text = plain_text(valuelist[0]) if valuelist else ""
        self.data = [line.strip() for line in text.split("\n") if line.strip()]

    def pre_validate(self, form: BaseForm) -> None:
        """Hold each line to the rule. Raises StopValidation for the first that breaks it."""
        values = [followed(self.rule, line) for line in self.data[:MAX_LINES]]
        self.data = list(dict.fromkeys(values))


def followed(rule: Callable[[str], str], value: str) -> str:
    """The value in the rule's form. Raises StopValidation with the rule's sentence."""
    try:
        return rule(value)
    except ValueError as error:
        raise StopValidation(error.args[0]) from None
