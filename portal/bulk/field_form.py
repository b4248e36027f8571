"""The value of a custom field for many tickets: asked with the field's own control."""

from pyramid.request import Request

from portal.bulk.actions import Action, Verb
from portal.topics.answers import AnswersForm
from portal.topics.catalogue import TopicCatalogue
from portal.topics.models import CustomField
from portal.web.forms import one_line

#: A hidden field of the form: the value was given.
ANSWERED = "answered"


def asks_for_field(request: Request) -> bool:
    """Whether the button that was pressed is one of a field."""
    return one_line(request.POST.get("do")).startswith(f"{Verb.FIELD}:")


def field_form(request: Request) -> AnswersForm | None:
    """The form of the field that the button names, as it was sent or empty; None for no field."""
    word = one_line(request.POST.get("do")).partition(":")[2]
    is_number = word.isascii() and word.isdigit() and len(word) < 19
    fields = TopicCatalogue(request.db, request.tenant).all_fields() if is_number else ()
    found = next((each for each in fields if each.id == int(word)), None)
    if found is None:
        return None
    return AnswersForm([_alone(found)], request.POST if ANSWERED in request.POST else None)


def field_action(form: AnswersForm) -> Action:
    """The change that a checked form asks for."""
    (asked,) = form.asked
    return Action(Verb.FIELD, form.values.get(asked.key), (asked.key, asked.label))


def _alone(asked: CustomField) -> CustomField:
    """The field without what is each ticket's business: on what it depends, and whether it is
    required."""
    return CustomField(
        tenant_id=asked.tenant_id,
        id=asked.id,
        key=asked.key,
        label=asked.label,
        hint=asked.hint,
        kind=asked.kind,
        choices=list(asked.choices),
        required_to_open=False,
        required_to_solve=False,
        condition_values=[],
    )
