"""Settings: people. The list, roles, access, and the rule that there is always an admin."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import func, update
from webtest import Form, TestResponse

from portal.db import TenantSession
from portal.people.models import Role, User
from portal.people.service import PeopleService
from portal.security.models import Session
from portal.security.sessions import SessionService
from portal.tenants.models import Tenant
from tests.factories import World
from tests.functional.admin.conftest import Admin, errors, form_of
from tests.queries import QueryCounter


def names(page: TestResponse) -> list[str]:
    """The people on a page of the list, in their order."""
    return [link.get_text(strip=True) for link in page.html.select("ul.rows .what a")]


def person(admin: Admin, first: str) -> str:
    """A person's page."""
    return f"/people/{admin.world.seed.users[first].id}"


def test_everybody_is_listed_by_name(admin: Admin) -> None:
    assert names(admin.get("/people")) == [
        "Ada Admin",
        "Bea Agent",
        "Ben Agent",
        "Carl Customer",
        "Cleo Customer",
        "Dora Customer",
    ]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=cleo", ["Cleo Customer"]),
        ("q=BEN@acme.test", ["Ben Agent"]),
        ("q=customer&role=customer", ["Carl Customer", "Cleo Customer", "Dora Customer"]),
        ("role=team", ["Ada Admin", "Bea Agent", "Ben Agent"]),
        ("role=admin", ["Ada Admin"]),
        ("role=disabled", []),
        ("q=%25", []),
        ("role=nonsense&before=x&after=-1", None),
    ],
)
def test_the_list_is_searched_and_filtered(
    admin: Admin, query: str, found: list[str] | None
) -> None:
    shown = names(admin.get(f"/people?{query}"))
    assert len(shown) == 6 if found is None else shown == found


def test_the_list_is_paged_by_name(admin: Admin) -> None:
    def add(db: TenantSession, tenant: Tenant) -> None:
        for number in range(120):
            db.add(
                User(
                    tenant_id=tenant.id,
                    email=f"p{number}@many.test",
                    # The same name over and over: the id decides.
                    name=f"Person {number // 50}",
                    role=Role.CUSTOMER,
                )
            )

    admin.look(add)
    page = admin.get("/people")
    seen = names(page)
    pages = 1
    while page.html.select_one("a[rel=next]"):
        page = page.goto(page.html.select_one("a[rel=next]")["href"])
        seen += names(page)
        pages += 1
    assert (pages, len(seen)) == (3, 126)
    assert seen == sorted(seen)
    # And back again, the same pages.
    page = page.goto(page.html.select_one("a[rel=prev]")["href"])
    assert names(page) == seen[50:100]
    page = page.goto(page.html.select_one("a[rel=prev]")["href"])
    assert names(page) == seen[:50]
    assert page.html.select_one("a[rel=prev]") is None


def test_name_role_and_organisation_change(admin: Admin) -> None:
    organisation = admin.world.seed.organisation
    assert organisation is not None
    admin.fill(person(admin, "dora"), name="Dora D", organisation=str(organisation.id))
    dora = admin.user("dora")
    assert (dora.name, dora.organisation_id) == ("Dora D", organisation.id)
    assert [(entry.action, entry.details) for entry in admin.audit()] == [
        ("person.changed", {"name": ["Dora Customer", "Dora D"]}),
        ("person.changed", {"organisation": [None, "Customer Ltd"]}),
    ]


def test_a_new_role_ends_the_sessions_and_counts_at_once(admin: Admin) -> None:
    ben = admin.world.browser("ben")
    assert ben.get(admin.url("/general"), status=403)
    admin.fill(person(admin, "ben"), role="admin")
    assert admin.last() == ("person.role_changed", "ben@acme.test", {"role": ["agent", "admin"]})
    ben.get(admin.url("/general"), status=303)
    assert admin.world.browser("ben").get(admin.url("/general")).status_int == 200


def test_the_last_admin_stays(admin: Admin) -> None:
    # Bea is made an admin and disabled: she does not count.
    admin.fill(person(admin, "bea"), role="admin")
    admin.press(person(admin, "bea"), f"{person(admin, 'bea')}/disable")
    page = admin.fill(person(admin, "ada"), role="agent", status=422)
    assert errors(page) == ["You cannot take your own admin role away. Ask another admin to do it."]
    assert form_of(page, admin.url(person(admin, "ada")))["role"].value == "agent"
    assert admin.user("ada").role == Role.ADMIN


