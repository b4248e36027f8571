"""What leads to a page in one of its states: what is pressed, filled in and sent before."""

from base64 import urlsafe_b64encode
from collections.abc import Callable

import pyotp
from playwright.sync_api import Page

from tests.browser.running import Demo
from tests.browser.steps import (
    CLEO,
    HANNAH,
    MARTA,
    REPAIR,
    TOMAS,
    begin_ticket,
    sign_out,
)
from tests.functional.openid.provider import CLIENT, SECRET, running

Step = Callable[[Page, Demo], None]


def press(name: str) -> Step:
    """Clicks a button that opens something on the page."""
    return lambda page, demo: page.get_by_role("button", name=name).click()


def send(page: Page, name: str) -> None:
    """Clicks a button that sends its form, and waits for what comes."""
    with page.expect_navigation():
        page.get_by_role("button", name=name, exact=True).click()


def follow(name: str) -> Step:
    """Clicks a link, or a button that leads to another page."""

    def step(page: Page, demo: Demo) -> None:
        link = page.get_by_role("link", name=name).or_(page.get_by_role("button", name=name))
        with page.expect_navigation():
            link.locator("visible=true").first.click()

    return step


def edit_marta(page: Page, demo: Demo) -> None:
    for link in ("Marta Lindqvist", "Edit"):
        follow(link)(page, demo)


def merge_marta(page: Page, demo: Demo) -> None:
    for link in ("Marta Lindqvist", "Merge"):
        follow(link)(page, demo)
    page.get_by_label("account that stays").fill("jonas@northwind.example")
    send(page, "Show what would move")


def write_nothing(page: Page, demo: Demo) -> None:
    begin_ticket(page, demo, REPAIR)
    page.get_by_label("Product").select_option("Halo 2")
    page.get_by_label("What is wrong with").select_option("Battery")
    page.get_by_label("Hours that one charge lasts").fill("hardly any")
    page.get_by_label("Subject").fill("Only a subject")
    page.get_by_label("Description").fill(" ")  # enough for the browser's own check
    send(page, "Send ticket")


def preview(page: Page, demo: Demo) -> None:
    begin_ticket(page, demo)
    page.get_by_label("Description").fill(
        "# A heading\n\n**bold** [link](https://acme.test) `code`"
    )
    page.get_by_role("button", name="Preview").click()
    page.locator(".preview h1, .preview h2, .preview h3, .preview p").first.wait_for()


def begin_a_ticket(page: Page, demo: Demo) -> None:
    page.goto(demo.url("tickets/new", tenant="globex"))
    page.locator("a.topic").last.click()
    page.get_by_label("Subject").fill("The hinge of my case")
    page.get_by_text("Draft saved").wait_for()
    page.goto(demo.url("tickets/drafts", tenant="globex"))


def mistype(page: Page, demo: Demo) -> None:
    page.get_by_label("E-mail address").fill("nobody@acme.test")
    page.get_by_label("Password", exact=True).fill("not the right words")
    send(page, "Sign in")


def lose_session(page: Page, demo: Demo) -> None:
    begin_ticket(page, demo)
    page.get_by_label("Subject").fill("Written for a long time")
    page.get_by_label("Description").fill("And then the session was over.")
    page.context.clear_cookies()
    send(page, "Send ticket")


def ask_for_the_hub(page: Page, demo: Demo) -> None:
    page.goto(f"{demo.portal}/integration?tenant=no+name")


def arrive_as_marta(page: Page, demo: Demo) -> None:
    demo.log_in_at_shop(page, MARTA)
    page.goto(f"{demo.shop}/support")


def come_from_elsewhere(page: Page, demo: Demo) -> None:
    page.goto(demo.shop.replace("127.0.0.1", "localhost"))
    with page.expect_navigation():
        page.evaluate("url => { location.href = url }", demo.url("logout"))


def sign_in_and_out(page: Page, demo: Demo) -> None:
    demo.sign_in(page, CLEO)
    sign_out(page)


def invite(page: Page, demo: Demo) -> None:
    page.get_by_label("E-mail").fill("new.colleague@globex.test")
    page.get_by_label("Role").select_option(label="Agent")
    send(page, "Invite")


def test_token(page: Page, demo: Demo) -> None:
    head, claims = ('{"alg":"HS256"}', '{"email":"marta@northwind.example","iat":1795303098}')
    parts = (urlsafe_b64encode(part.encode()).decode().rstrip("=") for part in (head, claims))
    page.get_by_label("Token or address").fill(".".join([*parts, "c2lnbmF0dXJl"]))
    send(page, "Test")


def follow_invitation(page: Page, demo: Demo) -> None:
    follow("Oskar Nyberg")(page, demo)
    send(page, "Make a link")
    page.goto(page.locator("#link").input_value())


def make_api_key(page: Page, demo: Demo) -> None:
    page.get_by_label("Name", exact=True).fill("Nightly export")
    page.get_by_label("Read tickets").check()
    send(page, "Make the key")


def about_to_delete_a_role(page: Page, demo: Demo) -> None:
    follow("Light agent")(page, demo)
    follow("Delete the role")(page, demo)


def about_to_revoke(page: Page, demo: Demo) -> None:
    follow("tk_acme")(page, demo)
    follow("Revoke this key")(page, demo)


def save_view(page: Page, demo: Demo) -> None:
    """One of everybody's, and the list of all."""
    page.goto(demo.url("views/new?state=unsolved&priority=urgent"))
    page.get_by_label("Name").fill("Urgent")
    page.get_by_label("Everybody who answers tickets").check()
    send(page, "Save the view")
    page.goto(demo.url("views"))


