"""Reading tickets with an API key."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from portal.security.api_keys import ApiKeyService
from portal.security.models import ApiKey
from portal.tickets.models import Priority
from portal.tickets.service import Draft, TicketService
from tests.factories import TenantFactory, World
from tests.functional.api.conftest import Client
from tests.queries import QueryCounter


class TestList:
    def test_a_page_by_number(self, client: Client) -> None:
        for subject in ("One", "Two", "Three"):
            client.world.ticket(subject=subject)
        first = client.get("/tickets?limit=2").json
        assert first["success"] is True
        assert [ticket["title"] for ticket in first["data"]["tickets"]] == ["One", "Two"]
        assert first["data"]["next"] == 2
        second = client.get("/tickets?limit=2&after=2").json
        assert [ticket["id"] for ticket in second["data"]["tickets"]] == [3]
        assert second["data"]["next"] is None

    def test_an_empty_desk(self, client: Client) -> None:
        assert client.get("/tickets").json == {
            "success": True,
            "data": {"tickets": [], "next": None},
        }

    @pytest.mark.parametrize(
        "query",
        ["limit=0", "limit=101", "limit=x", "limit=", "limit=1&limit=2", "after=-1", "after=%D9%A7",
         "after=1.5", "after=99999999999999999999"],
    )  # fmt: skip
    def test_numbers_that_are_none(self, client: Client, query: str) -> None:
        error = client.get(f"/tickets?{query}", status=422).json
        assert error["success"] is False
        assert error["error"]["code"] == "unprocessable_entity"
        assert query.partition("=")[0] in error["error"]["message"]

    def test_the_same_queries_for_any_number(
        self, client: Client, count_queries: QueryCounter
    ) -> None:
        client.get("/tickets")  # the first use of a key is noted
        counts = []
        for _ in range(2):
            for _ in range(5):
                client.world.ticket()
            count_queries.reset()
            client.get("/tickets")
            counts.append(len(count_queries))
        # The tenant; the key; the count, and the tenant again behind it; the tickets.
        assert counts[0] == counts[1] <= 5


class TestOne:
    def test_everything_about_it(self, client: Client) -> None:
        seed, factory = client.world.seed, client.world.factory
        assert seed.project is not None
        assert seed.organisation is not None
        with factory.session(seed.tenant.id) as db:
            cleo = TicketService(db, seed.tenant, factory.identity(seed, "cleo"))
            ticket = cleo.open(
                "Left hinge cracked",
                Draft("It **cracked**."),
                project_id=seed.project.id,
                priority=Priority.HIGH,
            )
            ben = TicketService(db, seed.tenant, factory.identity(seed, "ben"))
            ben.reply(ticket, Draft("Which model?"), seen=2**62)
        found = client.get("/tickets/1").json["data"]["ticket"]
        assert found["url"] == f"http://localhost/{seed.slug}/tickets/1"
        assert (found["id"], found["title"], found["status"]) == (1, "Left hinge cracked", "open")
        assert found["priority"] == "high"
        assert found["requester"] == {
            "id": seed.users["cleo"].id,
            "name": "Cleo Customer",
            "email": "cleo@customer.test",
        }
        assert found["assignee"] == {"id": seed.users["ben"].id, "name": "Ben Agent"}
        assert found["organisation"] == {"id": seed.organisation.id, "name": "Customer Ltd"}
        assert found["project"] == {"id": "proj_abc123", "name": "Headphones"}
        assert found["solved_at"] is None
        made = datetime.fromisoformat(found["created_at"])
        assert abs((datetime.now(UTC) - made).total_seconds()) < 60
        first, second = found["replies"]
        assert first["body"] == "It **cracked**."
        assert "<strong>cracked</strong>" in first["html"]
        assert (first["by_staff"], second["by_staff"]) == (False, True)
        assert second["author"]["name"] == "Ben Agent"

    def test_notes_are_not_in_it(self, client: Client) -> None:
        ticket = client.world.ticket()
        seed, factory = client.world.seed, client.world.factory
        with factory.session(seed.tenant.id) as db:
            ben = TicketService(db, seed.tenant, factory.identity(seed, "ben"))
            ben.note(ben.get(ticket.number), Draft("Batch 7 again, keep quiet."), seen=2**62)
        assert "Batch 7" not in client.get("/tickets/1").text

    @pytest.mark.parametrize("number", ["2", "0", "01", "%D9%A1", "1.0", "x", "9" * 18, "9" * 19])
    def test_none_of_that_number(self, client: Client, number: str) -> None:
        client.world.ticket()
        error = client.get(f"/tickets/{number}", status=404).json
        assert error["error"]["code"] == "not_found"

    @pytest.mark.parametrize("path", ["/tickets/1/x", "/tickets/1/attachments/1", "/people", ""])
    def test_nothing_else_is_there(self, client: Client, path: str) -> None:
        client.world.ticket()
        assert client.get(path, status=404).json["success"] is False

    def test_a_method_that_is_not_taken(self, client: Client) -> None:
        url = client.world.url("/api/v2/tickets")
        response = client.http.delete(url, headers=client.headers, status=405)
        assert response.headers["Allow"] == "GET, HEAD, POST"
        assert response.json["error"]["code"] == "method_not_allowed"


class TestKeys:
    @pytest.mark.parametrize("path", ["/tickets", "/tickets/1", "/tickets/999"])
    def test_missing_and_wrong_keys_are_told_apart_by_nobody(
        self, client: Client, path: str
    ) -> None:
        client.world.ticket()
        good, bodies = client.headers, set()
        for headers in (
            {},
            {"X-API-Key": good["X-API-Key"]},
            {"X-API-Secret": good["X-API-Secret"]},
            {**good, "X-API-Secret": "wrong"},
            {**good, "X-API-Key": "tk_unknown"},
            {**good, "X-API-Secret": good["X-API-Secret"] + "x"},
            {**good, "X-API-Secret": "\xff\xfe"},
            {**good, "Accept": "text/html", "X-API-Key": "tk_unknown"},
        ):
            url = client.world.url(f"/api/v2{path}")
            response = client.http.get(url, headers=headers, status=401)
            assert response.headers["WWW-Authenticate"] == "X-API-Key"
            body = response.json
            assert body["error"].pop("request_id") == response.headers["X-Request-Reference"]
            bodies.add(json.dumps(body))
        assert len(bodies) == 1
        assert json.loads(bodies.pop())["error"]["code"] == "unauthorized"

    def test_the_body_of_an_error(self, client: Client) -> None:
        body = client.http.get(client.world.url("/api/v2/tickets"), status=401).json
        assert set(body) == {"success", "message", "error"}
        assert set(body["error"]) == {"code", "message", "request_id"}

    @pytest.mark.parametrize("scopes", [[], ["tickets:write"], ["auth:redirect"]])
    def test_a_key_without_the_scope(self, world: World, scopes: list[str]) -> None:
        error = Client(world, scopes).get("/tickets", status=403).json
        assert error["error"]["code"] == "forbidden"
        assert "scope" in error["error"]["message"]

    @pytest.mark.parametrize("change", ["revoked_at", "expires_at"])
    def test_a_key_that_has_ended(self, client: Client, change: str) -> None:
        with client.world.factory.session(client.world.seed.tenant.id) as db:
            key = db.get_one(ApiKey, (client.world.seed.tenant.id, client.headers["X-API-Key"]))
            setattr(key, change, datetime.now(UTC))
        client.get("/tickets", status=401)

    def test_another_tenants_key(self, client: Client, tenants: TenantFactory) -> None:
        other = tenants.create()
        url = f"/{other.slug}/api/v2/tickets"
        client.http.get(url, headers=client.headers, status=401)

    def test_a_tenant_that_switched_keys_off(self, client: Client) -> None:
        seed = client.world.seed
        with client.world.factory.session(None) as db:
            tenant = db.get_one(type(seed.tenant), seed.tenant.id)
            tenant.authenticators = [name for name in tenant.authenticators if name != "api_key"]
        client.get("/tickets", status=401)

    def test_the_use_of_a_key_is_noted(self, client: Client) -> None:
        client.get("/tickets")
        with client.world.factory.session(client.world.seed.tenant.id) as db:
            key = db.get_one(ApiKey, (client.world.seed.tenant.id, client.headers["X-API-Key"]))
            assert key.last_used_at is not None

    def test_the_secret_is_nowhere_in_the_database(self, client: Client) -> None:
        with client.world.factory.session(client.world.seed.tenant.id) as db:
            key = db.get_one(ApiKey, (client.world.seed.tenant.id, client.headers["X-API-Key"]))
            assert client.headers["X-API-Secret"].encode() not in key.secret_hash
            service = ApiKeyService(db, client.world.seed.tenant)
            assert service.verify(key.public_id, client.headers["X-API-Secret"]) is key


class TestTwoDoors:
    """Browsers and programs do not use each other's credentials."""

    @pytest.mark.parametrize("first", ["cleo", "ben", "ada"])
    def test_a_browser_is_nobody_here(self, world: World, first: str) -> None:
        world.ticket(by="cleo")
        for path in ("/api/v2/tickets", "/api/v2/tickets/1"):
            world.browser(first).get(world.url(path), status=401)

    @pytest.mark.parametrize("path", ["/", "/tickets", "/tickets/1", "/people", "/settings"])
    def test_a_program_is_nobody_on_pages(self, client: Client, path: str) -> None:
        client.world.ticket()
        url = client.world.url(path)
        response: Any = client.http.get(
            url, headers={**client.headers, "Accept": "text/html"}, expect_errors=True
        )
        assert response.status_int in (303, 404)
        if response.status_int == 303:
            assert "/login" in response.location

    def test_both_at_once(self, client: Client) -> None:
        """A browser with a key in its hands is still the browser on pages, the key here."""
        client.world.ticket()
        browser = client.world.browser("dora")
        seen = browser.get(client.world.url("/api/v2/tickets/1"), headers=client.headers)
        assert seen.json["data"]["ticket"]["id"] == 1
        browser.get(
            client.world.url("/tickets/1"),
            headers={**client.headers, "Accept": "text/html"},
            status=404,
        )
