"""A customer's way from each sample into the portal and back, as a browser goes it."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.samples.conftest import StartBeside
from tests.browser.windows import NewPage
from tests.functional.examples.company import Company
from tests.functional.examples.samples import Running

CLEO = "Log in as Cleo Customer"
REFERENCE = re.compile(r"Reference ([0-9A-Z]{4}-[0-9A-Z]{4})")
#: Long enough for a key, and nobody's.
WRONG = "not-the-key-but-as-long-as-one-0123456789"
every_site = pytest.mark.parametrize("sample", ["php", "node", "python", "static"], indirect=True)
static = pytest.mark.parametrize("sample", ["static"], indirect=True)


def log_in(page: Page, site: Running) -> None:
    """Log in at the company's site."""
    page.goto(site.url("/"))
    login = page.get_by_role("link", name="Log in")
    expect(login.or_(page.get_by_role("button", name=CLEO))).to_be_visible()
    if login.is_visible():
        login.click()
    page.get_by_role("button", name=CLEO).click()
    expect(page.get_by_text("You are logged in as Cleo Customer")).to_be_visible()


@every_site
def test_over_and_back(new_page: NewPage, start_beside: StartBeside, company: Company) -> None:
    site = start_beside()
    ticket = company.world.ticket()
    page = new_page()

    # One click, and the customer is there.
    log_in(page, site)
    page.get_by_role("link", name="Support", exact=True).click()
    expect(page).to_have_url(company.url("/"))
    expect(page.get_by_role("heading", level=1)).to_have_text("How can we help, Cleo?")

    # Signed out there, and not here.
    page.locator("[popovertarget=account]").click()
    page.get_by_role("button", name="Sign out", exact=True).click()
    expect(page).to_have_url(site.url("/signed-out"))
    expect(page.get_by_text("Here you are still logged in as Cleo Customer")).to_be_visible()

    # A link in a mail: one click on the way, and the ticket.
    page.goto(company.url(f"/tickets/{ticket.number}"))
    page.get_by_role("link", name="Sign In with Acme Audio").click()
    expect(page).to_have_url(company.url(f"/tickets/{ticket.number}"))
    expect(page.get_by_role("heading", level=1)).to_have_text(ticket.subject)
    assert [line.code for line in company.site.log()] == ["signed_in", "signed_in"]
    assert not any(line.warnings for line in company.site.log())


@every_site
def test_asking_support(new_page: NewPage, start_beside: StartBeside, company: Company) -> None:
    site = start_beside()
    page = new_page()
    log_in(page, site)
    ask = page.get_by_role("link", name="Ask support")
    if ask.is_visible():
        ask.click()
    page.get_by_label("Subject").fill("Left hinge cracked")
    page.get_by_label("What happened?").fill("It cracked this morning.")
    page.get_by_role("button", name="Send").click()
    page.get_by_role("link", name="Follow it").click()
    expect(page).to_have_url(company.url(f"/tickets/{company.tickets()[0].number}"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Left hinge cracked")


@pytest.mark.parametrize("sample", ["python"], indirect=True)
def test_without_scripts_a_button_is_pressed(
    new_page: NewPage, start_beside: StartBeside, company: Company
) -> None:
    site = start_beside()
    page = new_page(javascript=False)
    page.goto(site.url("/support?redirect_url=/tickets/new"))
    page.get_by_role("button", name=CLEO).click()
    page.get_by_role("button", name="Continue to the help desk").click()
    expect(page).to_have_url(company.url("/tickets/new"))


@pytest.mark.parametrize("sample", ["python"], indirect=True)
def test_going_back_leads_to_the_site(
    new_page: NewPage, start_beside: StartBeside, company: Company
) -> None:
    """The page that sends itself must not catch whoever goes back."""
    site = start_beside()
    page = new_page()
    log_in(page, site)
    page.get_by_role("link", name="Go to the help desk").click()
    expect(page).to_have_url(company.url("/"))
    page.go_back()
    expect(page).to_have_url(site.url("/"))


@static
def test_the_page_shows_a_refusal_and_its_reference(
    new_page: NewPage, start_beside: StartBeside, company: Company
) -> None:
    site = start_beside(PORTAL_SIGNING_KEY=WRONG)
    page = new_page(statuses=(401,))
    log_in(page, site)
    page.get_by_role("link", name="Support", exact=True).click()
    expect(page.get_by_role("alert")).to_have_text(REFERENCE)
    seen = REFERENCE.search(page.get_by_role("alert").inner_text())
    line = company.site.last()
    assert seen is not None
    assert (line.reference, line.code) == (seen[1], "token_signature_invalid")
    assert line.code not in page.content()
    expect(page.get_by_role("link", name="Try again")).to_be_visible()


@static
def test_the_page_shows_a_ticket_that_was_not_taken(
    new_page: NewPage, start_beside: StartBeside, company: Company
) -> None:
    site = start_beside(PORTAL_API_SECRET=WRONG)
    page = new_page(statuses=(502,))
    log_in(page, site)
    page.get_by_label("Subject").fill("Left hinge cracked")
    page.get_by_label("What happened?").fill("It cracked this morning.")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("alert")).to_have_text(REFERENCE)
    seen = REFERENCE.search(page.get_by_role("alert").inner_text())
    assert seen is not None
    assert f"401 unauthorized {seen[1]}" in site.log.read_text()
    expect(page.get_by_label("Subject")).to_have_value("Left hinge cracked")


@static
def test_an_origin_that_is_not_listed_reads_nothing(
    chromium: Browser, start_beside: StartBeside, company: Company
) -> None:
    site = start_beside()
    company.site.configure(allowed_origins=["https://www.acme.test"])
    # Not a watched window: the browser complains about the call, and this test wants it to.
    with chromium.new_context() as context:
        page = context.new_page()
        log_in(page, site)
        page.get_by_role("link", name="Support", exact=True).click()
        expect(page.get_by_role("alert")).to_have_text("The help desk cannot be reached.")
    assert company.site.log() == []
