"""Customers and organisations, as agents see them."""

import re
from typing import Any

from markupsafe import Markup
from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config, view_defaults
from sqlalchemy import select

from portal.people.directory import PeopleDirectory
from portal.people.models import OrganisationDomain
from portal.people.resources import (
    OrganisationResource,
    OrganisationsResource,
    PeopleResource,
)
from portal.people.sections import sections_about
from portal.security.permissions import Permission
from portal.web.forms import one_line
from portal.web.i18n import N_
from portal.web.navigation import Entry

#: Characters of a search that are looked at.
MAX_QUERY = 200
_ID = re.compile(r"[0-9]{1,18}", re.ASCII)


@view_defaults(context=PeopleResource, permission=Permission.VIEW_PEOPLE, request_method="GET")
class CustomersViews:
    """The tenant's customers."""

    def __init__(self, context: PeopleResource, request: Request) -> None:
        self.context = context
        self.request = request
        self.directory = PeopleDirectory(request.db, request.tenant)
        self.query = one_line(request.GET.get("q"))[:MAX_QUERY]

    @view_config(renderer="portal:templates/people/agent_customers.jinja2")
    def index(self) -> dict[str, Any]:
        """A page of customers by name; `?q=` searches names and addresses."""
        page = self.directory.page(
            self.query, after=_id(self.request, "after"), before=_id(self.request, "before")
        )
        return {
            "query": self.query,
            "rows": page.rows,
            "previous": page.before and self._url(before=page.before),
            "next": page.after and self._url(after=page.after),
        }

    @view_config(name="suggest")
    def suggest(self) -> Response:
        """Options of a list, for a form that asks while somebody types."""
        found = self.directory.suggest(self.query) if len(self.query) > 1 else []
        option = Markup('<option value="{}">{}</option>')
        options = Markup("").join(option.format(email, name) for email, name in found)
        return Response(body=options.encode(), content_type="text/html", charset="utf-8")

    def _url(self, **cursor: int) -> str:
        url: str = self.request.place(self.context, query={"q": self.query or None, **cursor})
        return url


@view_config(
    context=OrganisationResource,
    request_method="GET",
    permission=Permission.VIEW_PEOPLE,
    renderer="portal:templates/people/agent_organisation.jinja2",
)
def organisation(context: OrganisationResource, request: Request) -> dict[str, Any]:
    """A customer company: its people, its domains, its tickets."""
    found = context.organisation
    domains = request.db.scalars(
        select(OrganisationDomain.domain)
        .where(
            OrganisationDomain.tenant_id == found.tenant_id,
            OrganisationDomain.organisation_id == found.id,
        )
        .order_by(OrganisationDomain.domain)
    ).all()
    people = PeopleDirectory(request.db, request.tenant).page(
        organisation_id=found.id, after=_id(request, "after")
    )
    return {
        "organisation": found,
        "domains": domains,
        "people": people.rows,
        "more_people": people.after and request.place(context, query={"after": people.after}),
        "sections": sections_about(request, found),
    }


def _id(request: Request, name: str) -> int | None:
    """A parameter that is an id, or None."""
    value = request.GET.get(name, "")
    return int(value) if _ID.fullmatch(value) else None


def includeme(config: Configurator) -> None:
    """The places, the entry in the rail, and the sections that others bring."""
    config.include("portal.people.sections")
    config.add_tenant_child(
        "people", lambda parent, name: PeopleResource(parent.request, parent, name)
    )
    config.add_tenant_child(
        "organisations", lambda parent, name: OrganisationsResource(parent.request, parent, name)
    )
    config.add_navigation(Entry(N_("Customers"), "users", "people", Permission.VIEW_PEOPLE, 20))
    for module in ("agent_pages", "agent_person"):
        config.scan(f"portal.people.{module}")
