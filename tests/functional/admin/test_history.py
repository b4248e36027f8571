"""What was in force when, who changed it, and the way back: one press, or from above the form."""

from sqlalchemy import Select, func, select
from webtest import TestResponse

from portal.db import TenantSession
from portal.signin.models import SsoDraft, SsoRevision
from portal.signin.revisions import KEPT, Revisions
from portal.signin.settings_service import SignInSettings
from portal.tenants.audit import AuditLog
from portal.tenants.files import TenantFiles
from portal.tenants.models import Tenant
from tests.functional.admin.conftest import Admin
from tests.queries import QueryCounter


def kinds(admin: Admin) -> list[tuple[str, str]]:
    """The revisions, oldest first: kind, and by whom."""
    rows = admin.look(
        lambda db, tenant: db.scalars(
            select(SsoRevision).where(SsoRevision.tenant_id == tenant.id).order_by(SsoRevision.id)
        ).all()
    )
    return [(row.kind, row.made_by) for row in rows]


def entries(admin: Admin) -> list[str]:
    """The history's lines, newest first."""
    page = admin.get("/sign-in/history")
    return [" ".join(item.get_text(" ").split()) for item in page.html.select("ul.rows > li")]


def go_back(admin: Admin, number: int) -> TestResponse:
    """Press the button of an entry, counted from the newest, which is 0 and has none."""
    page = admin.get("/sign-in/history")
    item = page.html.select("ul.rows > li")[number]
    wanted = item.select_one("input[name=to]")["value"]
    form = next(f for f in page.forms.values() if "to" in f.fields and f["to"].value == wanted)
    return form.submit(status=303)


def test_without_a_change_there_is_none(admin: Admin) -> None:
    page = admin.get("/sign-in/history")
    assert "Nothing was changed yet" in page.text
    assert kinds(admin) == []


def test_the_first_change_keeps_what_was_before(admin: Admin) -> None:
    admin.fill("/sign-in/sessions", staff_idle_seconds="14400")
    assert kinds(admin) == [("first", ""), ("saved", "Ada Admin")]
    saved, first = entries(admin)
    assert saved.startswith("Saved In force Ada Admin")
    assert "Team: without activity 1 hour → 4 hours" in saved
    assert "Go back to this" not in saved
    assert first.startswith("As it was before the first change")
    assert first.endswith("Go back to this")


def test_what_is_saved_unchanged_is_no_state(admin: Admin) -> None:
    admin.fill("/sign-in/sessions")
    assert kinds(admin) == []


def test_one_press_brings_everything_back(admin: Admin) -> None:
    before = admin.config()
    admin.fill("/sign-in/sessions", staff_idle_seconds="14400")
    admin.fill("/sign-in/accounts", provisioning="existing", role_cap="agent")
    form = admin.form("/sign-in/methods")
    for field in form.fields["on"]:
        field.checked = False
    form.submit(status=303)
    admin.fill("/sign-in", company_id=f"comp_{admin.world.slug}", leeway="30")
    page = go_back(admin, 4).follow()
    assert "The earlier settings are in force again." in page.text
    config = admin.config()
    for name in ("staff_idle_seconds", "provisioning", "role_cap", "leeway"):
        assert getattr(config, name) == getattr(before, name)
    assert "jwt_sso" in admin.tenant().authenticators
    assert admin.tenant().company_id is None
    assert kinds(admin)[-1] == ("rolled_back", "Ada Admin")
    action, _, details = admin.last()
    assert action == "signin.rolled_back"
    assert details["leeway"] == [30, 0]
    assert entries(admin)[0].startswith("Earlier settings restored In force Ada Admin")
    # And from there forward again.
    go_back(admin, 1)
    assert admin.config().leeway == 30


def test_a_change_can_be_undone_where_it_was_made(admin: Admin) -> None:
    page = admin.fill("/sign-in/sessions", staff_idle_seconds="14400").follow()
    above = page.html.select_one(".above")
    assert "Team: without activity 1 hour → 4 hours" in " ".join(above.get_text(" ").split())
    admin.press("/sign-in/sessions", "/sign-in/roll-back")
    assert admin.config().staff_idle_seconds == 3600
    assert kinds(admin)[-1] == ("rolled_back", "Ada Admin")


