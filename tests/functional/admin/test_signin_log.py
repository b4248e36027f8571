"""Settings: the sign-in log."""

import time
from datetime import timedelta
from typing import Any

import pytest
from pyramid.router import Router
from sqlalchemy import event
from webtest import TestResponse

from portal.db import TenantSession
from portal.signin.log_reader import LogReader
from portal.signin.models import SsoAttempt
from portal.tenants.models import Tenant
from portal.web.clock import now
from tests.factories import TenantFactory, World
from tests.functional.admin.conftest import Admin
from tests.functional.admin.signin_log import SECRET, Site, add_line, references


@pytest.fixture
def site(admin: Admin) -> Site:
    """A company's site that signs tokens."""
    return Site(admin)


def rows(page: TestResponse) -> list[list[str]]:
    """Outcome, reason, who and way in of each line."""
    return [
        [" ".join(span.get_text().split()) for span in summary.find_all("span", recursive=False)]
        for summary in page.html.select(".log-row > summary")
    ]


def test_it_says_who_came_in_and_who_did_not(admin: Admin, site: Site) -> None:
    site.send()
    site.send(key="x" * 40)
    site.send(iat=int(time.time()) - 500)
    assert rows(admin.get("/sign-in/log")) == [
        ["Refused", "The token had expired", "ma•••@northwind.example", "HappyFox"],
        ["Refused", "The signature fits none of your keys", "unknown", "HappyFox"],
        ["Signed in", "New session", "ma•••@northwind.example", "HappyFox"],
    ]


def test_it_says_why_and_what_mends_it(admin: Admin, site: Site) -> None:
    site.send(key=SECRET + "\n")
    more = admin.get("/sign-in/log").html.select_one(".log-more")
    text = " ".join(more.get_text(" ").split())
    assert "The key on your server ends in a space or a line break. Remove it." in text
    assert "Copy the key from the settings page" in text
    assert "token_signature_invalid" in text
    failed = more.select(".trace .fail")
    assert [tag.span.get_text() for tag in failed] == ["Signature"]
    assert "were not reached" in more.select_one(".trace .skipped").get_text()


def test_hints_are_said_in_the_readers_language(admin: Admin, site: Site) -> None:
    site.send(iat=int(time.time()) * 1000)
    row = admin.look(lambda db, _t: db.query(SsoAttempt).one())
    hint = next(check["hint"] for check in row.trace if "hint" in check)
    assert hint["text"] != ""
    assert row.hint in admin.get("/sign-in/log").text


def test_notices_of_those_who_came_in(admin: Admin, site: Site) -> None:
    site.send(
        path="/auth/callback",
        exp=int(time.time()) + 60,
        role="admin",
        redirect_url="https://evil.test/",
    )
    page = admin.get("/sign-in/log?outcome=notice")
    assert rows(page)[0][0] == "With notice"
    text = page.html.select_one(".log-more").get_text()
    assert "Asked for a higher role than a token may give" in text
    assert "Was not sent to the page asked for" in text


def test_nothing_in_it_is_a_token_or_a_whole_address(admin: Admin, site: Site) -> None:
    site.send()
    text = admin.get("/sign-in/log").text
    assert "eyJ" not in text
    assert "marta@" not in text
    assert SECRET not in text


def test_a_reference_is_found_as_the_visitor_reads_it_out(admin: Admin, site: Site) -> None:
    refused = site.send(key="x" * 40)
    site.send()
    row = admin.look(
        lambda db, _t: db.query(SsoAttempt).filter(SsoAttempt.code != "signed_in").one()
    )
    assert row.reference in refused.text
    for typed in (row.reference, row.reference.lower(), row.reference.replace("-", "")):
        page = admin.get(f"/sign-in/log?q={typed}")
        assert len(rows(page)) == 1
        assert page.html.select_one("details.log-row").has_attr("open")


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("q=Marta@northwind.example", 1),
        ("q=127.0.0.1", 0),
        ("q=nobody@x.test", 0),
        ("q=%25", 0),
        ("outcome=refused", 1),
        ("outcome=signed_in", 1),
        ("outcome=nonsense", 2),
        ("way=happyfox", 2),
        ("way=central", 0),
        ("code=token_signature_invalid", 1),
        ("code=token_expired", 0),
        ("days=1", 2),
        ("days=7", 2),
        ("days=nonsense", 2),
        ("older=x&newer=y", 2),
    ],
)
def test_it_is_filtered(admin: Admin, site: Site, query: str, count: int) -> None:
    site.send()
    site.send(key="x" * 40)
    assert len(rows(admin.get(f"/sign-in/log?{query}"))) == count


