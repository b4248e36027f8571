"""The parts of the interface in a real browser: what script adds, and what axe-core finds.

Runs on the style page, which is made of the real macros, under the product's content policy.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import pytest
from playwright.sync_api import FilePayload, Page, expect
from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.response import Response
from pyramid.security import NO_PERMISSION_REQUIRED
from waitress.server import create_server

from portal.web.style import PAGES
from tests.browser.axe import COLOURS, violations
from tests.browser.windows import NewPage
from tests.functional.serving import running

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
    " font-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none';"
    " base-uri 'none'"
)


class Nobody:
    """A security policy that knows no one."""

    def identity(self, request: Request) -> None:
        """Nobody is signed in."""

    def permits(self, request: Request, context: object, permission: str) -> bool:
        """Nothing is allowed that asks for a permission."""
        return False


def preview(request: Request) -> Response:
    """Renders as little as a test needs."""
    return Response(f"<p>Hello <b>{request.POST['body'][:5]}</b></p>")


def with_policy(application: WSGIApplication) -> WSGIApplication:
    """The content policy of the product around the front end."""

    def wrapped(environ: WSGIEnvironment, start: StartResponse) -> Any:
        def begin(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            return start(status, [*headers, ("Content-Security-Policy", POLICY)], *more)

        return application(environ, begin)

    return wrapped


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The front end alone, served on a free port."""
    config = Configurator(settings={"portal.style_page": True})
    config.set_security_policy(Nobody())
    config.add_request_method(lambda request: None, "tenant", reify=True)
    config.add_request_method(lambda request: None, "context_tenant", reify=True)
    config.include("portal.web.templating")
    config.include("portal.web.style")
    config.add_route("preview", "/preview")
    config.add_view(preview, route_name="preview", permission=NO_PERMISSION_REQUIRED)
    server = create_server(with_policy(config.make_wsgi_app()), host="127.0.0.1", port=0)
    with running(server):
        yield f"http://127.0.0.1:{server.effective_port}"


@pytest.fixture
def visit(new_page: NewPage, address: str) -> Callable[..., Page]:
    """Opens a page of the style page."""

    def go(path: str = "", **options: Any) -> Page:
        page = new_page(**options)
        page.goto(f"{address}/-/style{path}")
        return page

    return go


@pytest.mark.parametrize("page_name", [*PAGES, "ticket?mode=reply", "ticket?mode=note"])
def test_axe_finds_nothing(visit: Callable[..., Page], page_name: str) -> None:
    page = visit(f"/{page_name}")
    assert violations(page) == []
    page.emulate_media(color_scheme="dark")
    assert violations(page, COLOURS) == []
    # Tall, because axe counts what lies under a sticky bar as covered.
    page = visit(f"/{page_name}", width=390, height=9000)
    assert violations(page) == []


