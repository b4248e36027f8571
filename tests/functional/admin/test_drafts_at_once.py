"""Several admins at once: each change waits for the others, and sees what they did."""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import Select, select, text
from webtest import Form, TestApp, TestResponse

from portal.people.models import Role, User
from portal.signin.models import SsoConfig, SsoDraft, SsoRevision
from tests.factories import World
from tests.functional.admin.conftest import Admin, form_of
from tests.functional.signin.conftest import Site


@pytest.fixture
def site(world: World) -> Site:
    """The tenant's website; bea is an admin as well."""
    site = Site(world)
    site.change("bea", role="admin")
    return site


def at_once(
    world: World, lock: Select[Any], waiting_for: str, *forms: Form, into: str | None = None
) -> list[TestResponse]:
    """Send the forms so that all of them wait for the rows that `lock` takes, then let them go on.

    `waiting_for`: the table of these rows. `into`: what their buttons say besides.
    """
    added = [("into", into)] if into is not None else []

    def send(form: Form) -> TestResponse:
        browser: TestApp = form.response.test_app
        return browser.post(form.action, [*form.submit_fields(), *added], expect_errors=True)

    with ThreadPoolExecutor(len(forms)) as threads:
        with world.factory.session(world.seed.tenant.id) as db:
            assert db.scalars(lock.with_for_update()).all()
            sent = [threads.submit(send, form) for form in forms]
            end = time.monotonic() + 60
            while _waiting(world, waiting_for) < len(forms):
                assert time.monotonic() < end, "nobody waits"
                time.sleep(0.02)
        return [each.result() for each in sent]


def _waiting(world: World, table: str) -> int:
    """How many of the database's sessions wait for a lock with a statement about a table."""
    with world.factory.session(None) as db:
        count: int = db.execute(
            text(
                "select count(*) from pg_stat_activity where datname = current_database() "
                "and wait_event_type = 'Lock' and query like :table"
            ),
            {"table": f"%{table}%"},
        ).scalar_one()
        return count


def on_settings(world: World, *forms: Form, into: str | None = None) -> list[TestResponse]:
    """Send forms at once that all change the settings."""
    lock = select(SsoConfig.tenant_id).where(SsoConfig.tenant_id == world.seed.tenant.id)
    return at_once(world, lock, "sso_configs", *forms, into=into)


def draft(admin: Admin, **values: str) -> None:
    """Save a draft."""
    form = admin.form("/sign-in")
    for name, value in values.items():
        form[name] = value
    form.submit("into", value="draft", status=303)


def form_in(admin: Admin, browser: TestApp, path: str, action: str | None = None) -> Form:
    """A form in another admin's browser."""
    found: Any = form_of(browser.get(admin.url(path)), admin.url(action or path))
    return found


def kinds(admin: Admin) -> list[str]:
    """The kinds of the revisions, oldest first."""
    found: list[str] = admin.look(
        lambda db, tenant: db.scalars(
            select(SsoRevision.kind)
            .where(SsoRevision.tenant_id == tenant.id)
            .order_by(SsoRevision.id)
        ).all()
    )
    return list(found)


def promotion(admin: Admin, site: Site, browser: TestApp) -> Form:
    """The button that makes the tested draft live at once."""
    admin.press("/sign-in", "/sign-in/try-draft")
    site.send(admin.browser)
    return form_in(admin, browser, "/sign-in", "/sign-in/promote")


def test_two_who_promote_at_once_promote_once(admin: Admin, site: Site) -> None:
    bea = admin.world.browser("bea")
    draft(admin, leeway="30")
    forms = [promotion(admin, site, admin.browser)]
    forms.append(form_in(admin, bea, "/sign-in", "/sign-in/promote"))
    answers = on_settings(admin.world, *forms)
    assert [answer.status_int for answer in answers] == [303, 303]
    assert kinds(admin) == ["first", "promoted"]
    assert admin.config().leeway == 30
    words = sorted(
        answer.follow().html.select_one(".flashes").get_text(strip=True) for answer in answers
    )
    assert words == [
        "The draft is in force now.",
        "There is no draft any more: somebody made it live or discarded it.",
    ]


def test_a_save_while_a_draft_is_promoted_loses_nothing(admin: Admin, site: Site) -> None:
    """Both change the same tab: whoever comes second is shown what the first did."""
    bea = admin.world.browser("bea")
    old = form_in(admin, bea, "/sign-in")
    old["leeway"] = "60"
    draft(admin, leeway="30")
    answers = on_settings(admin.world, promotion(admin, site, admin.browser), old)
    config, steps = admin.config(), kinds(admin)
    # The form was opened before there was a draft: it is stale in any order.
    assert [answer.status_int for answer in answers] == [303, 409]
    assert (config.leeway, steps) == (30, ["first", "promoted"])
    assert answers[1].html.select_one("#leeway option[selected]")["value"] == "60"


def test_saves_of_different_tabs_both_count(admin: Admin, site: Site) -> None:
    bea = admin.world.browser("bea")
    first = form_in(admin, admin.browser, "/sign-in/sessions")
    first["staff_idle_seconds"] = "14400"
    second = form_in(admin, bea, "/sign-in/accounts")
    second["provisioning"] = "existing"
    answers = on_settings(admin.world, first, second)
    assert [answer.status_int for answer in answers] == [303, 303]
    config = admin.config()
    assert (config.staff_idle_seconds, config.provisioning) == (14_400, "existing")
    assert kinds(admin) == ["first", "saved", "saved"]
    newest = admin.look(
        lambda db, tenant: db.scalars(
            select(SsoRevision.values).order_by(SsoRevision.id.desc()).limit(1)
        ).one()
    )
    assert (newest["staff_idle_seconds"], newest["provisioning"]) == (14_400, "existing")


def test_two_who_draft_at_once_share_one_draft(admin: Admin, site: Site) -> None:
    bea = admin.world.browser("bea")
    first = form_in(admin, admin.browser, "/sign-in/sessions")
    first["staff_idle_seconds"] = "14400"
    second = form_in(admin, bea, "/sign-in/accounts")
    second["provisioning"] = "existing"
    answers = on_settings(admin.world, first, second, into="draft")
    assert [answer.status_int for answer in answers] == [303, 303]
    row = admin.look(lambda db, tenant: db.get(SsoDraft, tenant.id))
    assert set(row.values) == {"staff_idle_seconds", "provisioning"}


def test_the_last_password_and_the_last_token_do_not_go_together(admin: Admin, site: Site) -> None:
    """Ada has the only password, and bea comes in by token. One disables ada while another
    switches tokens off for admins: only one of the two is done."""
    site.configure(admins_by_token=True)
    site.change("bea", password_hash=None)
    site.change("ben", role="admin", password_hash=None)
    ben = admin.world.browser("ben")
    ada = admin.user("ada").id
    settings = form_in(admin, admin.browser, "/sign-in/accounts")
    settings["admins_by_token"] = False
    person = form_in(admin, ben, f"/people/{ada}", f"/people/{ada}/disable")
    lock = select(User.id).where(User.tenant_id == site.tenant.id, User.role == Role.ADMIN)
    answers = at_once(admin.world, lock.order_by(User.id), "users", settings, person)
    assert sorted(answer.status_int for answer in answers) == [303, 422]
    ada_is_in = admin.user("ada").disabled_at is None
    assert ada_is_in or admin.config().admins_by_token
