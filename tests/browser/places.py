"""Every page there is, by its template: where it is, who sees it, and what leads to it."""

from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass

import pyotp
from playwright.sync_api import Page

from tests.browser.running import Demo
from tests.browser.steps import BEN, CLEO, MARTA, PRIYA, REPAIR, begin_ticket, sign_out
from tests.functional.openid.provider import CLIENT, SECRET, running

ADA = "ada@acme.test"
IRENE = "irene@globex.test"
HANNAH = "hannah@acme.test"
JUN = "jun@acme.test"
RAFAEL = "rafael@acme.test"
PAUL = "paul@kestrel.example"
TOMAS = "tomas@acme.test"

Step = Callable[[Page, Demo], None]


@dataclass(frozen=True)
class Place:
    """A page in one of its states. `{The subject}` in a path is the number of that ticket."""

    #: Below portal/templates, without its ending.
    template: str
    path: str = ""
    #: Whose browser it is; None: nobody's.
    who: str | None = None
    #: What tells it from other places of the template.
    state: str = ""
    tenant: str = "acme"
    #: What is done on the page before it is looked at.
    then: Step | None = None
    #: What PRIYA has done before, in a browser of hers.
    given: Step | None = None
    #: The answers from 400 on that lead there.
    statuses: tuple[int, ...] = ()

    def __str__(self) -> str:
        return f"{self.template} {self.state}".strip()


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


def _edit_marta(page: Page, demo: Demo) -> None:
    for link in ("Marta Lindqvist", "Edit"):
        follow(link)(page, demo)


def _merge_marta(page: Page, demo: Demo) -> None:
    for link in ("Marta Lindqvist", "Merge"):
        follow(link)(page, demo)
    page.get_by_label("account that stays").fill("jonas@northwind.example")
    send(page, "Show what would move")


def _write_nothing(page: Page, demo: Demo) -> None:
    begin_ticket(page, demo, REPAIR)
    page.get_by_label("Product").select_option("Halo 2")
    page.get_by_label("What is wrong with").select_option("Battery")
    page.get_by_label("Hours that one charge lasts").fill("hardly any")
    page.get_by_label("Subject").fill("Only a subject")
    page.get_by_label("Description").fill(" ")  # enough for the browser's own check
    send(page, "Send ticket")


def _preview(page: Page, demo: Demo) -> None:
    begin_ticket(page, demo)
    page.get_by_label("Description").fill(
        "# A heading\n\n**bold** [link](https://acme.test) `code`"
    )
    page.get_by_role("button", name="Preview").click()
    page.locator(".preview h1, .preview h2, .preview h3, .preview p").first.wait_for()


def _begin_a_ticket(page: Page, demo: Demo) -> None:
    page.goto(demo.url("tickets/new", tenant="globex"))
    page.locator("a.topic").last.click()
    page.get_by_label("Subject").fill("The hinge of my case")
    page.get_by_text("Draft saved").wait_for()
    page.goto(demo.url("tickets/drafts", tenant="globex"))


def _mistype(page: Page, demo: Demo) -> None:
    page.get_by_label("E-mail address").fill("nobody@acme.test")
    page.get_by_label("Password", exact=True).fill("not the right words")
    send(page, "Sign in")


def _lose_session(page: Page, demo: Demo) -> None:
    begin_ticket(page, demo)
    page.get_by_label("Subject").fill("Written for a long time")
    page.get_by_label("Description").fill("And then the session was over.")
    page.context.clear_cookies()
    send(page, "Send ticket")


def _ask_for_the_hub(page: Page, demo: Demo) -> None:
    page.goto(f"{demo.portal}/integration?tenant=no+name")


def _arrive_as_marta(page: Page, demo: Demo) -> None:
    demo.log_in_at_shop(page, MARTA)
    page.goto(f"{demo.shop}/support")


def _come_from_elsewhere(page: Page, demo: Demo) -> None:
    page.goto(demo.shop.replace("127.0.0.1", "localhost"))
    with page.expect_navigation():
        page.evaluate("url => { location.href = url }", demo.url("logout"))


def _sign_in_and_out(page: Page, demo: Demo) -> None:
    demo.sign_in(page, CLEO)
    sign_out(page)


def _invite(page: Page, demo: Demo) -> None:
    page.get_by_label("E-mail").fill("new.colleague@globex.test")
    page.get_by_label("Role").select_option(label="Agent")
    send(page, "Invite")


