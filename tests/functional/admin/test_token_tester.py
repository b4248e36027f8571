"""Settings: a token is tested, every check is shown, and nothing comes of it."""

import time
from typing import Any

import pytest
import time_machine
from sqlalchemy import text
from webtest import TestApp, TestResponse

from portal.db import Base, TenantSession
from portal.security.models import Session
from portal.signin.models import SsoAttempt
from portal.tenants.models import Tenant
from tests.factories import World
from tests.functional.admin.conftest import Admin, form_of
from tests.functional.signin.conftest import Site
from tests.unit.signin.tokens import SECRET

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


class TestWhatItShows:
    def test_a_good_token_and_whom_it_would_sign_in(self, admin: Admin, site: Site) -> None:
        page = put(admin, site.token(redirect_url="/tickets/42"), dialect="central")
        assert states(page) == ALL_PASSED
        said = words(page)
        assert "This token would sign somebody in." in said
        assert "Cleo Customer" in said
        assert "cleo@customer.test" in said
        assert "/tickets/42" in said
        assert "None yet" not in said
        assert '"redirect_url": "/tickets/42"' in page.html.select("pre")[1].get_text()
        assert "just now" in said

    def test_somebody_new_would_be_given_an_account(self, admin: Admin, site: Site) -> None:
        page = put(admin, site.token(email="new@customer.test", role="agent"), dialect="central")
        assert "None yet: one would be made" in words(page)
        assert "Asked for a higher role than a token may give" in words(page)
        assert site.user("new@customer.test") is None

    def test_what_only_making_the_account_shows(self, admin: Admin, site: Site) -> None:
        """An unknown organisation is noticed when the account is made; here it is not kept."""
        site.configure(dialects=["zendesk"], primary_dialect="zendesk")
        page = put(admin, site.token(email="new@customer.test", organization="Nobody Ltd"))
        assert "The organisation does not exist" in words(page)
        assert site.user("new@customer.test") is None

    def test_the_first_failure_ends_it(self, admin: Admin, site: Site) -> None:
        page = put(admin, site.token(secret="your-256-bit-secret"), dialect="central")
        assert states(page) == [PASSED] * 5 + ["Failed"] + ["Not reached"] * 9
        assert "placeholder of a sample" in words(page)
        assert "token_signature_invalid" in words(page)
        assert "A sign-in would have ended here" not in words(page)

    def test_the_guide_explains_the_code(self, admin: Admin, site: Site) -> None:
        for page in (
            put(admin, site.token(secret="x" * 40), dialect="central"),
            _refused_and_read(admin, site),
        ):
            link = page.html.select_one(".fix a[href*='/guide#']")
            url, _, code = link["href"].partition("#")
            assert code == "token_signature_invalid"
            assert admin.browser.get(url).html.find(id=code) is not None

    def test_an_old_token_is_looked_at_to_its_end(self, admin: Admin, site: Site) -> None:
        old = int(time.time()) - 900
        page = put(admin, site.token(iat=old, exp=old + 120), dialect="central")
        assert states(page) == [PASSED] * 7 + ["Failed"] + [PASSED] * 5 + [LEFT_OUT] * 2
        said = words(page)
        assert "The token had expired" in said
        assert "A sign-in would have ended here. The rest was looked at all the same." in said
        assert "All else is right. A fresh token of this kind would sign in: " in said
        assert page.html.select_one(".checks > .ended").find_next("h3").get_text() == STEPS[8]

    def test_a_used_token_says_when_and_by_which_sign_in(
        self, admin: Admin, site: Site, browser: TestApp
    ) -> None:
        raw = site.token()
        site.send(browser, token=raw)
        page = put(admin, raw, dialect="happyfox")
        assert states(page)[9:11] == ["Failed", PASSED]
        link = page.html.select_one(".fix a[href*='log?q=']")
        assert link.get_text() == site.last().reference
        line = page.click(site.last().reference, index=0)
        assert line.html.select_one("details.log-row").has_attr("open")

    def test_both_at_once(self, admin: Admin, site: Site, browser: TestApp) -> None:
        """Used, and expired since: each says so, and the first is the verdict."""
        now = int(time.time())
        raw = site.token(iat=now, exp=now + 300)
        assert site.send(browser, "/auth/callback", token=raw).status_int == 303
        with time_machine.travel(now + 310):
            page = put(admin, raw, dialect="central")
        assert states(page)[7:10] == ["Failed", PASSED, "Failed"]
        assert page.html.select_one(".fix code").get_text() == "token_expired"

    @pytest.mark.parametrize(
        ("policy", "sentence"),
        [("deny", "Only sign-ins that start here"), ("confirm", "asked first whether it is them")],
    )
    def test_what_belongs_to_a_browser_is_not_checked(
        self, admin: Admin, site: Site, policy: str, sentence: str
    ) -> None:
        site.configure(unsolicited=policy)
        page = put(admin, site.token(), dialect="central")
        assert states(page) == ALL_PASSED
        assert sentence in words(page)

    def test_claims_are_shown_as_text_and_never_as_markup(self, admin: Admin, site: Site) -> None:
        raw = site.token(name="<b>x</b>", note="</pre><script>1</script>\u202egnp.exe")
        page = put(admin, raw, dialect="central")
        shown = page.html.select("pre")[1].get_text()
        assert "</pre><script>1</script>\\u202egnp.exe" in shown
        assert "\u202e" not in page.text
        assert "<script>1" not in page.text

    @pytest.mark.parametrize("junk", ["x", "a.b.c", "..", "%", "token=%ff", "http://[", "é" * 9000])
    def test_junk_is_answered(self, admin: Admin, junk: str) -> None:
        assert "Failed" in states(put(admin, junk))

    def test_nothing_is_asked_for(self, admin: Admin) -> None:
        page = put(admin, " ", status=422)
        assert "Paste a token, or the whole address that brought it." in page.text

    def test_the_dialects_that_are_on_come_first(self, admin: Admin) -> None:
        names = [option["value"] for option in admin.get(PAGE).html.select("#dialect option")]
        assert names[:2] == ["central", "happyfox"]
        assert len(names) == len(set(names)) == 7


