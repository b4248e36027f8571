"""Who listens to what happens to tickets, and when they are told."""

import pytest

from portal.db.session import LISTENERS
from portal.tickets.happenings import told_at_the_end
from portal.tickets.models import Priority
from portal.tickets.service import TicketService
from tests.factories import TenantFactory


def test_of_many_changes_they_are_told_together_or_of_none(tenants: TenantFactory) -> None:
    seed = tenants.create()
    numbers = [tenants.ticket(seed).number for _ in range(2)]
    heard: list[int] = []
    with tenants.session(seed.tenant.id) as db:
        db.info[LISTENERS] = [lambda happening: heard.append(happening.ticket.number)]
        service = TicketService(db, seed.tenant, tenants.identity(seed, "ben"))

        def change(priority: Priority) -> None:
            for number in numbers:
                service.set_priority(service.get(number), priority)

        with told_at_the_end(db):
            change(Priority.HIGH)
            assert heard == []
        assert heard == numbers

        def breaks() -> None:
            with told_at_the_end(db):
                change(Priority.LOW)
                raise RuntimeError

        with pytest.raises(RuntimeError):
            breaks()
        assert heard == numbers
        change(Priority.URGENT)
        assert heard == numbers * 2
