"""The living style page, in development only: every macro once, and whole pages made of them.

Built from the same templates, macros and style sheets as the product, with sample data, so that a
change of the design is seen here first. Its words are samples and are not translated.
"""

from dataclasses import dataclass
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import wtforms
from markupsafe import Markup
from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPNotFound
from pyramid.renderers import render_to_response
from pyramid.request import Request
from pyramid.response import Response
from pyramid.security import NO_PERMISSION_REQUIRED
from pyramid.threadlocal import manager

from portal.web.clock import now
from portal.web.forms import SelectChoice
from portal.web.page import Link, LinkGroup
from portal.web.static import StaticFiles

PAGES = ("index", "queue", "ticket", "home", "thread", "landing", "settings")


class StyleFactory:
    """The context of the style page: no tree, no tenant."""

    def __init__(self, request: Request) -> None:
        """Pyramid builds one a request; there is nothing to keep."""


class SampleRequest:
    """The real request, dressed as a signed-in visit to a sample tenant."""

    tenant = SimpleNamespace(
        name="Acme Audio", slug="acme", accent="#0b5f8f", brand_version=1, has_logo=False
    )
    context = context_tenant = "sample"
    csrf_token = "sample"  # noqa: S105 - posts to nowhere
    session_record = None
    upload_rules = SimpleNamespace(url="#", max_bytes=25 * 1024**2, max_files=10)

    def __init__(self, request: Request, role: str) -> None:
        """`role` is the sample person's: a customer or an agent."""
        self._request = request
        name, email = (
            ("Marta Lindqvist", "marta@northwind.example")
            if role == "customer"
            else ("Priya Nair", "priya@acmeaudio.example")
        )
        self.identity = SimpleNamespace(
            user_id=3, name=name, email=email, role=role, is_staff=role != "customer"
        )

    def __getattr__(self, name: str) -> Any:
        return getattr(self._request, name)

    def list_pulse(self) -> dict[str, None]:
        """Sample pages follow nothing."""
        return {"url": None, "version": None}

    def place(self, _resource: object, *_elements: object, **_more: object) -> str:
        """Links of sample pages lead back to the page."""
        return "#"


class SampleForm(wtforms.Form):
    """One field of each kind."""

    subject = wtforms.StringField("Subject", [wtforms.validators.InputRequired("Enter a subject.")])
    email = wtforms.EmailField("E-mail", [wtforms.validators.Regexp(r".*\.")])
    product = wtforms.SelectField("Product", choices=[SelectChoice("s7", "Studio 7")])
    password = wtforms.PasswordField("Password")
    body = wtforms.TextAreaField("What happened?")
    answer = wtforms.TextAreaField("Your reply")
    reply = wtforms.TextAreaField("Reply")
    note = wtforms.TextAreaField("Note")
    files = wtforms.MultipleFileField("Attach files")
    more_files = wtforms.MultipleFileField("Attach files")
    colleagues = wtforms.BooleanField("Answers to tickets of my colleagues")
    shared = wtforms.BooleanField("Members see each other’s tickets")
    who = wtforms.RadioField(
        "Who may sign in",
        choices=[SelectChoice("all", "Everyone"), SelectChoice("known", "People we know")],
    )


@dataclass(frozen=True)
class Row:
    """A row of the sample queue."""

    number: int
    subject: str
    state: str
    priority: str
    requester: str
    organisation: str | None
    agent: str | None
    minutes: int
    unread: bool
    snippet: str


