"""Which columns the agent's lists have, and how dense they are: everybody's own choice."""

from collections.abc import Iterable
from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.view import view_config, view_defaults
from wtforms import Form, RadioField

from portal.people.models import User
from portal.people.preferences import COLUMNS, Density, choose
from portal.security.permissions import Permission
from portal.security.sessions import flash
from portal.tickets.resources import TicketsResource
from portal.web.forms import CheckboxesField, SelectChoice
from portal.web.i18n import N_
from portal.web.redirects import Blocked, page, safe_redirect, see_other

COLUMN_WORDS = {
    "requester": N_("Requester"),
    "assignee": N_("Assignee"),
    "team": N_("Team"),
    "tags": N_("Tags"),
    "updated": N_("Updated"),
}
COLUMN_CHOICES = [SelectChoice(name, COLUMN_WORDS[name]) for name in COLUMNS]
DENSITY_WORDS = {
    Density.COMFORTABLE: N_("Two lines a row"),
    Density.COMPACT: N_("One line a row"),
}


class ColumnsForm(Form):
    """Columns and density. State and subject are always there."""

    columns = CheckboxesField(N_("Columns"), choices=COLUMN_CHOICES)
    density = RadioField(
        N_("Rows"), choices=[SelectChoice(*each) for each in DENSITY_WORDS.items()]
    )

    def __init__(self, formdata: Any = None, **values: Any) -> None:
        super().__init__(formdata, prefix="shown-", **values)


@view_defaults(
    context=TicketsResource,
    name="columns",
    permission=Permission.LIST_TICKETS,
    staff=True,
    request_method="POST",
)
class ColumnsView:
    """`tickets/columns`: takes the form that stands at every list."""

    def __init__(self, context: TicketsResource, request: Request) -> None:
        self.context = context
        self.request = request

    @view_config()
    def save(self) -> HTTPSeeOther:
        """Keep the choice, and go back to the list. What nobody offers is left out."""
        request = self.request
        form = ColumnsForm(request.POST)
        user: User = request.db.get(User, (request.tenant.id, request.identity.user_id))
        density = form.density.data
        choose(
            user,
            columns=in_order(form.columns.data or ()),
            density=Density(density) if density in set(Density) else Density.COMFORTABLE,
        )
        flash(request, request.gettext("Your lists are shown like this from now on."))
        return back_to_list(self.context, request)


def in_order(wanted: Iterable[str]) -> tuple[str, ...]:
    """Those columns of the wanted ones that there are, as they stand in a list."""
    chosen = set(wanted)
    return tuple(name for name in COLUMNS if name in chosen)


def back_to_list(context: TicketsResource, request: Request) -> HTTPSeeOther:
    """To the list that a form says it stands at (`return_to`), or to the first."""
    back = safe_redirect(
        str(request.POST.get("return_to", "")),
        home=page(request, request.context_tenant),
        slug=request.tenant.slug,
    )
    return see_other(request, page(request, context) if isinstance(back, Blocked) else back)
