"""Topics and custom fields through the API."""

from typing import Any

import pytest

from portal.topics.models import CustomField, Topic, TopicField
from tests.functional.api.conftest import Client

PATH = "/v2/tickets"
SAMPLE = {"email": "user@example.com", "title": "It hums", "description": "Since yesterday."}


@pytest.fixture
def topic_id(writer: Client) -> int:
    """A topic that asks for a model, a weight, and the team for a cause."""
    seed = writer.world.seed
    with writer.world.factory.session(seed.tenant.id) as db:
        topic = Topic(
            tenant_id=seed.tenant.id, name="Repair", project_id=seed.project.id, priority="high"
        )

        def field(key: str, kind: str, **values: Any) -> CustomField:
            return CustomField(
                tenant_id=seed.tenant.id, key=key, label=key.title(), kind=kind, **values
            )

        fields = [
            field("model", "choice", choices=["S7", "S9"], required_to_open=True),
            field("weight", "number"),
            field("boxed", "checkbox"),
            field("cause", "text", for_customers=False, required_to_open=True),
        ]
        db.add_all([topic, *fields])
        db.flush()
        for each in fields:
            db.add(TopicField(tenant_id=seed.tenant.id, topic_id=topic.id, field_id=each.id))
        return topic.id


def test_a_ticket_of_a_topic(writer: Client, topic_id: int) -> None:
    custom = {"model": "S9", "weight": 1.5, "boxed": True}
    answer = writer.post(PATH, {**SAMPLE, "topic": topic_id, "custom": custom}, status=201).json
    ticket = answer["data"]["ticket"]
    assert ticket["topic"] == {"id": topic_id, "name": "Repair"}
    assert ticket["custom"] == custom
    assert (ticket["priority"], ticket["project"]["name"]) == ("high", "Headphones")
    listed = writer.get("/tickets").json["data"]["tickets"][0]
    assert (listed["topic"], listed["custom"]) == (ticket["topic"], custom)


def test_a_topic_by_its_name_and_a_priority_of_ones_own(writer: Client, topic_id: int) -> None:
    call = {**SAMPLE, "topic": "Repair", "custom": {"model": "S7"}, "priority": "low"}
    ticket = writer.post(PATH, call, status=201).json["data"]["ticket"]
    assert (ticket["topic"]["id"], ticket["priority"]) == (topic_id, "low")


def test_without_a_topic_nothing_is_asked(writer: Client, topic_id: int) -> None:
    ticket = writer.post(PATH, SAMPLE, status=201).json["data"]["ticket"]
    assert (ticket["topic"], ticket["custom"]) == (None, {})


@pytest.mark.parametrize(
    ("sent", "named"),
    [
        ({"topic": 999_999}, {"topic"}),
        ({"topic": "Nothing", "custom": {"model": "S7"}}, {"topic"}),
        ({"topic": True}, {"topic"}),
        ({"topic": ["Repair"]}, {"topic"}),
        ({"topic": "Repair"}, {"custom.model"}),
        ({"topic": "Repair", "custom": ["S7"]}, {"custom"}),
        ({"custom": {"model": "S7"}}, {"custom"}),
        (
            {"topic": "Repair", "custom": {"model": "S8", "weight": "heavy", "boxed": 3}},
            {"custom.model", "custom.weight", "custom.boxed"},
        ),
        ({"topic": "Repair", "custom": {"model": "S7", "colour": "red"}}, {"custom.colour"}),
        ({"topic": "Repair", "custom": {"model": "S7", "cause": 7}}, {"custom.cause"}),
    ],
)
def test_what_is_refused(
    writer: Client, topic_id: int, sent: dict[str, Any], named: set[str]
) -> None:
    error = writer.post(PATH, {**SAMPLE, **sent}, status=422).json["error"]
    assert set(error["fields"]) == named
