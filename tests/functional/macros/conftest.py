"""A desk whose agents have macros."""

from typing import Any

import pytest
from webtest.forms import Form
from webtest.response import TestResponse

from portal.macros.models import Macro, MacroScope
from portal.macros.service import Macros, Saving
from portal.people.models import Assignment, Team, TeamMember
from tests.factories import World
from tests.functional.composer.conftest import Composing


class MacroDesk(Composing):
    """A desk with macros; whoever replies has ten seconds."""

    def macro(self, name: str = "Thanks", by: str = "ben", **saving: Any) -> int:
        """The id of a new macro, for all unless it says otherwise."""
        seed = self.world.seed
        options: dict[str, Any] = {"scope": MacroScope.ALL, "body": "Thank you."} | saving
        with self.world.factory.session(seed.tenant.id) as db:
            macros = Macros(db, seed.tenant, self.world.factory.identity(seed, by))
            return macros.create(Saving(name, **options)).id

    def stored_macro(self, key: int) -> Macro:
        """A macro as it is in the database."""
        found: list[Macro] = self.rows(Macro, Macro.id == key)
        return found[0]

    def team(self, name: str, *members: str) -> int:
        """The id of a new team of these people."""
        seed = self.world.seed
        with self.world.factory.session(seed.tenant.id) as db:
            team = Team(tenant_id=seed.tenant.id, name=name, assignment=Assignment.BY_HAND)
            db.add(team)
            db.flush()
            for first in members:
                member = {"team_id": team.id, "user_id": seed.users[first].id}
                db.add(TeamMember(tenant_id=seed.tenant.id, **member))
            return team.id

    def use(self, form: Form, key: int, body: str | None = None) -> Form:
        """The composer after a macro was chosen in it, as its button sends the form."""
        if body is not None:
            form["body"] = body
        return (
            after(form.submit("macros", value="1")).submit("use", value=str(key)).forms["composer"]
        )


def after(page: TestResponse) -> Form:
    """The composer of a page."""
    return page.forms["composer"]


def carried(form: Form) -> list[str]:
    """The changes that a composer's form brings back."""
    return [field.value for field in form.fields.get("change", [])]


@pytest.fixture
def desk(world: World) -> MacroDesk:
    """The tenant's agents at work."""
    return MacroDesk(world)