def _refused_and_read(admin: Admin, site: Site) -> TestResponse:
    """The sign-in log, after a refused sign-in."""
    site.send(admin.world.anonymous(), secret="x" * 40)
    return admin.get("/sign-in/log")


class TestWhatIsPasted:
    def test_bearers_quotes_and_broken_lines(self, admin: Admin, site: Site) -> None:
        raw = site.token()
        for pasted in (
            f"Bearer {raw}",
            f"Authorization: Bearer {raw}",
            f'"{raw}"',
            f"  {raw[:50]}\n  {raw[50:]}\n",
            f"token={raw}",
        ):
            assert states(put(admin, pasted, dialect="central")) == ALL_PASSED, pasted

    def test_an_address_says_whose_it_is(self, admin: Admin, site: Site, world: World) -> None:
        raw = site.token(exp=...)
        url = f"http://localhost{world.url('/jwt/')}?token={raw}"
        page = put(admin, url, dialect="central")
        assert states(page) == ALL_PASSED
        assert "As HappyFox." in words(page)
        assert "The address leads to" not in words(page)
        elsewhere = put(admin, url.replace("localhost", "desk.example"))
        assert "The address leads to http://desk.example" in words(elsewhere)

    def test_parameters_beside_the_token(self, admin: Admin, site: Site) -> None:
        account = admin.world.slug
        with admin.world.factory.session(site.tenant.id) as db:
            db.get_one(Tenant, site.tenant.id).account_id = account
        site.configure(dialects=["proprofs"], auth_url="https://www.acme.test/auth")
        raw = site.token()
        alone = put(admin, raw, dialect="proprofs")
        assert states(alone) == ALL_PASSED
        assert "“auth_url” stands beside the token in the address" in words(alone)
        right = f"account_id={account}&auth_url=https%3A%2F%2Fwww.acme.test%2Fauth"
        typed = put(admin, raw, dialect="proprofs", more=right)
        assert states(typed) == ALL_PASSED
        assert "stands beside" not in words(typed).split("Every check")[0]
        wrong = put(admin, raw, dialect="proprofs", more=right.replace("Fauth", "Fother"))
        assert "account_mismatch" in words(wrong)
        whole = put(admin, f"https://x.example/sso/auth?token={raw}&account_id={account}")
        assert states(whole)[8] == "Failed"
        assert "auth_url" in row_of(whole, "Meant for this help desk")

    def test_the_audience_may_be_the_address_of_the_dialect(
        self, admin: Admin, site: Site, world: World
    ) -> None:
        aud = f"http://localhost{world.url('/auth/callback')}"
        assert states(put(admin, site.token(aud=aud), dialect="central")) == ALL_PASSED
        page = put(admin, site.token(aud="https://other.example"), dialect="central")
        row = row_of(page, "Meant for this help desk")
        assert "Seen https://other.example" in row
        assert f"Wanted http://localhost{world.url('/')}" in row

    def test_a_reference_of_the_redirect_api(self, admin: Admin) -> None:
        page = put(admin, "th_" + "x" * 43, dialect="central")
        assert states(page)[1] == "Nothing to check"
        assert "Nobody asked this help desk for such a reference" in words(page)


