"""A desk whose agents write drafts and can undo what they send."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from webtest import TestApp
from webtest.forms import Form

from portal.composer.models import Draft, HeldReply
from portal.people.models import User
from portal.people.preferences import choose
from portal.tickets.merging import MergeService
from tests.factories import World
from tests.functional.agent.conftest import Desk


class Composing(Desk):
    """A desk at which replies can be undone for half a minute."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.prefer("ben", undo_seconds=30)

    def composer(self, number: int, kind: str = "reply", by: TestApp | None = None) -> Form:
        """The open composer of a ticket, also where there is a draft of the other kind."""
        return self.get(f"/tickets/{number}?compose={kind}", by).forms["composer"]

    @contextmanager
    def merging(self) -> Iterator[MergeService]:
        """What bea merges tickets with; other rooms hear of it."""
        seed = self.world.seed
        with self.world.app.registry["db.sessionmaker"]() as db:
            db.note_tenant(seed.tenant.id)
            with db.begin():
                yield MergeService(db, seed.tenant, self.world.factory.identity(seed, "bea"))

    def prefer(self, first: str, **choices: Any) -> None:
        """Somebody chooses how they want to work."""
        seed = self.world.seed
        with self.world.factory.session(seed.tenant.id) as db:
            choose(db.get_one(User, (seed.tenant.id, seed.users[first].id)), **choices)

    def save(
        self, number: int, body: str, *, by: TestApp | None = None, status: int = 200, **more: Any
    ) -> int:
        """Save a draft as the page's script does; its revision."""
        browser = by or self.ben
        page = self.get(f"/tickets/{number}", browser)
        kind = more.pop("kind", "reply")
        fields = {"csrf_token": page.html.select_one("[name=csrf_token]")["value"], "body": body}
        saved = browser.post(
            self.world.url(f"/tickets/{number}/draft?kind={kind}"), fields | more, status=status
        )
        revision: int = saved.json["revision"]
        return revision

    def drafts(self, number: int) -> list[tuple[str, str]]:
        """Kind and text of the drafts for a ticket."""
        rows = self.rows(Draft, Draft.ticket_number == number)
        return sorted((row.kind, row.body) for row in rows)

    def held(self, number: int) -> list[HeldReply]:
        """The replies to a ticket that wait."""
        return self.rows(HeldReply, HeldReply.ticket_number == number)

    def send(self, number: int, body: str, then: str = "pending") -> Any:
        """Ben sends a reply; the page that he comes to."""
        form = self.composer(number)
        form["body"] = body
        return form.submit("then", value=then).follow()


@pytest.fixture
def desk(world: World) -> Composing:
    """The tenant's agents at work."""
    return Composing(world)
