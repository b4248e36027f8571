"""The watch itself: what a page does wrong fails the test that opened it."""

import pytest

from tests.browser.axe import violations
from tests.browser.running import Demo
from tests.browser.windows import NewPage, Windows


@pytest.mark.parametrize(
    ("fault", "complaint", "event"),
    [
        ("document.body.setAttribute('style', 'color: red')", "Content Security Policy", "console"),
        ("setTimeout(() => { throw new Error('a slip') })", "a slip", "weberror"),
        ("console.error('something is odd')", "something is odd", "console"),
        ("fetch('/acme/no/such/page')", "status of 404", "console"),
        ("fetch('http://localhost:1/').catch(() => {})", "localhost:1", "console"),
        ("window.open('http://example.invalid/')", "asked somebody else", "request"),
    ],
    ids=["policy", "script", "console", "missing", "refused", "elsewhere"],
)
def test_a_complaint_fails_the_test(
    demo: Demo, windows: Windows, fault: str, complaint: str, event: str
) -> None:
    with pytest.raises(AssertionError, match=complaint):
        _slip(demo, windows, fault, event)


def _slip(demo: Demo, windows: Windows, fault: str, event: str) -> None:
    with windows.watched() as open_page:
        page = open_page()
        page.goto(demo.url("login"))
        with page.context.expect_event(event):
            page.evaluate(f"async () => {{ await {fault} }}")


def test_an_answer_that_is_expected_is_no_complaint(demo: Demo, new_page: NewPage) -> None:
    page = new_page(statuses=(404,))
    page.goto(demo.url("no/such/page"))


def test_axe_sees_a_field_without_a_label(demo: Demo, new_page: NewPage) -> None:
    page = new_page()
    page.goto(demo.url("login"))
    assert violations(page) == []
    page.evaluate("document.querySelector('label').remove()")
    assert "label: <input" in violations(page)[0]