class TestNothingComesOfIt:
    def test_no_table_changes(self, admin: Admin, site: Site, browser: TestApp) -> None:
        used = site.token(email="carl@customer.test")
        site.send(browser, token=used)
        site.configure(dialects=["central", "happyfox", "issuely"])
        # A sign-in would drop her password, and end her sessions.
        site.change("cleo", email_verified_at=None)
        admin.get(PAGE)
        before = _everything(admin)
        tokens = [
            site.token(),
            site.token(email="new@customer.test", external_user_id="7"),
            site.token(secret="x" * 40),
            site.token(iat=int(time.time()) - 900, exp=int(time.time()) - 700),
            used,
            "nonsense",
        ]
        pages = [put(admin, raw, dialect="central") for raw in tokens]
        assert "A password that was never proven to be theirs was removed" in words(pages[0])
        after = _everything(admin)
        # The admin's own counter of tests, and when the admin was last here.
        throttles = {key for key in after if key[0] == "throttles"} - set(before)
        assert all("token:test:" in str(key) for key in throttles)
        assert len(throttles) == 1
        assert {key for key in after if key[0] != "throttles"} == set(before)

    def test_the_token_signs_in_afterwards(
        self, admin: Admin, site: Site, browser: TestApp
    ) -> None:
        raw = site.token(email="new@customer.test")
        for _ in range(2):
            assert states(put(admin, raw, dialect="happyfox")) == ALL_PASSED
        assert site.send(browser, token=raw).status_int == 303
        assert site.signed_in(browser) == "new@customer.test"
        assert len(site.log()) == 1

    def test_refusals_are_not_held_against_the_address(self, admin: Admin, site: Site) -> None:
        for _ in range(3):
            put(admin, site.token(secret="x" * 40), dialect="central")
        count = "select count(*) from throttles where bucket like 'token:address%'"
        assert admin.look(lambda db, _t: db.scalar(text(count))) == 0
        assert admin.look(lambda db, _t: db.query(SsoAttempt).count()) == 0

    def test_the_token_stands_in_the_textarea_and_nowhere_else(
        self, admin: Admin, site: Site
    ) -> None:
        raw = site.token()
        page = put(admin, raw, dialect="central")
        area = page.html.select_one("textarea[name=pasted]")
        assert area.get_text().strip() == raw
        assert area["autocomplete"] == "off"
        assert page.text.count(raw) == 1
        assert raw.rpartition(".")[2] not in page.text.replace(raw, "")
        assert SECRET not in page.text
        assert page.headers["Cache-Control"] == "no-store"
        assert raw not in page.request.url

    def test_it_is_a_post(self, admin: Admin, site: Site) -> None:
        raw = site.token()
        page = admin.get(f"{PAGE}?pasted={raw}&dialect=central")
        assert page.html.select_one(".checks") is None
        assert page.html.select_one("textarea").get_text().strip() == ""

    def test_nobody_makes_a_guessing_machine_of_it(self, admin: Admin, site: Site) -> None:
        form = form_of(admin.get(PAGE), admin.url(PAGE))
        form["pasted"] = "x"
        for _ in range(60):
            assert form.submit().status_int == 200
        form["pasted"] = raw = site.token()
        page = form.submit(status=429)
        assert "These were many tests." in words(page)
        assert raw in page.html.select_one("textarea").get_text()
        assert page.html.select_one(".checks") is None


def _everything(admin: Admin) -> set[tuple[Any, ...]]:
    """Every row of the tenant in every table, but for when sessions were last seen."""

    def ask(db: TenantSession, _tenant: Tenant) -> set[tuple[Any, ...]]:
        found: set[tuple[Any, ...]] = set()
        for table in Base.metadata.sorted_tables:
            if "tenant_id" not in table.c or table.name == Session.__tablename__:
                continue
            rows = db.execute(table.select().where(table.c.tenant_id == _tenant.id))
            found |= {(table.name, *map(repr, row)) for row in rows}
        return found

    everything: set[tuple[Any, ...]] = admin.look(ask)
    return everything
