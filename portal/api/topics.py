"""The topic and the custom fields of a call: `topic` by its id or its name, `custom` by keys."""

from portal.api.fields import Fields
from portal.topics.catalogue import TopicCatalogue
from portal.topics.models import Topic
from portal.topics.values import Moment, Value, read
from portal.web.i18n import N_

_LARGEST = 10**18
_UNKNOWN = N_("There is no such topic.")


def read_topic(fields: Fields, catalogue: TopicCatalogue) -> Topic | None:
    """The topic of the call, or None; what is no topic is an error of the field."""
    value = fields.body.get("topic")
    if value is None or value == "":
        return None
    if isinstance(value, int) and not isinstance(value, bool):
        topic = catalogue.topic(value) if 0 < value < _LARGEST else None
    else:
        found = (each for each in catalogue.topics() if each.name == value)
        topic = next(found, None)
    if topic is None:
        fields.missing("topic", _UNKNOWN)
    return topic


def read_custom(fields: Fields, catalogue: TopicCatalogue, topic: Topic | None) -> dict[str, Value]:
    """The values of the topic's fields. The call may answer those of the team, too; what is
    required to open a ticket is what customers are asked.

    Each wrong or missing value is an error of `custom.` and its key, and so is an unknown key.
    """
    sent = fields.body.get("custom")
    if sent is None:
        sent = {}
    if not isinstance(sent, dict):
        fields.missing("custom", N_("Send a JSON object, with the IDs of fields as its names."))
        return {}
    if topic is None:
        if sent and "topic" not in fields.errors:
            fields.missing("custom", N_("Send a topic, too: it decides which fields there are."))
        return {}
    asked = catalogue.fields(topic.id)
    known = {each.key: each for each in asked}
    for key in sorted(set(sent) - set(known)):
        fields.missing(f"custom.{key[:60]}", N_("This topic has no such field."))
    answers = read(asked, sent, Moment.OPEN)
    for key, message in answers.errors.items():
        if known[key].for_customers or sent.get(key) not in (None, ""):
            fields.missing(f"custom.{key}", message)
    return answers.values
