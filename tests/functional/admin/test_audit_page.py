"""Settings: the audit log."""

from datetime import timedelta

import pytest
from webtest import TestResponse

from portal.db import TenantSession
from portal.tenants.audit import AuditLog
from portal.tenants.models import AuditEntry, Tenant
from portal.web.clock import now
from tests.functional.admin.conftest import Admin


def lines(page: TestResponse) -> list[str]:
    """The first line of each entry."""
    return [
        " ".join(tag.get_text(" ").split())
        for tag in page.html.select("ul.rows .what > span:first-child")
    ]


def test_it_says_who_what_when_from_where_and_what_was_before(admin: Admin) -> None:
    admin.browser.extra_environ["REMOTE_ADDR"] = "203.0.113.9"
    admin.fill("/general", name="Acme Sound")
    page = admin.get("/audit")
    assert lines(page) == ["General settings changed"]
    entry = page.html.select_one("ul.rows li")
    text = " ".join(entry.get_text(" ").split())
    assert "Ada Admin" in text
    assert "203.0.113.9" in text
    assert entry.select_one("time") is not None
    assert entry.select_one("del").get_text() == "Acme Audio"
    assert entry.select_one("ins").get_text() == "Acme Sound"


def test_values_are_said_in_words(admin: Admin) -> None:
    path = f"/people/{admin.world.seed.users['ben'].id}"
    admin.fill(path, role="admin")
    admin.fill("/sign-in/accounts", sync_role=True, allowed_email_domains="a.test\nb.test")
    page = admin.get("/audit")
    text = " ".join(page.html.select_one("ul.rows").get_text(" ").split())
    assert "Role changed ben@acme.test" in text
    assert "Role Agent → Admin" in text
    assert "Keep the role up to date no → yes" in text
    assert "Only these e-mail domains nothing → a.test, b.test" in text


def test_it_is_filtered_by_person_and_action(admin: Admin) -> None:
    admin.fill("/general", name="Acme Sound")
    admin.fill("/projects/new", name="Earbuds", key="p2")
    admin.look(lambda db, t: AuditLog(db, t).record("tenant.changed", "by the operator"))
    ada = admin.world.seed.users["ada"].id
    assert lines(admin.get(f"/audit?person={ada}")) == [
        "Project added p2",
        "General settings changed",
    ]
    assert lines(admin.get("/audit?person=0")) == ["General settings changed by the operator"]
    assert "Command line" in admin.get("/audit?person=0").html.select_one("ul.rows").get_text()
    assert lines(admin.get("/audit?action=project.created")) == ["Project added p2"]
    assert lines(admin.get(f"/audit?action=project.created&person={ada}")) == ["Project added p2"]
    assert "Nothing fits" in admin.get("/audit?action=branding.changed").text
    assert len(lines(admin.get("/audit?person=x&older=y&newer=z"))) == 3


def test_it_is_paged_from_new_to_old(admin: Admin) -> None:
    def add(db: TenantSession, tenant: Tenant) -> None:
        for number in range(120):
            db.add(
                AuditEntry(
                    tenant_id=tenant.id,
                    actor_name="",
                    action="project.created" if number % 3 else "an.action.of.a.feature.gone",
                    target=f"t{number}",
                    created_at=now() - timedelta(days=number // 50),
                )
            )

    admin.look(add)
    page = admin.get("/audit")
    seen = lines(page)
    while page.html.select_one("a[rel=next]"):
        page = page.goto(page.html.select_one("a[rel=next]")["href"])
        seen += lines(page)
    assert len(seen) == len(set(seen)) == 120
    filtered = admin.get("/audit?action=project.created")
    older = filtered.goto(filtered.html.select_one("a[rel=next]")["href"])
    assert all(line.startswith("Project added") for line in lines(older))
    assert len(lines(filtered)) + len(lines(older)) == 80


def test_nobody_can_write_or_delete_entries_by_a_page(admin: Admin) -> None:
    token = admin.form("/general")["csrf_token"].value
    admin.browser.post(admin.url("/audit"), {"csrf_token": token}, status=405)
    admin.browser.delete(admin.url("/audit"), expect_errors=True, status="4*")


def test_an_empty_log_says_what_it_is_for(admin: Admin) -> None:
    assert "Nothing yet" in admin.get("/audit").text


@pytest.mark.parametrize("nasty", ["<script>alert(1)</script>", "\u202eevil"])
def test_what_people_typed_is_shown_as_text(admin: Admin, nasty: str) -> None:
    admin.look(
        lambda db, t: AuditLog(db, t).record("project.created", nasty, {"name": [nasty, nasty]})
    )
    assert "<script>alert" not in admin.get("/audit").text
