"""Every page of the portal: what axe-core finds, whether it fits, what it is called, where the
focus is. A new page is one line in places.py; a test says when it is missing."""

import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, StorageState

import portal
from tests.browser.axe import COLOURS, violations
from tests.browser.places import PASSED_THROUGH, PLACES, Place
from tests.browser.running import Demo
from tests.browser.steps import BEN, PRIYA
from tests.browser.windows import NewPage, Windows

TEMPLATES = Path(portal.__file__).parent / "templates"
Profile = Callable[..., StorageState]

#: Focuses everything that can have the focus; gives what then looks as it did before. What shows
#: the focus may be the thing itself, its label, or the frame around it.
_WITHOUT_FOCUS = """() => {
  const look = element => [element, element.parentElement, element.nextElementSibling,
    ...(element.labels ?? [])].filter(Boolean).map(shown => {
      const style = getComputedStyle(shown);
      return [style.outlineStyle, style.outlineWidth, style.outlineColor, style.boxShadow,
        style.borderColor].join();
    }).join("|");
  const wanted = "a[href], button, input, select, textarea, summary, [tabindex]";
  return [...document.querySelectorAll(wanted)]
    .filter(element => element.tabIndex >= 0 && element.checkVisibility())
    .filter(element => !element.matches(":disabled"))
    .filter(element => {
      document.activeElement.blur();
      const before = look(element);
      element.focus();
      return document.activeElement !== element || look(element) === before;
    })
    .map(element => element.outerHTML.slice(0, 200));
}"""

#: Whether something is taller than what is shown of it: the page, or a part with a scroll bar.
_SCROLLS = """() => [...document.querySelectorAll("*")].some(part =>
  part.scrollHeight > part.clientHeight && (part === document.documentElement ||
    ["auto", "scroll"].includes(getComputedStyle(part).overflowY)))"""


def test_no_page_is_left_out() -> None:
    extends = re.compile(r'\{% extends "layouts/')
    pages = {
        str(template.relative_to(TEMPLATES).with_suffix(""))
        for template in TEMPLATES.rglob("*.jinja2")
        if extends.search(template.read_text(encoding="utf-8"))
    }
    pages = {page for page in pages if not page.startswith(("layouts/", "style/"))}
    assert pages == {place.template for place in PLACES} | PASSED_THROUGH


@pytest.fixture(scope="module")
def number(chromium: Browser, demo: Demo, profile: Profile) -> Callable[[str], str]:
    """Finds the number of a ticket by its subject."""
    page = chromium.new_context(storage_state=profile(BEN)).new_page()

    @cache
    def find(subject: str) -> str:
        page.goto(demo.url(f"tickets?state=&q={subject}"))
        link = page.get_by_role("row").get_by_role("link").filter(has_text=subject)
        address = link.first.get_attribute("href")
        assert address is not None
        return address.partition("?")[0].rpartition("/")[2]

    return find


@pytest.fixture(scope="module", params=PLACES, ids=str)
def place(request: pytest.FixtureRequest) -> Place:
    """One after the other."""
    found: Place = request.param
    return found


@pytest.fixture(scope="module")
def page(
    place: Place, windows: Windows, demo: Demo, profile: Profile, number: Callable[[str], str]
) -> Iterator[Page]:
    """The place, opened once for all tests of it."""
    with windows.watched() as open_page:
        shown = visit(place, demo, open_page, profile, number)
        if place.then:
            place.then(shown, demo)
        yield shown


def visit(
    place: Place,
    demo: Demo,
    open_page: NewPage,
    profile: Profile,
    number: Callable[[str], str],
    **options: str,
) -> Page:
    """Open a place in a browser of whom it is for."""
    if place.given:
        place.given(open_page(storage_state=profile(PRIYA)), demo)
    state = profile(place.who, place.tenant) if place.who else None
    page = open_page(storage_state=state, statuses=place.statuses, **options)
    path = re.sub(r"\{(.+)\}", lambda subject: number(subject[1]), place.path)
    page.goto(demo.portal if place.template == "tenants/front" else demo.url(path, place.tenant))
    return page


def show_whole(page: Page, width: int) -> None:
    """Make the viewport as tall as the page, because axe counts what lies under a sticky bar as
    covered. Most fit into the lower one, which the browser paints in less than half of the time."""
    for height in (4000, 9000):
        page.set_viewport_size({"width": width, "height": height})
        if not page.evaluate(_SCROLLS):
            break


def test_axe_finds_nothing(page: Page) -> None:
    for width in (1280, 390):
        page.emulate_media(color_scheme="light")
        show_whole(page, width)
        assert violations(page) == []
        page.emulate_media(color_scheme="dark")
        assert violations(page, COLOURS) == []


def too_wide(page: Page, widths: tuple[int, ...]) -> dict[int, float]:
    """The widths at which something sticks out at the side, and how far the page then goes."""
    found = {}
    for width in widths:
        page.set_viewport_size({"width": width, "height": 800})
        found[width] = page.evaluate(
            """() => Math.max(...[document.documentElement, ...document.querySelectorAll("main")]
              .map(part => part.getBoundingClientRect().left + part.scrollWidth))"""
        )
    return {width: reach for width, reach in found.items() if reach > width}


def test_nothing_sticks_out_at_the_side(page: Page) -> None:
    assert too_wide(page, (320, 390, 768, 1280)) == {}


def test_it_says_what_it_is(page: Page) -> None:
    assert page.locator("h1").count() == 1
    assert page.locator("h1").inner_text().strip()
    assert re.fullmatch(r".+ · (Acme Audio|Globex Robotics|Help desk)|Help desk", page.title())
    assert page.locator("html").get_attribute("lang") == "en"


def test_the_focus_is_seen(page: Page) -> None:
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        # The browser shows the focus to those who use the keyboard.
        page.keyboard.press("Tab")
        assert page.evaluate(_WITHOUT_FOCUS) == []


@pytest.mark.parametrize("quiet", [place for place in PLACES if not place.then], ids=str)
def test_the_longer_words_of_german_fit(
    quiet: Place,
    demo: Demo,
    new_page: NewPage,
    profile: Profile,
    number: Callable[[str], str],
) -> None:
    page = visit(quiet, demo, new_page, profile, number, locale="de-DE")
    assert page.locator("html").get_attribute("lang") == "de"
    assert too_wide(page, (320, 768)) == {}


#: One page of each kind: the layouts, the lists, the thread, the composer, a form.
RIGHT_TO_LEFT = {
    "signin/login": "",
    "tickets/customer_home": "",
    "tickets/customer_thread": "",
    "tickets/agent_queue": "",
    "tickets/agent_ticket": "",
    "settings/general": "",
}


@pytest.mark.parametrize(
    "mirrored",
    [place for place in PLACES if RIGHT_TO_LEFT.get(place.template) == place.state],
    ids=str,
)
def test_pages_fit_from_right_to_left(
    mirrored: Place,
    demo: Demo,
    new_page: NewPage,
    profile: Profile,
    number: Callable[[str], str],
) -> None:
    page = visit(mirrored, demo, new_page, profile, number, locale="ar")
    assert page.locator("html").get_attribute("dir") == "rtl"
    assert too_wide(page, (320, 768, 1280)) == {}