QUEUE = (
    Row(
        4131,
        "Studio 7 arrived with a Halo 2 charger",
        "open",
        "urgent",
        "Grace Kim",
        "Redwood Podcasting",
        "Priya Nair",
        4,
        True,
        "Hello, the box says Studio 7 but the charger inside is the old barrel type",
    ),
    Row(
        4127,
        "Left hinge cracked after two months",
        "open",
        "high",
        "Marta Lindqvist",
        "Northwind Studios",
        "Priya Nair",
        9,
        True,
        "S7-2409-118832. It is engraved on the inside as you said, thank you",
    ),
    Row(
        4135,
        "Refund for order AC-88340 not received",
        "new",
        "normal",
        "Yusuf Demir",
        None,
        None,
        11,
        True,
        "It has been eleven working days since the parcel was signed for at your warehouse",
    ),
    Row(
        4096,
        "24 pairs for the new language lab, delivery by April",
        "open",
        "high",
        "Daniel Mbeki",
        "Cape Town Language School",
        "Tomás Ferreira",
        41,
        False,
        "Purchase order attached. Our facilities team needs the pallet dimensions",
    ),
    Row(
        4109,
        "Hinge batch 2409: which serials are affected?",
        "on_hold",
        "normal",
        "Sofia Marino",
        "Marino Hi-Fi, Torino",
        "Tomás Ferreira",
        300,
        False,
        "Waiting for the supplier, promised by Friday",
    ),
    Row(
        4098,
        "Invoice for 12 pairs, company details",
        "pending",
        "normal",
        "Marta Lindqvist",
        "Northwind Studios",
        "Hannah Weiss",
        1500,
        False,
        "Could you send us the VAT number that should be printed on it?",
    ),
    Row(
        4081,
        "Which ear pads fit the Halo 2 from 2023?",
        "solved",
        "normal",
        "Ruth Adeyemi",
        None,
        "Jun Okafor",
        15_000,
        False,
        "The new ones fit, thank you",
    ),
)


def sample(request: Request) -> dict[str, Any]:
    """What the sample pages show."""
    form = SampleForm(
        subject="Left hinge cracked after two months",
        email="marta@northwind",
        shared=True,
        who="all",
        answer="S7-",
        reply="Hello Marta, thank you. The new pair leaves today and has the stronger hinge.",
        note="Serial is S7-2409-118832, so batch 2409 again: that makes four.",
    )
    form.email.errors = ["This address has no ending, such as .com."]
    files: StaticFiles = request.registry["static_files"]
    mode = request.GET.get("mode", "")
    return {
        "form": form,
        "queue": QUEUE,
        "mode": mode,
        "theme_url": "#",
        "brand_css_url": files.url("css/guide.css"),
        "logo_url": None,
        "ago": lambda **span: now() - timedelta(**span),
        "html": Markup,
        "icons": sorted(files.icons),
        "attached": [SimpleNamespace(name="Return label.pdf", url="#", size=84_000)],
        "tabs": [
            Link("Needs your reply", "#", current=True, count=2),
            Link("Open", "#", count=4),
            Link("Closed", "#"),
        ],
        "nav_items": [
            Link("Tickets", "#", icon="inbox", current=True),
            Link("Customers", "#", icon="users"),
            Link("Settings", "#", icon="settings"),
        ],
        "view_groups": [
            LinkGroup(
                (
                    Link("Assigned to me", "#", "circle-user", count=12),
                    Link("Unassigned", "#", "user-round", count=41),
                )
            ),
            LinkGroup(
                (
                    Link("All open", "#", "inbox", current=True, count=3412),
                    Link("Pending", "#", "hourglass", count=1077),
                    Link("Solved this week", "#", "circle-check", count=862),
                ),
                "Everything",
            ),
        ],
    }


def show(request: Request) -> Response:
    """One of the sample pages."""
    page = request.matchdict.get("page", "index")
    if page not in PAGES:
        raise HTTPNotFound
    role = "customer" if page in ("index", "home", "thread", "landing") else "agent"
    dressed = SampleRequest(request, role)
    # Macros find the request where Pyramid keeps the present one; see portal.web.templating.
    manager.push({"request": dressed, "registry": request.registry})
    try:
        values = sample(request)
        if role == "customer":
            del values["nav_items"]
        return render_to_response(f"style/{page}.jinja2", values, dressed)
    finally:
        manager.pop()


def includeme(config: Configurator) -> None:
    """Register the page where `portal.style_page` is true."""
    if config.registry.settings.get("portal.style_page") not in (True, "true"):
        return
    config.add_route("style", "/-/style", factory=StyleFactory)
    config.add_route("style_page", "/-/style/{page}", factory=StyleFactory)
    for name in ("style", "style_page"):
        config.add_view(show, route_name=name, permission=NO_PERMISSION_REQUIRED)