def test_what_somebody_else_changed_is_not_offered_to_undo(admin: Admin) -> None:
    admin.fill("/sign-in/sessions", staff_idle_seconds="14400")
    admin.look(lambda db, _t: setattr(db.scalars(_newest()).one(), "made_by", "Grace Other"))
    assert admin.get("/sign-in/sessions").html.select_one(".above") is None


def test_nor_what_was_changed_long_ago(admin: Admin) -> None:
    admin.fill("/sign-in/sessions", staff_idle_seconds="14400")
    ago = func.now() - func.make_interval(0, 0, 0, 0, 1)
    admin.look(lambda db, _t: setattr(db.scalars(_newest()).one(), "created_at", ago))
    assert admin.get("/sign-in/sessions").html.select_one(".above") is None


def test_a_press_on_an_old_page_does_nothing(admin: Admin) -> None:
    admin.fill("/sign-in/sessions", staff_idle_seconds="14400")
    form = admin.form("/sign-in/sessions", "/sign-in/roll-back")
    admin.fill("/sign-in/sessions", session_idle_seconds="900")
    page = form.submit(status=409)
    assert "Somebody changed the settings since you opened this page" in page.text
    config = admin.config()
    assert (config.staff_idle_seconds, config.session_idle_seconds) == (14_400, 900)


def test_a_state_that_is_not_kept_is_said(admin: Admin) -> None:
    admin.fill("/sign-in/sessions", staff_idle_seconds="14400")
    form = admin.form("/sign-in/sessions", "/sign-in/roll-back")
    for wrong in ("0", "-1", "x", "999999999999999999999", "", "1"):
        form["to"] = wrong
        page = form.submit(status=409)
        assert "This state is no longer kept." in page.text
    assert admin.config().staff_idle_seconds == 14_400


def test_an_earlier_state_may_be_taken_as_a_draft(admin: Admin) -> None:
    admin.fill("/sign-in/sessions", staff_idle_seconds="14400")
    form = admin.form("/sign-in/sessions", "/sign-in/roll-back")
    fields = [*form.submit_fields(), ("into", "draft")]
    admin.browser.post(form.action, fields, status=303)
    assert admin.config().staff_idle_seconds == 14_400
    draft = admin.look(lambda db, tenant: db.get(SsoDraft, tenant.id))
    assert draft.values == {"staff_idle_seconds": [14_400, 3600]}


def test_what_changed_behind_our_back_can_be_gone_back_to(admin: Admin) -> None:
    admin.fill("/sign-in/sessions", staff_idle_seconds="14400")
    admin.look(lambda db, tenant: setattr(tenant, "company_id", f"comp_{tenant.slug}"))
    admin.fill("/sign-in/sessions", staff_idle_seconds="7200")
    assert [kind for kind, _ in kinds(admin)] == ["first", "saved", "file", "saved"]
    assert "Changed by the operator Command line" in entries(admin)[1]


def test_a_tenant_file_makes_a_state(admin: Admin) -> None:
    files = TenantFiles(admin.world.app.registry)
    text = f'[tenant]\nslug = "{admin.world.slug}"\n[sso]\nleeway = 20\nlocal_password = false\n'
    files.apply_text(text, {})
    assert kinds(admin) == [("first", ""), ("file", "")]
    assert admin.config().leeway == 20
    assert "local_password" not in admin.tenant().authenticators
    files.apply_text(text, {})
    assert len(kinds(admin)) == 2
    go_back(admin, 1)
    assert admin.config().leeway == 0
    assert "local_password" in admin.tenant().authenticators


def test_the_last_fifty_are_kept(admin: Admin, count_queries: QueryCounter) -> None:
    def change(db: TenantSession, tenant: Tenant) -> None:
        settings = SignInSettings(db, tenant, AuditLog(db, tenant))
        for number in range(KEPT + 5):
            settings.change({"leeway": 1 + number % 60})

    admin.look(change)
    assert len(kinds(admin)) == KEPT
    assert admin.look(lambda db, t: len(Revisions(db, t).latest())) == KEPT
    count_queries.reset()
    lines = entries(admin)
    assert len(count_queries) <= 14, count_queries
    assert len(lines) == KEPT
    assert "Leeway 54 seconds → 55 seconds" in lines[0]


def _newest() -> Select[SsoRevision]:
    return select(SsoRevision).order_by(SsoRevision.id.desc()).limit(1)
