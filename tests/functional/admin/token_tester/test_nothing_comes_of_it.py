"""A token that is tested is not used, and nobody is signed in."""

import time
from typing import Any

from sqlalchemy import text
from webtest import TestApp

from portal.db import Base, TenantSession
from portal.security.models import Session
from portal.signin.models import SsoAttempt
from portal.tenants.models import Tenant
from tests.functional.admin.conftest import Admin, form_of
from tests.functional.admin.token_tester.conftest import (
    ALL_PASSED,
    PAGE,
    put,
    states,
    words,
)
from tests.functional.signin.conftest import Site
from tests.unit.signin.tokens import SECRET


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
