"""Tags: what is typed, what is kept, what is suggested."""

import pytest
from sqlalchemy import select

from portal.tickets.models import Event, EventKind
from portal.tickets.tags import MAX_TAGS, TagService, parse_tags
from portal.tickets.writer import TicketRuleError
from tests.factories import TenantFactory


@pytest.mark.parametrize(
    ("typed", "tags"),
    [
        ("", []),
        ("billing", ["billing"]),
        ("Billing, #VIP;refund  billing", ["billing", "vip", "refund"]),
        ("größe v1.2 a/b eu:de", ["größe", "v1.2", "a/b", "eu:de"]),
    ],
)
def test_a_line_of_tags(typed: str, tags: list[str]) -> None:
    assert parse_tags(typed) == tags


@pytest.mark.parametrize("typed", ["<b>", "a" * 41, "good, -bad", "'quoted'", "\x00"])
def test_what_can_be_no_tag_is_named(typed: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse_tags(typed)


def test_adding_removing_and_what_is_suggested(tenants: TenantFactory) -> None:
    seed = tenants.create()
    numbers = [tenants.ticket(seed).number for _ in range(2)]
    with tenants.session(seed.tenant.id) as db:
        service = TagService(db, seed.tenant, tenants.identity(seed, "ben"))
        first, second = (service.get(number) for number in numbers)
        version = first.version
        service.replace(first, ["refund", "billing"])
        service.add_and_remove(second, add=["billing", "vip"], remove=["never-there"])
        service.add_and_remove(first, add=["billing"], remove=["refund"])
        assert (service.of(first), service.of(second)) == (["billing"], ["billing", "vip"])
        assert service.suggestions() == ["billing", "vip"]
        db.flush()
        assert first.version > version
        told = db.scalars(
            select(Event.data)
            .where(Event.ticket_number == first.number, Event.kind == EventKind.TAGS)
            .order_by(Event.id)
        ).all()
        assert told == [
            {"added": ["billing", "refund"], "removed": []},
            {"added": [], "removed": ["refund"]},
        ]
        with pytest.raises(TicketRuleError, match="tags"):
            service.replace(first, [f"t{number}" for number in range(MAX_TAGS + 1)])
