"""The forms of topics and custom fields in the settings."""

import re
import unicodedata
from collections.abc import Sequence
from typing import Any

from wtforms import BooleanField, Form, RadioField, SelectField, StringField
from wtforms.validators import StopValidation

from portal.people.models import Project, Team
from portal.people.profile_form import offered
from portal.tenants import rules
from portal.tenants.settings_forms import Follows, LinesField
from portal.topics.administration import answers_of
from portal.topics.models import CustomField, FieldKind, Topic
from portal.topics.rules import choice, key
from portal.topics.settings_words import KINDS, PRIORITIES
from portal.web.forms import CheckboxesField, one_line
from portal.web.i18n import N_

_NO_KEY = re.compile(r"[^a-z0-9]+")


class TopicForm(Form):
    """A topic."""

    name = StringField(N_("Name"), [Follows(rules.one_line)], filters=[one_line])
    description = StringField(
        N_("Line under the name"), [Follows(rules.one_line, optional=True)], filters=[one_line]
    )
    for_customers = BooleanField(N_("Customers can choose it"), default=True)
    project = SelectField(N_("Project"), [offered], validate_choice=False)
    team = SelectField(N_("Team"), [offered], validate_choice=False)
    priority = SelectField(N_("Priority"), [offered], default="normal", validate_choice=False)
    fields = CheckboxesField(N_("Fields"), validate_choice=False)

    def __init__(
        self,
        formdata: Any = None,
        *,
        projects: Sequence[Project],
        teams: Sequence[Team],
        all_fields: Sequence[CustomField],
        row: Topic | None = None,
        asked: Sequence[int] = (),
    ) -> None:
        data: dict[str, Any] = {}
        if row is not None:
            data = {
                "name": row.name,
                "description": row.description,
                "for_customers": row.for_customers,
                "project": str(row.project_id or ""),
                "team": str(row.team_id or ""),
                "priority": row.priority,
                "fields": [str(key) for key in asked],
            }
        super().__init__(formdata, data=data)
        self.all_fields = all_fields
        self.project.choices = [("", N_("No project")), *((str(p.id), p.name) for p in projects)]
        self.team.choices = [("", N_("No team")), *((str(t.id), t.name) for t in teams)]
        self.priority.choices = list(PRIORITIES.items())
        self.fields.choices = [(str(each.id), each.label) for each in all_fields]

    def values(self) -> dict[str, Any]:
        """The columns of the topic."""
        return {
            "name": self.name.data or "",
            "description": self.description.data or "",
            "for_customers": self.for_customers.data,
            "project_id": int(self.project.data) if self.project.data else None,
            "team_id": int(self.team.data) if self.team.data else None,
            "priority": self.priority.data,
        }

    def chosen_fields(self) -> list[CustomField]:
        """The fields that are asked, in their order. What is not on offer is passed over."""
        chosen = set(self.fields.data or ())
        return [each for each in self.all_fields if str(each.id) in chosen]


class FieldForm(Form):
    """A custom field that is there."""

    label = StringField(N_("Label"), [Follows(rules.one_line)], filters=[one_line])
    hint = StringField(N_("Hint"), [Follows(rules.one_line, optional=True)], filters=[one_line])
    choices = LinesField(N_("Choices"), rule=choice)
    for_customers = BooleanField(N_("Customers see and fill it"), default=True)
    required_to_open = BooleanField(N_("Required to open a ticket"))
    required_to_solve = BooleanField(N_("Required to solve a ticket"))
    condition = CheckboxesField(N_("Asked only where"), validate_choice=False)

    def __init__(
        self,
        formdata: Any = None,
        *,
        all_fields: Sequence[CustomField],
        row: CustomField | None = None,
    ) -> None:
        data: dict[str, Any] = {"choices": []}
        if row is not None:
            names = ("label", "hint", "for_customers", "required_to_open", "required_to_solve")
            data = {name: getattr(row, name) for name in names}
            data["choices"] = list(row.choices)
            data["condition"] = [
                f"{row.condition_field_id}={each}" for each in row.condition_values
            ]
        super().__init__(formdata, data=data)
        self.condition.choices = [
            (f"{each.id}={answer}", _condition_label(each, answer))
            for each in all_fields
            if row is None or each.id != row.id
            for answer in answers_of(each)
        ]

    def validate_condition(self, field: CheckboxesField) -> None:
        """Raises StopValidation for values of several fields, or of none that is there."""
        offered_values = {value for value, *_ in field.iter_choices()}
        if not set(field.data or ()) <= offered_values:
            raise StopValidation(N_("That is no longer on offer. Choose another."))
        if len({value.partition("=")[0] for value in field.data or ()}) > 1:
            raise StopValidation(N_("Choose values of one field only."))

    def values(self) -> dict[str, Any]:
        """The columns of the field."""
        conditions = [value.partition("=") for value in self.condition.data or ()]
        return {
            "label": self.label.data or "",
            "hint": self.hint.data or "",
            "choices": self.choices.data,
            "for_customers": self.for_customers.data,
            "required_to_open": self.required_to_open.data,
            "required_to_solve": self.required_to_solve.data,
            "condition_field_id": int(conditions[0][0]) if conditions else None,
            "condition_values": [answer for _id, _is, answer in conditions],
        }


class NewFieldForm(FieldForm):
    """A new custom field, whose kind and ID are chosen once."""

    kind = RadioField(N_("Kind"), default=FieldKind.TEXT.value)
    key = StringField(N_("ID"), [Follows(key, optional=True)], filters=[one_line])

    def __init__(self, formdata: Any = None, **options: Any) -> None:
        super().__init__(formdata, **options)
        self.kind.choices = [(kind.value, label) for kind, label in KINDS.items()]

    def chosen_key(self) -> str:
        """The ID, or one that is made of the label."""
        return self.key.data or key_of(self.label.data or "")


def key_of(label: str) -> str:
    """An ID for a label: `Order number` gives `order_number`."""
    plain = unicodedata.normalize("NFKD", label).encode("ascii", "ignore").decode().lower()
    made = _NO_KEY.sub("_", plain).strip("_")[:40].rstrip("_")
    return made if made[:1].isalpha() else f"field_{made}".rstrip("_")[:40]


def _condition_label(each: CustomField, answer: str) -> Any:
    if each.kind == FieldKind.CHECKBOX:
        if answer == "yes":
            return N_("“%(field)s” is checked", field=each.label)
        return N_("“%(field)s” is not checked", field=each.label)
    return N_("“%(field)s” is %(value)s", field=each.label, value=answer)
