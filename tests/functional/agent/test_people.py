"""Customers and organisations, as agents see them."""

from typing import Any

from sqlalchemy import text
from webtest.response import TestResponse

from portal.people.models import Identity, OrganisationDomain, User
from tests.functional.agent.conftest import Desk
from tests.functional.agent.many import many_tickets
from tests.queries import QueryCounter


def links(page: TestResponse) -> list[Any]:
    return list(page.html.select("tbody td:first-child a"))


def names(page: TestResponse) -> list[str]:
    return [link.text for link in links(page)]


def addresses(page: TestResponse) -> list[str]:
    return [link["href"] for link in links(page)]


def test_the_rail_leads_to_customers_and_from_there_to_one(desk: Desk) -> None:
    desk.ticket("Hinge cracked", by="cleo")
    page = desk.get("/tickets").click("Customers")
    assert names(page) == ["Carl Customer", "Cleo Customer", "Dora Customer"]
    page = page.click("Cleo Customer")
    assert page.html.h1.text == "Cleo Customer"
    assert "cleo@customer.test" in page
    assert [link.text for link in page.html.select(".queue .subject a")] == ["Hinge cracked"]
    assert page.click("Hinge cracked").html.h1.text.startswith("Hinge cracked")
    organisation = page.click("Customer Ltd")
    assert organisation.html.h1.text == "Customer Ltd"


def test_a_search_finds_parts_of_names_and_addresses(desk: Desk) -> None:
    for query, found in (
        ("cLe", ["Cleo Customer"]),
        ("customer dora", ["Dora Customer"]),
        ("carl@customer.test", ["Carl Customer"]),
        ("@customer.", ["Carl Customer", "Cleo Customer", "Dora Customer"]),
        ("%", []),
        ("_", []),
        # Staff are no customers.
        ("ben", []),
    ):
        assert names(desk.get("/people", params={"q": query})) == found, query
    assert "Nobody matches" in desk.get("/people?q=zzz")


def test_the_list_is_paged_by_key_in_both_directions(desk: Desk) -> None:
    tenant_id = desk.world.seed.tenant.id
    with desk.world.factory.session(tenant_id) as db:
        db.execute(
            text(
                "insert into users (tenant_id, email, name, role) "
                "select :tenant_id, 'p' || n || '@many.test', 'Person', 'customer' "
                "from generate_series(1, 120) n"
            ),
            {"tenant_id": tenant_id},
        )
    pages = [desk.get("/people?q=many.test")]
    while pages[-1].html.select_one("a[rel=next]"):
        pages.append(pages[-1].click("Next"))
    seen = [address for page in pages for address in addresses(page)]
    assert len(seen) == len(set(seen)) == 120
    assert [len(names(page)) for page in pages] == [50, 50, 20]
    back = pages[2].click("Back")
    assert addresses(back) == addresses(pages[1])
    assert addresses(back.click("Back")) == addresses(pages[0])


def test_a_person_shows_how_they_were_proven(desk: Desk) -> None:
    seed = desk.world.seed
    cleo = seed.users["cleo"].id
    assert "Nothing proves yet that the address is theirs." in desk.get(f"/people/{cleo}")
    desk.world.browser("cleo")
    with desk.world.factory.session(seed.tenant.id) as db:
        found = db.get_one(User, (seed.tenant.id, cleo))
        found.email_verified_at = found.created_at
        found.disabled_at = found.created_at
        db.add(
            Identity(
                tenant_id=seed.tenant.id, namespace="happyfox", external_id="c-17", user_id=cleo
            )
        )
    page = desk.get(f"/people/{cleo}")
    assert "Proven by a password" in page
    assert "happyfox" in page
    assert "c-17" in page
    assert "Disabled" in page


def test_the_ticket_says_how_its_requester_was_proven(desk: Desk) -> None:
    number = desk.ticket(by="cleo")
    assert "Has never signed in" in desk.get(f"/tickets/{number}")
    desk.world.browser("cleo")
    page = desk.get(f"/tickets/{number}")
    assert "Proven by a password" in page
    assert page.click("Cleo Customer", href="/people/").html.h1.text == "Cleo Customer"


def test_the_ticket_shows_other_tickets_of_its_requester(desk: Desk) -> None:
    for subject in "ABCDEFG":
        desk.ticket(subject, by="cleo")
    desk.ticket("Not hers", by="dora")
    page = desk.get("/tickets/4")
    others = [link.text for link in page.html.select(".props details.block a.cut")]
    assert others == ["G", "F", "E", "C", "B"]


def test_an_organisation_shows_its_people_domains_and_tickets(desk: Desk) -> None:
    seed = desk.world.seed
    with desk.world.factory.session(seed.tenant.id) as db:
        db.add(
            OrganisationDomain(
                tenant_id=seed.tenant.id,
                domain="customer.test",
                organisation_id=seed.organisation.id,
            )
        )
    desk.ticket("Cleo's", by="cleo")
    desk.ticket("Dora's", by="dora")
    page = desk.get(f"/organisations/{seed.organisation.id}")
    assert [link.text for link in page.html.select(".card li a")] == [
        "Carl Customer",
        "Cleo Customer",
    ]
    assert "customer.test" in page
    assert [link.text for link in page.html.select(".queue .subject a")] == ["Cleo's"]


def test_a_persons_tickets_are_paged(desk: Desk) -> None:
    many_tickets(desk, 60, states=("closed",))
    page = desk.get(f"/people/{desk.world.seed.users['cleo'].id}")
    older = page.click("Older")
    assert len(older.html.select(".queue tbody tr")) == 10
    assert len(older.click("Newer").html.select(".queue tbody tr")) == 50


def test_places_that_are_not_there_are_404(desk: Desk) -> None:
    cleo = desk.world.seed.users["cleo"].id
    for path in (
        "/people/0",
        "/people/999999999",
        f"/people/0{cleo}",
        "/people/%D9%A4",
        "/people/x",
        "/organisations",
        "/organisations/999999999",
        f"/people/{cleo}/x",
    ):
        desk.get(path, status=404)


def test_another_tenants_people_do_not_exist(desk: Desk) -> None:
    other = desk.world.factory.create()
    desk.get(f"/people/{other.users['cleo'].id}", status=404)
    desk.get(f"/organisations/{other.organisation.id}", status=404)


def test_pages_of_people_ask_few_questions(desk: Desk, count_queries: QueryCounter) -> None:
    cleo = desk.world.seed.users["cleo"].id
    for path, most in (("/people", 3), (f"/people/{cleo}", 9)):
        count_queries.reset()
        desk.get(path)
        assert len(count_queries) <= most, f"{path}\n{count_queries}"