def _test_token(page: Page, demo: Demo) -> None:
    head, claims = ('{"alg":"HS256"}', '{"email":"marta@northwind.example","iat":1795303098}')
    parts = (urlsafe_b64encode(part.encode()).decode().rstrip("=") for part in (head, claims))
    page.get_by_label("Token or address").fill(".".join([*parts, "c2lnbmF0dXJl"]))
    send(page, "Test")


def _follow_invitation(page: Page, demo: Demo) -> None:
    follow("Oskar Nyberg")(page, demo)
    send(page, "Make a link")
    page.goto(page.locator("#link").input_value())


def _make_api_key(page: Page, demo: Demo) -> None:
    page.get_by_label("Name", exact=True).fill("Nightly export")
    page.get_by_label("Read tickets").check()
    send(page, "Make the key")


def _about_to_revoke(page: Page, demo: Demo) -> None:
    follow("tk_acme")(page, demo)
    follow("Revoke this key")(page, demo)


def _save_view(page: Page, demo: Demo) -> None:
    """One of everybody's, and the list of all."""
    page.goto(demo.url("views/new?state=unsolved&priority=urgent"))
    page.get_by_label("Name").fill("Urgent")
    page.get_by_label("Everybody who answers tickets").check()
    send(page, "Save the view")
    page.goto(demo.url("views"))


def _start_app(page: Page, demo: Demo) -> None:
    """tomas sets an app up, and leaves it at that."""
    if page.url.endswith("/confirm"):  # more than fifteen minutes after signing in
        page.get_by_label("Password", exact=True).fill(demo.password(TOMAS))
        send(page, "Go on")
    send(page, "Set up an app")


#: The recovery codes of hannah, who alone has a second factor, by demo.
_codes: dict[str, list[str]] = {}


def _give_password(page: Page, demo: Demo) -> None:
    page.goto(demo.url("login/local"))
    page.get_by_label("E-mail address").fill(HANNAH)
    page.get_by_label("Password", exact=True).fill(demo.password(HANNAH))
    send(page, "Sign in")


def _with_app(page: Page, demo: Demo) -> None:
    """hannah is signed in, and has an authenticator app."""
    _give_password(page, demo)
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


def _make_codes(page: Page, demo: Demo) -> None:
    _with_app(page, demo)
    send(page, "Make new codes")
    _codes[demo.portal] = page.locator(".codes li").all_inner_texts()


def _second(page: Page, demo: Demo) -> None:
    _with_app(page, demo)
    page.context.clear_cookies()
    _give_password(page, demo)


def _second_by_recovery(page: Page, demo: Demo) -> None:
    _second(page, demo)
    follow("Use a recovery code")(page, demo)


def _add_site(page: Page, demo: Demo) -> None:
    page.get_by_label("Name").fill("Forum")
    page.get_by_label("Redirect URLs").fill("https://forum.acme.test/auth/callback")
    send(page, "Save")


def _try_provider(page: Page, demo: Demo) -> None:
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


def _ask_for_a_site(page: Page, demo: Demo) -> None:
    """A site of somebody else's, and a visitor on the way to it."""
    page.get_by_label("It belongs to somebody else").check()
    _add_site(page, demo)
    client_id = page.locator("#client-id").input_value()
    page.goto(
        demo.url(
            f"oauth2/authorize?response_type=code&client_id={client_id}&scope=openid+profile+email"
            "&redirect_uri=https%3A%2F%2Fforum.acme.test%2Fauth%2Fcallback"
            f"&code_challenge={'x' * 43}&code_challenge_method=S256"
        )
    )


def _draft(page: Page, demo: Demo) -> None:
    """A draft whose login answers at once, with what is no token."""
    page.get_by_label("Remote login URL").fill(demo.url("jwt?token=a.b.c", tenant="globex"))
    page.get_by_label("Leeway").select_option("30")
    with page.expect_navigation():
        page.get_by_role("button", name="draft").click()


def _ask_about_draft(page: Page, demo: Demo) -> None:
    _draft(page, demo)
    send(page, "Make it live")


def _try_draft(page: Page, demo: Demo) -> None:
    _draft(page, demo)
    send(page, "Test it")


def _tick(page: Page, demo: Demo) -> None:
    page.locator("input[name=number]").first.check()


def _change_all(page: Page, demo: Demo) -> None:
    """All tickets, also those of later pages: this is asked first."""
    page.locator("[data-select-page]").check()
    page.locator("input[name=all]").check()
    page.get_by_role("button", name="Priority", exact=True).click()
    send(page, "High")


