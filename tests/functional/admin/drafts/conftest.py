"""An admin who changes the sign-in settings as a draft."""

from typing import Any

import pytest
from sqlalchemy import func, select
from webtest import TestResponse

from portal.signin.models import SsoDraft
from tests.factories import World
from tests.functional.admin.conftest import Admin
from tests.functional.signin.conftest import Site

NEW_LOGIN = "https://login.acme.test/sso"


class Drafter:
    """Ada with a site that signs people in, and what she does to the draft."""

    def __init__(self, admin: Admin, site: Site) -> None:
        self.admin = admin
        self.site = site
        self.browser = admin.browser

    def draft(self, path: str = "", status: int = 303, **values: object) -> TestResponse:
        """Fill in a tab and save it as a draft."""
        form = self.admin.form(f"/sign-in{path}")
        for name, value in values.items():
            form[name] = value
        if "into" in form.fields and form.fields["into"][0].attrs.get("type") == "hidden":
            return form.submit(status=status)
        return form.submit("into", value="draft", status=status)

    def press(self, action: str, path: str = "/sign-in", status: int = 303) -> TestResponse:
        """Press a button of the banner."""
        return self.admin.press(path, f"/sign-in/{action}", status=status)

    def try_(self, path: str = "/jwt/", **claims: Any) -> TestResponse:
        """Press "Test it", and come back with a token. Gives the page with the result."""
        away = self.press("try-draft")
        assert not away.location.startswith("http://localhost")
        answer = self.site.send(self.browser, path, **claims)
        assert (answer.status_int, answer.body) == (303, b"")
        assert answer.location == f"http://localhost{self.admin.url('/sign-in/tested')}"
        assert answer.headers["Cache-Control"] == "no-store"
        return answer.follow(status=200)

    def kept(self) -> SsoDraft | None:
        """The draft's row."""
        row: SsoDraft | None = self.admin.look(lambda db, tenant: db.get(SsoDraft, tenant.id))
        return row

    def count(self, kind: Any) -> int:
        """How many rows of a kind the tenant has."""
        number: int = self.admin.look(
            lambda db, tenant: db.scalar(
                select(func.count()).select_from(kind).where(kind.tenant_id == tenant.id)
            )
        )
        return number


@pytest.fixture
def site(world: World) -> Site:
    """The tenant's website."""
    return Site(world)


@pytest.fixture
def drafter(admin: Admin, site: Site) -> Drafter:
    """Ada, and her company's site."""
    return Drafter(admin, site)


def said(page: TestResponse) -> str:
    """The words of a page."""
    return " ".join(page.html.get_text(" ").split())


def banner(page: TestResponse) -> str:
    """The words above the tab; empty where nothing stands there."""
    found = page.html.select_one(".above")
    return " ".join(found.get_text(" ").split()) if found else ""


def outcomes(page: TestResponse) -> dict[str, str]:
    """The checks of a result: how each ended."""
    found = {}
    for item in page.html.select("ol.trace > li"):
        found[item.span.get_text()] = (item.get("class") or ["ok"])[0]
    return found