def start_app(page: Page, demo: Demo) -> None:
    """tomas sets an app up, and leaves it at that."""
    if page.url.endswith("/confirm"):  # more than fifteen minutes after signing in
        page.get_by_label("Password", exact=True).fill(demo.password(TOMAS))
        send(page, "Go on")
    send(page, "Set up an app")


#: The recovery codes of hannah, who alone has a second factor, by demo.
_codes: dict[str, list[str]] = {}


def give_password(page: Page, demo: Demo) -> None:
    page.goto(demo.url("login/local"))
    page.get_by_label("E-mail address").fill(HANNAH)
    page.get_by_label("Password", exact=True).fill(demo.password(HANNAH))
    send(page, "Sign in")


def with_app(page: Page, demo: Demo) -> None:
    """hannah is signed in, and has an authenticator app."""
    give_password(page, demo)
    if "/login/second" in page.url:
        page.goto(demo.url("login/second?with=recovery"))
        page.get_by_label("Recovery code").fill(_codes[demo.portal].pop())
        send(page, "Sign in")
    else:
        page.goto(demo.url("profile/security"))
        send(page, "Set up an app")
        secret = page.locator(".secret").text_content() or ""
        page.get_by_label("Code that the app shows").fill(pyotp.TOTP(secret.replace(" ", "")).now())
        send(page, "Confirm")
        _codes[demo.portal] = page.locator(".codes li").all_inner_texts()
    page.goto(demo.url("profile/security"))


def make_codes(page: Page, demo: Demo) -> None:
    with_app(page, demo)
    send(page, "Make new codes")
    _codes[demo.portal] = page.locator(".codes li").all_inner_texts()


def second(page: Page, demo: Demo) -> None:
    with_app(page, demo)
    page.context.clear_cookies()
    give_password(page, demo)


def second_by_recovery(page: Page, demo: Demo) -> None:
    second(page, demo)
    follow("Use a recovery code")(page, demo)


def add_site(page: Page, demo: Demo) -> None:
    page.get_by_label("Name").fill("Forum")
    page.get_by_label("Redirect URLs").fill("https://forum.acme.test/auth/callback")
    send(page, "Save")


def try_provider(page: Page, demo: Demo) -> None:
    """Somebody has an account elsewhere, and signs in with it to see what would happen."""
    with running() as provider:
        page.get_by_label("Name", exact=True).fill("Vendor")
        page.get_by_label("Issuer").fill(provider.issuer)
        page.get_by_label("Client ID").fill(CLIENT)
        page.get_by_label("Client secret").fill(SECRET)
        page.get_by_label("Customers", exact=True).check()
        send(page, "Save")
        start = page.get_by_role("link", name="Try it").get_attribute("href")
        origin = demo.portal
        leaving = page.request.get(f"{origin}{start}", max_redirects=0)
        page.goto(provider.authorize(leaving.headers["location"]))


def ask_for_a_site(page: Page, demo: Demo) -> None:
    """A site of somebody else's, and a visitor on the way to it."""
    page.get_by_label("It belongs to somebody else").check()
    add_site(page, demo)
    client_id = page.locator("#client-id").input_value()
    page.goto(
        demo.url(
            f"oauth2/authorize?response_type=code&client_id={client_id}&scope=openid+profile+email"
            "&redirect_uri=https%3A%2F%2Fforum.acme.test%2Fauth%2Fcallback"
            f"&code_challenge={'x' * 43}&code_challenge_method=S256"
        )
    )


def draft(page: Page, demo: Demo) -> None:
    """A draft whose login answers at once, with what is no token."""
    page.get_by_label("Remote login URL").fill(demo.url("jwt?token=a.b.c", tenant="globex"))
    page.get_by_label("Leeway").select_option("30")
    with page.expect_navigation():
        page.get_by_role("button", name="draft").click()


def ask_about_draft(page: Page, demo: Demo) -> None:
    draft(page, demo)
    send(page, "Make it live")


def try_draft(page: Page, demo: Demo) -> None:
    draft(page, demo)
    send(page, "Test it")


def tick(page: Page, demo: Demo) -> None:
    page.locator("input[name=number]").first.check()


def change_all(page: Page, demo: Demo) -> None:
    """All tickets, also those of later pages: this is asked first."""
    page.locator("[data-select-page]").check()
    page.locator("input[name=all]").check()
    page.get_by_role("button", name="Priority", exact=True).click()
    send(page, "High")


def tag_badly(page: Page, demo: Demo) -> None:
    tick(page, demo)
    page.get_by_role("button", name="Tags", exact=True).click()
    page.get_by_label("Tags, with spaces between them").fill("<b>")
    send(page, "Add")


def change_closed(page: Page, demo: Demo) -> None:
    """Closed tickets stay closed: the result says so."""
    page.locator("[data-select-page]").check()
    page.get_by_role("button", name="State", exact=True).click()
    send(page, "On hold")


def open_hinge(page: Page, demo: Demo) -> None:
    page.goto(demo.url("tickets?state=&q=Left+hinge+cracked"))
    with page.expect_navigation():
        page.get_by_role("row").get_by_role("link").first.click()


def use_macro(page: Page, demo: Demo) -> None:
    """A draft that a macro began, with what it changes."""
    open_hinge(page, demo)
    page.goto(f"{page.url.partition('?')[0]}?compose=reply&macros=1")
    page.get_by_role("button", name="Ask for the serial number").click()
    page.locator(".carried").wait_for()


def mention_ben(page: Page, demo: Demo) -> None:
    """Somebody mentions ben, who has not read it yet."""
    open_hinge(page, demo)
    page.goto(f"{page.url.partition('?')[0]}?compose=note")
    page.get_by_role("textbox", name="Internal note").fill("@ben, the hinge of this one is yours.")
    send(page, "Add note")