def _tag_badly(page: Page, demo: Demo) -> None:
    _tick(page, demo)
    page.get_by_role("button", name="Tags", exact=True).click()
    page.get_by_label("Tags, with spaces between them").fill("<b>")
    send(page, "Add")


def _change_closed(page: Page, demo: Demo) -> None:
    """Closed tickets stay closed: the result says so."""
    page.locator("[data-select-page]").check()
    page.get_by_role("button", name="State", exact=True).click()
    send(page, "On hold")


def _open_hinge(page: Page, demo: Demo) -> None:
    page.goto(demo.url("tickets?state=&q=Left+hinge+cracked"))
    with page.expect_navigation():
        page.get_by_role("row").get_by_role("link").first.click()


def _use_macro(page: Page, demo: Demo) -> None:
    """A draft that a macro began, with what it changes."""
    _open_hinge(page, demo)
    page.goto(f"{page.url.partition('?')[0]}?compose=reply&macros=1")
    page.get_by_role("button", name="Ask for the serial number").click()
    page.locator(".carried").wait_for()


def _mention_ben(page: Page, demo: Demo) -> None:
    """Somebody mentions ben, who has not read it yet."""
    _open_hinge(page, demo)
    page.goto(f"{page.url.partition('?')[0]}?compose=note")
    page.get_by_role("textbox", name="Internal note").fill("@ben, the hinge of this one is yours.")
    send(page, "Add note")


