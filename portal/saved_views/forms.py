"""The form of a saved view."""

from collections.abc import Sequence
from typing import Any

from wtforms import BooleanField, Form, RadioField, SelectField, StringField

from portal.people.models import Team
from portal.saved_views.models import SavedView, Scope
from portal.saved_views.service import Saving
from portal.tickets.agent_queue import SORT_WORDS
from portal.tickets.filters import Filters
from portal.tickets.ordering import Sort, sorts_for
from portal.tickets.queue_columns import COLUMN_CHOICES, in_order
from portal.web.forms import AtMost, CheckboxesField, Required, SelectChoice, one_line
from portal.web.i18n import N_

MAX_NAME = 60


class SavedViewForm(Form):
    """Name, who sees it, order and columns."""

    name = StringField(
        N_("Name"),
        [
            Required(N_("Enter a name.")),
            AtMost(MAX_NAME, N_("Use at most %(limit)s characters.")),
        ],
        filters=[one_line],
    )
    scope = RadioField(N_("Who sees it"))
    team = SelectField(N_("Team"))
    sort = SelectField(N_("Order"))
    own_columns = BooleanField(N_("This view has columns of its own"))
    columns = CheckboxesField(N_("Columns"), choices=COLUMN_CHOICES)

    def __init__(
        self,
        formdata: Any = None,
        *,
        filters: Filters,
        teams: Sequence[Team],
        shares: bool,
        view: SavedView | None = None,
        **values: Any,
    ) -> None:
        if view is not None:
            values = {
                "name": view.name,
                "scope": view.scope,
                "team": str(view.team_id or ""),
                "sort": view.sort,
                "own_columns": view.columns is not None,
                "columns": values["columns"] if view.columns is None else view.columns,
            }
        super().__init__(formdata, **{"scope": Scope.MINE, **values})
        scopes = {
            Scope.MINE: N_("Only me"),
            Scope.TEAM: N_("A team"),
            Scope.ALL: N_("Everybody who answers tickets"),
        }
        if not teams and (view is None or view.scope != Scope.TEAM):
            del scopes[Scope.TEAM]
            del self.team
        else:
            self.team.choices = [SelectChoice(str(team.id), team.name) for team in teams]
        if not shares and (view is None or view.scope != Scope.ALL):
            del scopes[Scope.ALL]
        self.scope.choices = [SelectChoice(scope, words) for scope, words in scopes.items()]
        self.sort.choices = [SelectChoice(sort, SORT_WORDS[sort]) for sort in sorts_for(filters)]

    @property
    def saving(self) -> Saving:
        """What a valid form says."""
        # Where there is no team, there is no field.
        team = str(self.data.get("team") or "")
        return Saving(
            name=self.name.data or "",
            scope=Scope(self.scope.data),
            team_id=int(team) if team.isdigit() else None,
            sort=Sort(self.sort.data),
            columns=in_order(self.columns.data or ()) if self.own_columns.data else None,
        )