def test_it_is_paged_from_new_to_old(admin: Admin) -> None:
    def add(db: TenantSession, tenant: Tenant) -> None:
        for number in range(130):
            db.add(
                SsoAttempt(
                    tenant_id=tenant.id,
                    reference=f"AAAA-{number:04}",
                    authenticator="local_password",
                    code="credentials_invalid" if number % 2 else "no_such_code_any_more",
                    ip="203.0.113.4",
                    user_agent="",
                    # Many in one moment: the number decides.
                    created_at=now() - timedelta(days=number // 40),
                )
            )

    admin.look(add)
    page = admin.get("/sign-in/log")
    seen = [tag.get_text() for tag in page.html.select(".log-more dd code:first-child")]
    pages = 1
    while page.html.select_one("a[rel=next]"):
        page = page.goto(page.html.select_one("a[rel=next]")["href"])
        seen += [tag.get_text() for tag in page.html.select(".log-more dd code:first-child")]
        pages += 1
    references = [text for text in seen if text.startswith("AAAA-")]
    assert pages == 3
    assert len(set(references)) == len(references) == 130
    assert "no_such_code_any_more" in page.text
    page = page.goto(page.html.select_one("a[rel=prev]")["href"])
    page = page.goto(page.html.select_one("a[rel=prev]")["href"])
    assert page.html.select_one("a[rel=prev]") is None


def test_the_figures_are_of_the_last_day(admin: Admin, site: Site) -> None:
    site.send()
    site.send(key="x" * 40)
    site.send(key="y" * 40)

    def age_one(db: TenantSession, _tenant: Tenant) -> None:
        row = db.query(SsoAttempt).filter(SsoAttempt.code != "signed_in").first()
        assert row is not None
        row.created_at = now() - timedelta(hours=25)

    admin.look(age_one)
    page = admin.get("/sign-in/log")
    assert [tag.get_text() for tag in page.html.select(".figures dd")] == ["2", "1", "1"]
    assert "Most frequent reason" in page.text


def test_an_empty_log_says_what_it_is_for(admin: Admin) -> None:
    assert "Nobody has tried yet" in admin.get("/sign-in/log").text
    assert "Nothing fits" in admin.get("/sign-in/log?q=AAAA-AAAA").text


def test_another_tenants_attempts_are_not_seen(
    admin: Admin, site: Site, tenants: TenantFactory, app: Router
) -> None:
    site.send()
    other = Admin(World(tenants.create(), app, tenants))
    assert rows(other.get("/sign-in/log")) == []


def test_periods(admin: Admin) -> None:
    for days, reference in ((8, "AAAA-0008"), (3, "AAAA-0003"), (40, "AAAA-0040")):
        add_line(admin, days, reference)
    assert references(admin) == ["AAAA-0003", "AAAA-0008", "AAAA-0040"]
    assert references(admin, "?days=7") == ["AAAA-0003"]
    assert references(admin, "?days=30") == ["AAAA-0003", "AAAA-0008"]
    assert references(admin, "?days=1") == []


def test_the_most_frequent_of_equals_is_always_the_same(admin: Admin) -> None:
    for number, code in enumerate(("token_replayed", "token_expired", "claim_type")):
        add_line(admin, 0.01, f"AAAA-000{number}", code=code)
    for _ in range(3):
        assert "Most frequent reason: <b>A claim has a value" in admin.get("/sign-in/log").text


def test_a_clock_that_is_ahead_is_said_once(admin: Admin, site: Site) -> None:
    site.send(iat=int(time.time()) + 210)
    text = " ".join(admin.get("/sign-in/log").html.select_one(".log-more").get_text(" ").split())
    assert "Your server’s clock is 21" in text
    assert "-21" not in text
    assert "\N{MINUS SIGN}21" not in text
    assert "by our clock" not in text
    site.send(iat=int(time.time()) - 30)
    text = " ".join(admin.get("/sign-in/log").html.select_one(".log-more").get_text(" ").split())
    assert " s by our clock" in text


def test_what_was_seen_is_said_in_the_readers_language(admin: Admin, site: Site) -> None:
    """Words go into the log as they are translated, not as they were said."""
    site.send(name=["Marta"])
    check = admin.look(lambda db, _t: db.query(SsoAttempt).one().trace[-1])
    assert check["seen"] == {"text": "a list", "variables": {}}
    more = admin.get("/sign-in/log").html.select_one(".trace .fail p")
    assert " ".join(more.get_text().split()) == "Seen: a list. Wanted: a text."


def test_the_figures_are_counted_from_an_index_and_not_without_end(admin: Admin) -> None:
    """Whatever the log holds: one day of it, from the end of an index, so many lines at most."""

    def explain(db: TenantSession, tenant: Tenant) -> tuple[str, str]:
        made: list[tuple[str, Any]] = []
        connection = db.connection()

        def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_rest: Any) -> None:
            made.append((statement, values))

        event.listen(connection, "before_cursor_execute", note)
        LogReader(db, tenant).figures()
        event.remove(connection, "before_cursor_execute", note)
        ((statement, values),) = made
        # The table is nearly empty, where nothing is dear.
        connection.exec_driver_sql("set local enable_seqscan = off; set local enable_sort = off")
        plan = connection.exec_driver_sql(f"explain {statement}", values)
        return statement, "\n".join(row[0] for row in plan)

    statement, plan = admin.look(explain)
    assert "LIMIT" in statement
    assert "ix_sso_attempts_tenant_id_created_at" in plan
    assert "Seq Scan on sso_attempts" not in plan