PLACES = [
    # Visitors
    Place("tenants/front"),
    Place("integration/front_door", then=_ask_for_the_hub),
    Place("signin/login", "login"),
    Place("signin/login", "login/local", state="local"),
    Place("signin/login", "login", state="mistyped", then=_mistype, statuses=(401,)),
    Place("signin/login", "login", state="of Globex", tenant="globex"),
    Place("signin/login", "login?reference=ABCD-2345", state="after a refusal"),
    Place("signin/signed_out", "login", then=_sign_in_and_out),
    Place("signin/refused", "auth/callback?token=a.b.c", statuses=(400,)),
    Place("signin/switch", "tickets", CLEO, then=_arrive_as_marta),
    Place("signin/logout", "tickets", CLEO, then=_come_from_elsewhere),
    Place("people/invitation", "invitation/none", state="used up", statuses=(410,)),
    Place("errors/page", "no/such/page", state="404", statuses=(404,)),
    # Customers
    Place("tickets/customer_home", "", CLEO),
    Place("tickets/customer_list", "tickets", CLEO),
    Place("tickets/customer_list", "tickets?tab=closed", CLEO, state="closed"),
    Place("tickets/customer_list", "tickets?q=zzz", CLEO, state="empty"),
    Place("tickets/customer_new", "tickets/new?choose=1", CLEO, state="topics"),
    Place("tickets/customer_new", "tickets/new?choose=1", CLEO, then=follow(REPAIR)),
    Place(
        "tickets/customer_new",
        "tickets/new",
        CLEO,
        state="with an error",
        then=_write_nothing,
        statuses=(422,),
    ),
    Place("tickets/customer_new", "tickets/new", CLEO, state="with a preview", then=_preview),
    Place("tickets/customer_thread", "tickets/{Right side is quieter}", CLEO),
    Place("tickets/customer_thread", "tickets/{How do I clean the mesh}", CLEO, state="closed"),
    Place("tickets/customer_follow_up", "tickets/{How do I clean the mesh}/follow-up", CLEO),
    Place("tickets/kept_text", "tickets/new", CLEO, then=_lose_session, statuses=(403,)),
    Place("people/profile", "profile", CLEO),
    Place("people/shortcuts", "profile/shortcuts", CLEO),
    Place("errors/page", "tickets/999999", CLEO, state="404 of a customer", statuses=(404,)),
    Place("errors/page", "settings/general", CLEO, state="403", statuses=(403, 404)),
    # Agents
    Place("tickets/agent_home", "", BEN),
    Place("tickets/agent_home", "", IRENE, state="with first steps", tenant="globex"),
    Place("tickets/agent_queue", "tickets", BEN),
    Place("tickets/agent_queue", "tickets", BEN, state="with some ticked", then=_tick),
    Place("bulk/runs", "bulk", HANNAH, state="empty"),
    Place("bulk/confirm", "tickets?state=any", TOMAS, then=_change_all),
    Place("bulk/confirm", "tickets", TOMAS, state="mistyped", then=_tag_badly, statuses=(422,)),
    Place("bulk/run", "tickets?state=closed&state=new", TOMAS, then=_change_closed),
    Place("bulk/runs", "bulk", TOMAS),
    Place("tickets/agent_queue", "tickets?q=zzz", BEN, state="empty"),
    Place("tickets/agent_queue", "tickets", BEN, state="columns", then=press("Columns")),
    Place("saved_views/view", "views/new?state=unsolved&priority=urgent", BEN),
    Place("saved_views/views", "views", BEN, then=_save_view),
    Place("saved_views/views", "views", IRENE, tenant="globex", state="empty"),
    Place("macros/macros", "macros", BEN),
    Place("macros/macro", "macros/new", BEN),
    Place("tickets/agent_queue", "tickets?state=", BEN, state="filter", then=press("Filter")),
    Place("tickets/agent_queue", "tickets", BEN, state="account", then=press("Your account")),
    Place("tickets/agent_ticket", "tickets/{Left hinge cracked}", BEN),
    Place("tickets/agent_ticket", "tickets/{24 pairs for the new}", BEN, state="long"),
    Place("tickets/agent_ticket", "tickets/{How do I clean the mesh}", BEN, state="closed"),
    Place("tickets/agent_ticket", "tickets/{السماعة}", BEN, state="in Arabic"),
    Place(
        "tickets/agent_ticket",
        "tickets/{Left hinge cracked}?compose=reply",
        BEN,
        state="reply",
        then=press("Other ways to send"),
    ),
    Place("tickets/agent_ticket", "tickets/{Left hinge cracked}?compose=note", BEN, state="note"),
    Place(
        "tickets/agent_ticket",
        "tickets/{Left hinge cracked}?compose=reply&macros=1",
        PRIYA,
        state="macros",
        given=_use_macro,
    ),
    Place("tickets/agent_merge", "tickets/{Left hinge cracked}/merge", BEN),
    Place("tickets/agent_merge", "tickets/{Left hinge cracked}/merge?with=1", BEN, state="both"),
    Place("tickets/agent_split", "tickets/{24 pairs for the new}/split", BEN),
    Place("tickets/agent_requester", "tickets/{Left hinge cracked}/requester", BEN),
    Place("tickets/agent_print", "tickets/{24 pairs for the new}/print", BEN),
    Place("tickets/agent_new", "tickets/new", BEN),
    Place("composer/drafts", "tickets/drafts", BEN, state="empty"),
    Place(
        "composer/drafts",
        "tickets/drafts",
        PAUL,
        tenant="globex",
        state="one",
        then=_begin_a_ticket,
    ),
    Place("search/results", "tickets/search", BEN, state="empty"),
    Place("search/results", "tickets/search?q=hinge", BEN),
    Place("search/results", "tickets/search?q=marat", BEN, state="near"),
    Place("search/results", "tickets/search?q=size:red", BEN, state="wrong", statuses=(422,)),
    Place("people/agent_customers", "people", BEN),
    Place("people/agent_person", "people", BEN, then=follow("Marta Lindqvist")),
    Place("people/agent_person_edit", "people", BEN, then=_edit_marta),
    Place("tickets/person_merge", "people", BEN, then=_merge_marta),
    Place("people/agent_organisation", "people", BEN, then=follow("Northwind Studios")),
    Place("people/profile", "profile", BEN, state="of an agent"),
    Place("notifications/notifications", "notifications", JUN, state="empty"),
    Place("notifications/notifications", "notifications", BEN, given=_mention_ben),
    Place("notifications/settings", "profile/notifications", BEN),
    Place("integration/hub", "integration", BEN),
    Place("integration/guide", "integration/guide", BEN),
    Place("integration/sample", "integration/samples/php", BEN),
    Place("integration/file", "integration/samples/php/portal.php", BEN),
    Place("integration/file", "integration/samples/php/.env", BEN, state="with values"),
    Place("signin/password", "profile/password", BEN),
    Place("factors/start", "profile/security", TOMAS),
    Place("factors/app", "profile/security", TOMAS, then=_start_app),
    Place("factors/confirm", "profile/security/confirm", TOMAS),
    Place("factors/overview", "login/local", then=_with_app),
    Place("factors/codes", "login/local", then=_make_codes),
    Place("factors/second", "login/local", then=_second),
    Place("factors/second", "login/local", state="recovery", then=_second_by_recovery),
    Place("factors/second", "login/second", state="over", statuses=(410,)),
    # Admins
    Place("integration/hub", "integration", IRENE, tenant="globex", state="with little in it"),
    Place("settings/general", "settings/general", ADA),
    Place("settings/people", "settings/people", ADA),
    Place("settings/person", "settings/people", ADA, then=follow("Ben Agent")),
    Place("settings/invite", "settings/people/invite", ADA),
    Place("settings/link", "settings/people/invite", IRENE, tenant="globex", then=_invite),
    Place(
        "people/invitation", "settings/people?role=team", IRENE, "", "globex", _follow_invitation
    ),
    Place("settings/organisations", "settings/organisations", ADA),
    Place("settings/organisation", "settings/organisations", ADA, then=follow("Northwind Studios")),
    Place("settings/organisation", "settings/organisations/new", ADA, state="new"),
    Place("settings/projects", "settings/projects", ADA),
    Place("settings/project", "settings/projects", ADA, then=follow("Headphones")),
    Place("settings/project", "settings/projects/new", ADA, state="new"),
    Place("settings/teams", "settings/teams", ADA),
    Place("settings/team", "settings/teams", ADA, then=follow("Hardware")),
    Place("settings/team", "settings/teams/new", ADA, state="new"),
    Place("settings/teams", "settings/teams", IRENE, tenant="globex", state="empty"),
    Place("settings/roles", "settings/roles", ADA),
    Place("settings/role", "settings/roles", ADA, then=follow("Light agent")),
    Place("tickets/agent_ticket", "tickets/{Left hinge cracked}", RAFAEL, state="light"),
    Place("settings/topics", "settings/topics", IRENE, tenant="globex"),
    Place("settings/topics", "settings/topics", ADA, state="empty"),
    Place("settings/topic", "settings/topics", IRENE, "", "globex", follow("A machine does not")),
    Place("settings/fields", "settings/topics/fields", IRENE, tenant="globex"),
    Place("settings/field", "settings/topics/fields/new", IRENE, tenant="globex"),
    Place("settings/audit", "settings/audit", ADA),
    Place("settings/api_keys", "settings/api-keys", ADA),
    Place("settings/api_key_new", "settings/api-keys/new", ADA),
    Place("settings/api_key_secret", "settings/api-keys/new", ADA, then=_make_api_key),
    Place("settings/api_key", "settings/api-keys", ADA, then=follow("tk_acme")),
    Place("settings/api_key_revoke", "settings/api-keys", ADA, then=_about_to_revoke),
    Place("settings/sites", "settings/sites", IRENE, tenant="globex", state="empty"),
    Place("settings/providers", "settings/providers", IRENE, tenant="globex", state="empty"),
    Place("settings/provider", "settings/providers/new?kind=keycloak", ADA),
    Place(
        "settings/openid_tried",
        "settings/providers/new?kind=other",
        IRENE,
        tenant="globex",
        then=_try_provider,
    ),
    Place("settings/providers", "settings/providers", IRENE, tenant="globex"),
    Place("settings/site", "settings/sites/new", ADA),
    Place("settings/site_secret", "settings/sites/new", ADA, then=_add_site),
    Place("settings/sites", "settings/sites", ADA),
    Place("issuer/consent", "settings/sites/new", ADA, then=_ask_for_a_site),
    Place("issuer/logout", "oauth2/logout", CLEO),
    Place("settings/signin_login", "settings/sign-in", ADA),
    Place("settings/signin_keys", "settings/sign-in/keys", ADA),
    Place(
        "settings/signin_secret",
        "settings/sign-in/keys",
        IRENE,
        tenant="globex",
        then=follow("Make a new key"),
    ),
    Place("settings/signin_leaked", "settings/sign-in/keys", ADA, then=follow("has leaked")),
    Place("settings/signin_methods", "settings/sign-in/methods", ADA),
    Place("settings/signin_accounts", "settings/sign-in/accounts", ADA),
    Place("settings/signin_sessions", "settings/sign-in/sessions", ADA),
    Place("settings/signin_factors", "settings/sign-in/second-factor", ADA),
    Place("settings/signin_test", "settings/sign-in/test", ADA),
    Place("settings/signin_test", "settings/sign-in/test", ADA, "with an answer", then=_test_token),
    Place("settings/signin_log", "settings/sign-in/log", ADA),
    Place("settings/signin_history", "settings/sign-in/history", ADA),
    Place("settings/signin_login", "settings/sign-in", IRENE, "with a draft", "globex", _draft),
    Place("settings/signin_promote", "settings/sign-in", IRENE, "", "globex", _ask_about_draft),
    Place("settings/signin_tested", "settings/sign-in", IRENE, "", "globex", _try_draft),
]

#: Pages that no browser stays on.
PASSED_THROUGH = {"signin/leaving"}
