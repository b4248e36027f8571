"""Settings: organisations and projects."""

from sqlalchemy import delete, select, update

from portal.db import TenantSession
from portal.people.models import Organisation, OrganisationDomain, Project, User
from portal.tenants.models import Tenant
from tests.functional.admin.conftest import Admin, errors, form_of


def organisation_at(admin: Admin) -> str:
    """The page of the seed's organisation."""
    assert admin.world.seed.organisation is not None
    return f"/organisations/{admin.world.seed.organisation.id}"


def project_at(admin: Admin) -> str:
    """The page of the seed's project."""
    assert admin.world.seed.project is not None
    return f"/projects/{admin.world.seed.project.id}"


def domains(admin: Admin) -> list[str]:
    """All e-mail domains of the tenant's organisations."""
    return sorted(admin.look(lambda db, _t: db.scalars(select(OrganisationDomain.domain)).all()))


def test_an_organisation_is_added(admin: Admin) -> None:
    answer = admin.fill(
        "/organisations/new",
        name="Northwind",
        domains="Northwind.example\n\n www.northwind.example \nnorthwind.example",
        sharing="reply",
    )
    assert answer.location.endswith("/settings/organisations")
    row = admin.look(
        lambda db, _t: db.scalars(
            select(Organisation).where(Organisation.name == "Northwind")
        ).one()
    )
    assert (row.shared, row.members_reply) == (True, True)
    assert domains(admin) == ["northwind.example", "www.northwind.example"]
    assert [(entry.action, entry.target) for entry in admin.audit()] == [
        ("organisation.created", "Northwind"),
        ("organisation.changed", "Northwind"),
    ]
    page = answer.follow()
    assert "northwind.example, www.northwind.example" in page.text


def test_an_organisation_is_changed(admin: Admin) -> None:
    path = organisation_at(admin)
    admin.fill(path, name="Customer Inc", domains="customer.test", sharing="nothing")
    assert [entry.details for entry in admin.audit()] == [
        {"name": ["Customer Ltd", "Customer Inc"], "sharing": ["see", "nothing"]},
        {"domains": [[], ["customer.test"]]},
    ]
    form = admin.form(path)
    assert (form["name"].value, form["domains"].value) == ("Customer Inc", "customer.test")
    admin.fill(path)
    assert len(admin.audit()) == 2


def test_what_another_organisation_has_is_refused_whole(admin: Admin) -> None:
    admin.fill(organisation_at(admin), domains="customer.test")
    known = len(admin.audit())
    page = admin.fill(
        "/organisations/new", name="Second", domains="new.test\ncustomer.test", status=422
    )
    assert errors(page) == ["“customer.test” belongs to another organisation."]
    assert form_of(page, admin.url("/organisations/new"))["domains"].value == (
        "new.test\ncustomer.test"
    )
    page = admin.fill("/organisations/new", name="Customer Ltd", status=422)
    assert errors(page) == ["There is an organisation of this name already."]
    assert admin.look(lambda db, _t: len(db.scalars(select(Organisation)).all())) == 1
    assert domains(admin) == ["customer.test"]
    assert len(admin.audit()) == known


def test_a_new_name_is_undone_with_the_domain_that_was_taken(admin: Admin) -> None:
    admin.fill("/organisations/new", name="Second", domains="second.test")
    known = len(admin.audit())
    page = admin.fill(organisation_at(admin), name="Renamed", domains="second.test", status=422)
    assert errors(page) == ["“second.test” belongs to another organisation."]
    names = admin.look(lambda db, _t: sorted(db.scalars(select(Organisation.name))))
    assert names == ["Customer Ltd", "Second"]
    assert len(admin.audit()) == known


def test_a_malformed_domain_is_refused(admin: Admin) -> None:
    page = admin.fill("/organisations/new", name="", domains="ok.test\nnot a domain", status=422)
    assert errors(page) == [
        "This cannot be empty.",
        "“not a domain” is no domain name. Write it like help.example.com.",
    ]


def test_a_project_is_added_changed_archived_and_restored(admin: Admin) -> None:
    admin.fill("/projects/new", name="Earbuds", key="proj_earbuds")
    assert admin.last() == ("project.created", "proj_earbuds", {})
    path = project_at(admin)
    admin.fill(path, name="Over-ear", key="proj_over")
    assert admin.last() == (
        "project.changed",
        "proj_over",
        {"name": ["Headphones", "Over-ear"], "key": ["proj_abc123", "proj_over"]},
    )
    admin.press("/projects", f"{path}/archive")
    assert admin.last()[0] == "project.archived"
    page = admin.get("/projects")
    assert [tag.get_text(strip=True) for tag in page.html.select(".what a")] == [
        "Earbuds",
        "Over-ear",
    ]
    assert "Archived" in page.text
    admin.press("/projects", f"{path}/restore")
    assert admin.last()[0] == "project.restored"
    row = admin.look(lambda db, t: db.get(Project, (t.id, admin.world.seed.project.id)))
    assert row.archived_at is None


def test_ids_and_names_of_projects_are_unique(admin: Admin) -> None:
    page = admin.fill("/projects/new", name="Other", key="proj_abc123", status=422)
    assert errors(page) == ["There is a project of this ID already."]
    page = admin.fill("/projects/new", name="Headphones", key="proj_2", status=422)
    assert errors(page) == ["There is a project of this name already."]
    page = admin.fill("/projects/new", status=422)
    assert errors(page) == ["This cannot be empty."] * 2
    assert admin.look(lambda db, _t: len(db.scalars(select(Project)).all())) == 1


def test_empty_lists_say_what_they_are_for(admin: Admin) -> None:
    def empty(db: TenantSession, _tenant: Tenant) -> None:
        db.execute(update(User).values(organisation_id=None))
        db.execute(delete(Project))
        db.execute(delete(Organisation))

    admin.look(empty)
    assert "No organisations yet" in admin.get("/organisations").text
    assert "No projects yet" in admin.get("/projects").text
