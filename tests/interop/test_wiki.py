"""A wiki: django-wiki, whose people sign in through mozilla-django-oidc."""

import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.interop.conftest import HERE, Picture
from tests.interop.installing import from_pypi
from tests.interop.programs import running
from tests.interop.sites import Company, Site

#: Starts the wiki. It asks the issuer anew after so many seconds.
Start = Callable[[int], Site]
_FIRST_PAGE = """
from wiki.models import URLPath
URLPath.create_root(title="Handbook", content="How things are done here.")
"""


@pytest.fixture(scope="module")
def programs() -> Path:
    return from_pypi(HERE / "wiki" / "wiki.lock", "wiki", "mozilla-django-oidc", "django")


@pytest.fixture
def start(company: Company, folder: Path, programs: Path) -> Iterator[Start]:
    shutil.copytree(HERE / "wiki", folder, dirs_exist_ok=True)
    django = [str(programs / "python"), "-m", "django"]
    with ExitStack() as stack:

        def start(renew: int) -> Site:
            site = company.site("Wiki", "/oidc/callback/", "/")
            environment = site.environment | {
                "FOLDER": str(folder),
                "SECRET_KEY": "only-in-this-test",
                "DJANGO_SETTINGS_MODULE": "company.settings",
                "RENEW": str(renew),
            }
            for command in (["migrate", "--verbosity", "0"], ["shell", "-c", _FIRST_PAGE]):
                subprocess.run([*django, *command], cwd=folder, env=environment, check=True)
            serve = [*django, "runserver", "--noreload", "--insecure", f"127.0.0.1:{site.port}"]
            stack.enter_context(running(serve, folder, environment, site.url("/")))
            return site

        yield start


def come_in(company: Company, wiki: Site, page: Page) -> None:
    """Everybody may read it; who signed in may write."""
    page.goto(wiki.url("/"))
    page.get_by_role("link", name="Log in").click()
    company.sign_in(page)
    expect(signed_in(company, page)).to_be_visible()
    expect(page).to_have_url(wiki.url("/"))


def signed_in(company: Company, page: Page) -> Locator:
    """The wiki's menu of the person."""
    return page.locator("nav").get_by_role("link", name=company.cleo.name)


def test_somebody_signs_in_and_writes(
    company: Company, start: Start, page: Page, picture: Picture
) -> None:
    wiki = start(900)
    come_in(company, wiki, page)
    page.goto(wiki.url("/_create/"))
    page.get_by_label("Title").fill("Opening hours")
    page.locator("#id_slug").fill("hours")
    page.locator("#id_content").fill("We are there from nine to five.")
    page.locator("#id_summary").fill("Asked every day")
    page.get_by_role("button", name="Create article").click()
    expect(page.get_by_text("We are there from nine to five.")).to_be_visible()
    page.goto(wiki.url("/hours/_history/"))
    expect(page.get_by_text(f"by {company.cleo.name}")).to_be_visible()
    expect(page.get_by_text("Asked every day")).to_be_visible()
    picture(page, "wiki")


def test_signing_out_there_signs_out_here(company: Company, start: Start, page: Page) -> None:
    wiki = start(900)
    come_in(company, wiki, page)
    assert company.knows(page)
    page.goto(wiki.url("/oidc/logout/"))
    expect(page).to_have_url(wiki.url("/"))
    expect(page.get_by_role("link", name="Log in")).to_be_visible()
    assert not company.knows(page)


def test_it_asks_anew_without_a_word(company: Company, start: Start, page: Page) -> None:
    wiki = start(1)
    come_in(company, wiki, page)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    time.sleep(1.1)
    page.goto(wiki.url("/"))
    expect(page).to_have_url(wiki.url("/"))
    expect(signed_in(company, page)).to_be_visible()
    assert any(url.startswith(wiki.issuer) and "prompt=none" in url for url in asked)
    # Signed out at the portal, and so at the wiki, when it asks the next time.
    page.context.clear_cookies(domain="127.0.0.1")
    time.sleep(1.1)
    page.goto(wiki.url("/"))
    expect(page.get_by_role("link", name="Log in")).to_be_visible()
