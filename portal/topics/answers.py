"""The part of a form that a topic asks: one control for each of its fields."""

from collections.abc import Mapping, Sequence
from typing import Any

from wtforms import BooleanField, Field, SelectField, StringField
from wtforms.form import BaseForm
from wtforms.widgets import DateInput, TextInput

from portal.topics.models import CustomField, FieldKind
from portal.topics.values import MISSING, Moment, Value, read
from portal.web.forms import SelectChoice
from portal.web.i18n import N_, Message

#: Before each key, so that no field of a tenant's meets one of ours.
PREFIX = "custom-"


class AnswersForm(BaseForm):
    """The custom fields of a topic. What was typed stays, whatever it is."""

    def __init__(
        self,
        asked: Sequence[CustomField],
        formdata: Any = None,
        *,
        values: Mapping[str, Value] | None = None,
    ) -> None:
        super().__init__({each.key: _control(each) for each in asked}, prefix=PREFIX)
        self.asked = asked
        #: The values to keep, once the form is valid.
        self.values: dict[str, Value] = {}
        self.process(formdata, data=dict(values or {}))
        #: Names and values of what was answered for another topic: the form brings it along, for
        #: whoever comes back to that topic, and nothing else is done with it.
        self.others = [
            (name, value)
            for name, value in (formdata.items() if formdata else ())
            if name.startswith(PREFIX) and name not in self.names and isinstance(value, str)
            if value
        ]

    def check(self) -> bool:
        """Whether everything that is asked was answered, with the errors beside the fields."""
        typed = {each.key: self[each.key].data for each in self.asked}
        answers = read(self.asked, typed, Moment.OPEN)
        for key, message in answers.errors.items():
            self[key].errors = [message]
        self.values = answers.values
        return not answers.errors

    @property
    def names(self) -> set[str]:
        """The names of the controls."""
        return {PREFIX + each.key for each in self.asked}

    def rows(self) -> list[tuple[CustomField, Field, dict[str, Any], Message | None]]:
        """Each field with its control, the control's attributes, and its condition in words."""
        by_id = {each.id: each for each in self.asked}
        return [
            (
                each,
                self[each.key],
                condition_attributes(each, by_id),
                condition_words(each, by_id),
            )
            for each in self.asked
        ]


def condition_attributes(asked: CustomField, by_id: Mapping[int, CustomField]) -> dict[str, Any]:
    """What the page's script reads to ask a field only where its condition holds."""
    other = by_id.get(asked.condition_field_id or 0)
    if asked.condition_field_id is None:
        return {}
    name = PREFIX + other.key if other is not None else ""
    return {"data-asked-by": name, "data-asked-for": "\n".join(asked.condition_values)}


def condition_words(asked: CustomField, by_id: Mapping[int, CustomField]) -> Message | None:
    """The condition of a field, for whoever sees all of them at once."""
    other = by_id.get(asked.condition_field_id or 0)
    if other is None:
        return None
    if other.kind == FieldKind.CHECKBOX:
        wanted = "yes" in asked.condition_values
        if wanted:
            return N_("Only if “%(field)s” is checked.", field=other.label)
        return N_("Only if “%(field)s” is not checked.", field=other.label)
    return N_(
        "Only if “%(field)s” is: %(values)s.",
        field=other.label,
        values=", ".join(asked.condition_values),
    )


def _control(asked: CustomField) -> Any:
    # A field that is asked only sometimes cannot be required by the browser.
    flags = {"required": True} if asked.required_to_open and not asked.condition_field_id else {}
    match FieldKind(asked.kind):
        case FieldKind.CHECKBOX:
            return BooleanField(asked.label)
        case FieldKind.CHOICE:
            choices = [
                SelectChoice("", N_("Choose")),
                *(SelectChoice(each, each) for each in asked.choices),
            ]
            return SelectField(
                asked.label, [_Flagged(flags)], choices=choices, validate_choice=False
            )
        case FieldKind.DATE:
            return StringField(asked.label, [_Flagged(flags)], widget=DateInput())
        case _:
            return StringField(asked.label, [_Flagged(flags)], widget=TextInput())


class _Flagged:
    """Lets the browser ask for an answer; whether there is one is decided by `read`."""

    message = MISSING[Moment.OPEN]

    def __init__(self, flags: Mapping[str, Any]) -> None:
        self.field_flags = flags

    def __call__(self, form: BaseForm, field: Field) -> None:
        """Nothing to check here."""