def test_nobody_disables_themselves(admin: Admin) -> None:
    page = admin.get(person(admin, "ada"))
    assert "disable" not in " ".join(form.action for form in page.forms.values())
    token = form_of(page, admin.url(person(admin, "ada")))["csrf_token"].value
    answer = admin.browser.post(
        admin.url(f"{person(admin, 'ada')}/disable"), {"csrf_token": token}, status=422
    )
    assert "You cannot disable your own account." in answer.text
    assert admin.user("ada").disabled_at is None


def test_with_two_admins_one_may_go(admin: Admin) -> None:
    admin.fill(person(admin, "bea"), role="admin")
    bea = Admin(admin.world)
    bea.browser = admin.world.browser("bea")
    bea.fill(person(admin, "ada"), role="customer")
    assert admin.user("ada").role == Role.CUSTOMER
    page = bea.fill(person(admin, "bea"), role="agent", status=422)
    assert errors(page)


@pytest.mark.parametrize("how", ["demote", "disable"])
def test_two_admins_who_remove_each_other_at_once(admin: Admin, how: str) -> None:
    """Each page was opened while there were two; only one of the two clicks may count."""
    admin.fill(person(admin, "bea"), role="admin")
    for _ in range(5):
        forms = []
        for who, victim in (("ada", "bea"), ("bea", "ada")):
            each = Admin(admin.world)
            each.browser = admin.world.browser(who)
            if how == "demote":
                form = each.form(person(admin, victim))
                form["role"] = "agent"
            else:
                form = each.form(person(admin, victim), f"{person(admin, victim)}/disable")
            forms.append(form)
        # Both requests write that their session was seen, and so hold a lock each before they
        # ask for the other's.
        admin.look(_long_unseen)
        barrier = Barrier(2)

        def send(form: Form, barrier: Barrier = barrier) -> int:
            barrier.wait()
            status: int = form.submit(expect_errors=True).status_int
            return status

        with ThreadPoolExecutor(2) as pool:
            statuses = sorted(pool.map(send, forms))
        admins = [
            first
            for first in ("ada", "bea")
            if admin.user(first).role == Role.ADMIN and admin.user(first).disabled_at is None
        ]
        assert len(admins) == 1, statuses
        # The other one was refused, or was no admin any more when the click arrived.
        assert statuses[0] == 303
        assert statuses[1] in (303, 403, 422)
        admin.look(_make_admins_again)


def _long_unseen(db: TenantSession, _tenant: Tenant) -> None:
    db.execute(update(Session).values(seen_at=func.now() - timedelta(minutes=2)))


def _make_admins_again(db: TenantSession, tenant: Tenant) -> None:
    for email in ("ada@acme.test", "bea@acme.test"):
        user = PeopleService(db, tenant).by_email(email)
        assert user is not None
        user.role, user.disabled_at = Role.ADMIN, None


def test_a_disabled_person_is_out_at_once_and_may_come_back(admin: Admin) -> None:
    cleo = admin.world.browser("cleo")
    cleo.get(admin.world.url("/tickets"))
    path = person(admin, "cleo")
    admin.press(path, f"{path}/disable")
    assert admin.last() == ("person.disabled", "cleo@customer.test", {})
    cleo.get(admin.world.url("/tickets"), status=303)
    user_id = admin.user("cleo").id
    assert admin.look(lambda db, t: SessionService(db, t).of_user(user_id)) == []
    assert names(admin.get("/people?role=disabled")) == ["Cleo Customer"]
    admin.press(path, f"{path}/enable")
    assert admin.last() == ("person.enabled", "cleo@customer.test", {})
    admin.world.browser("cleo").get(admin.world.url("/tickets"))


def test_what_is_wrong_is_said_and_kept(admin: Admin) -> None:
    form = admin.form(person(admin, "cleo"))
    form["name"] = ""
    form["role"].force_value("emperor")
    form["organisation"].force_value("999")
    page = form.submit(status=422)
    assert errors(page) == [
        "This cannot be empty.",
        "Choose one of the list.",
        "Choose one of the list.",
    ]
    assert admin.user("cleo").name == "Cleo Customer"
    assert admin.audit() == []


def test_the_list_costs_the_same_for_many(world: World, count_queries: QueryCounter) -> None:
    browser = world.browser("ada")
    browser.get(world.url("/settings/people"))
    count_queries.reset()
    browser.get(world.url("/settings/people"))
    assert len(count_queries) <= 4, str(count_queries)
