"""The page that tests a token, and a site that signs some."""

import pytest
from webtest import TestApp, TestResponse

from tests.factories import World
from tests.functional.admin.conftest import Admin
from tests.functional.signin.conftest import Site

PAGE = "/sign-in/test"
STEPS = [
    "One token, of a sensible size", "Three parts, strict JSON", "Tenant", "Dialect is on",
    "Algorithm and header", "Signature", "Claims present and typed", "Time",
    "Meant for this help desk", "Not used before", "E-mail address", "Account", "Where to go",
    "Token used up", "New session",
]  # fmt: skip
PASSED, LEFT_OUT = "Passed", "Left out: a test uses nothing up"
ALL_PASSED = [PASSED] * 13 + [LEFT_OUT] * 2


@pytest.fixture
def site(world: World) -> Site:
    return Site(world)


@pytest.fixture
def browser(world: World) -> TestApp:
    return world.anonymous()


@pytest.fixture
def admin(world: World, site: Site) -> Admin:
    return Admin(world)


def put(admin: Admin, pasted: str, status: int = 200, **values: str) -> TestResponse:
    """Paste something and press the button."""
    form = admin.form(PAGE)
    form["pasted"] = pasted
    for name, value in values.items():
        form[name] = value
    response: TestResponse = form.submit(status=status)
    return response


def states(page: TestResponse) -> list[str]:
    """How each check ended, in the order of the page."""
    rows = page.html.select(".checks > li:not(.ended)")
    assert [row.h3.get_text() for row in rows] == STEPS
    return [row.select_one(".state").get_text(" ", strip=True) for row in rows]


def row_of(page: TestResponse, step: str) -> str:
    """What stands in the row of a check."""
    for row in page.html.select(".checks > li:not(.ended)"):
        if row.h3.get_text() == step:
            return " ".join(row.get_text(" ").split())
    raise AssertionError(step)


def words(page: TestResponse) -> str:
    return " ".join(page.html.main.get_text(" ").split())