@pytest.mark.parametrize("page_name", [*PAGES, "ticket?mode=reply"])
@pytest.mark.parametrize("width", [320, 768])
def test_nothing_sticks_out_at_the_side(
    visit: Callable[..., Page], page_name: str, width: int
) -> None:
    page = visit(f"/{page_name}", width=width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_copying(visit: Callable[..., Page]) -> None:
    page = visit(permissions=["clipboard-read", "clipboard-write"])
    page.click("[data-copy=callback]")
    page.locator("[data-copy=callback]", has_text="Copied").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == "https://help.acmeaudio.example/auth/callback"


def test_a_password_is_shown_and_hidden(visit: Callable[..., Page]) -> None:
    page = visit()
    page.click("[data-reveal=password]")
    password = page.locator("#password")
    expect(password).to_have_attribute("type", "text")
    page.click("[data-reveal=password]")
    expect(password).to_have_attribute("type", "password")


def test_a_file_that_is_too_large_is_refused_with_a_reason(visit: Callable[..., Page]) -> None:
    page = visit()
    page.evaluate("document.querySelector('portal-files').dataset.maxBytes = 3")
    letters: FilePayload = {"name": "a.txt", "mimeType": "text/plain", "buffer": b"abcd"}
    page.set_input_files("#files", letters)
    said = page.locator("form:has(#files) .files-said")
    expect(said).to_contain_text("“a.txt” is larger than 25 MB")
    expect(page.locator(".chosen > li")).to_have_count(0)


def test_what_is_missing_is_said_beside_its_field_in_our_words(
    visit: Callable[..., Page],
) -> None:
    page = visit()
    subject = page.get_by_role("textbox", name="Subject")
    subject.fill("")
    subject.evaluate("field => field.form.requestSubmit()")
    expect(subject).to_be_focused()
    expect(subject).to_have_accessible_description("A few words are enough. Enter a subject.")
    expect(page.get_by_text("Enter a subject.")).to_be_visible()
    subject.press_sequentially("It")
    expect(page.get_by_text("Enter a subject.")).to_have_count(0)
    expect(subject).to_have_accessible_description("A few words are enough.")


def test_the_preview_comes_and_goes(visit: Callable[..., Page], address: str) -> None:
    page = visit("/ticket?mode=reply")
    page.evaluate("document.querySelector('[data-preview]').dataset.preview = '/preview'")
    page.click("[data-preview]")
    expect(page.locator("#reply-preview .body")).to_have_text("Hello Hello")
    expect(page.locator("#reply")).to_be_hidden()
    page.click("[data-preview]")
    expect(page.locator("#reply")).to_be_visible()
    expect(page.locator("#reply-preview")).to_be_hidden()


def test_formatting_wraps_what_is_selected(visit: Callable[..., Page]) -> None:
    page = visit("/ticket?mode=reply")
    page.evaluate("document.querySelector('#reply').setSelectionRange(0, 5)")
    page.click("[title=Bold]")
    expect(page.locator("#reply")).to_have_value(re.compile(r"^\*\*Hello\*\* Marta"))


def test_control_enter_sends_once_and_as_the_first_button_says(
    visit: Callable[..., Page],
) -> None:
    page = visit("/ticket?mode=reply")
    sent: list[str] = []

    def take(route: Any) -> None:
        sent.append(route.request.post_data)
        route.fulfill(status=204)

    page.route("**/send", take)
    page.evaluate("document.querySelector('form.composer').action = '/send'")
    page.focus("#reply")
    page.keyboard.press("Control+Enter")
    page.keyboard.press("Control+Enter")
    page.wait_for_timeout(300)
    assert len(sent) == 1
    assert re.search(r'name="then"\s+pending', sent[0])


def test_menus_and_dialogs_open_and_close(visit: Callable[..., Page]) -> None:
    page = visit()
    menu, dialog = page.locator("#sample-menu"), page.locator("#sample-dialog")
    page.click("[popovertarget=sample-menu]")
    expect(menu).to_be_visible()
    page.keyboard.press("Escape")
    expect(menu).to_be_hidden()
    page.click("[commandfor=sample-dialog]")
    expect(dialog).to_be_visible()
    page.click("#sample-dialog .actions button:first-child")
    expect(dialog).to_be_hidden()


def test_without_script_the_browsers_own_controls_are_there(visit: Callable[..., Page]) -> None:
    page = visit("/ticket?mode=reply", javascript=False)
    assert page.is_visible("#reply")
    assert page.is_visible("input[type=file]")
    assert page.is_visible("[name=preview]")
    assert not page.is_visible("[data-wrap]")
    page = visit(javascript=False)
    assert not page.is_visible("[data-copy]")
    assert not page.is_visible("[data-reveal]")
    page.click("[popovertarget=sample-menu]")
    expect(page.locator("#sample-menu")).to_be_visible()


def test_a_note_looks_like_no_reply(visit: Callable[..., Page]) -> None:
    look = "getComputedStyle(document.querySelector('form.composer'))"
    grounds, bars = set(), []
    for mode in ("reply", "note"):
        page = visit(f"/ticket?mode={mode}")
        grounds.add(page.evaluate(f"{look}.backgroundColor"))
        bars.append(page.evaluate(f"{look}.borderInlineStartWidth"))
    assert len(grounds) == 2
    assert bars == ["1px", "5px"]
