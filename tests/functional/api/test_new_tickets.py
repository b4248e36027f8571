"""`POST api/v2/tickets`: the tenant's backend opens a ticket for one of its people."""

import json
import threading
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import func, select, update
from webtest.response import TestResponse

from portal.api.models import IdempotentRequest
from portal.people.models import Identity, User
from portal.tickets.models import Ticket
from tests.factories import World
from tests.functional.api.conftest import Client
from tests.functional.signin.conftest import Site

#: The body of the sample in the vendor's guide.
SAMPLE = {
    "email": "user@example.com",
    "name": "John Doe",
    "external_user_id": "12345",
    "title": "Login Issue",
    "description": "Cannot login to the system",
    "priority": "high",
}
PATH = "/v2/tickets"


def new_key() -> dict[str, str]:
    return {"Idempotency-Key": str(uuid.uuid4())}


def tickets_of(world: World) -> int:
    with world.factory.session(world.seed.tenant.id) as db:
        own = select(func.count()).select_from(Ticket)
        return db.scalar(own.where(Ticket.tenant_id == world.seed.tenant.id)) or 0


class TestTheAnswer:
    def test_of_the_sample(self, writer: Client) -> None:
        answer = writer.post(PATH, SAMPLE, status=201)
        home = f"http://localhost{writer.world.url()}"
        assert answer.headers["Location"] == f"{home}tickets/1"
        body = answer.json
        assert set(body) == {"success", "data"}
        assert body["success"] is True
        data = body["data"]
        assert set(data) == {"ticket", "ticket_url", "user", "sso_redirect"}
        ticket = data["ticket"]
        assert (ticket["id"], ticket["title"], ticket["priority"]) == (1, "Login Issue", "high")
        assert ticket["status"] == "new"
        seen = writer.get("/tickets/1").json["data"]["ticket"]
        assert seen.pop("replies")[0]["body"] == "Cannot login to the system"
        assert ticket == seen
        assert data["ticket_url"] == f"{home}tickets/1"
        assert set(data["user"]) == {"id", "name", "email", "external_user_id"}
        assert data["user"]["name"] == "John Doe"
        assert data["user"]["email"] == "user@example.com"
        assert data["user"]["external_user_id"] == "12345"
        redirect = data["sso_redirect"]
        assert redirect["callback_url"] == f"{home}auth/callback"
        assert redirect["instructions"].startswith("Generate a JWT with the payload below")
        assert redirect["jwt_payload"] == {
            "email": "user@example.com",
            "name": "John Doe",
            "role": "user",
            "redirect_url": "/tickets/1",
            "iat": "(current unix timestamp)",
            "exp": "(current unix timestamp + 120)",
            "jti": "(unique id)",
        }

    def test_the_payload_signs_its_requester_in_at_the_ticket(
        self, writer: Client, site: Site
    ) -> None:
        payload = writer.post(PATH, SAMPLE, status=201).json["data"]["sso_redirect"]["jwt_payload"]
        browser = writer.world.anonymous()
        given = {name: payload[name] for name in ("email", "name", "role", "redirect_url")}
        arrived = site.send(browser, "/auth/callback", **given)
        assert arrived.location == f"http://localhost{writer.world.url('/tickets/1')}"
        assert "Login Issue" in browser.get(arrived.location).text

    @pytest.mark.parametrize("name", ["iat", "exp", "jti"])
    def test_a_placeholder_that_stayed_is_named(
        self, writer: Client, site: Site, name: str
    ) -> None:
        payload = writer.post(PATH, SAMPLE, status=201).json["data"]["sso_redirect"]["jwt_payload"]
        answer = site.send(writer.world.anonymous(), "/auth/callback", **{name: payload[name]})
        assert answer.status_int == 401
        line = site.last()
        assert line.code == "claim_type"
        assert "placeholder" in line.hint
        assert name in line.hint

    def test_beside_the_tenants_the_key_says_whose(self, writer: Client) -> None:
        answer = writer.http.post_json("/api/v2/tickets", SAMPLE, headers=writer.headers)
        assert answer.status_int == 201
        url = answer.json["data"]["ticket_url"]
        assert url == f"http://localhost{writer.world.url('/tickets/1')}"
        writer.http.get("/api/v2/tickets/1", headers=writer.headers, status=200)
        writer.http.get("/api/v2/tickets/1", status=401)

    def test_the_requester_finds_it(self, writer: Client) -> None:
        writer.post(PATH, {**SAMPLE, "email": "cleo@customer.test", "external_user_id": None})
        page = writer.world.browser("cleo").get(writer.world.url("/tickets/1"))
        assert "Cannot login to the system" in page.text
        ticket = writer.get("/tickets/1").json["data"]["ticket"]
        assert ticket["organisation"]["name"] == "Customer Ltd"


class TestWhose:
    def test_one_person_by_either_name(self, writer: Client) -> None:
        first = writer.post(PATH, SAMPLE).json["data"]["user"]
        by_id = {**SAMPLE, "external_user_id": 12345, "email": "other@example.com", "name": "X"}
        second = writer.post(PATH, by_id, status=201).json["data"]["user"]
        third = writer.post(PATH, {**SAMPLE, "external_user_id": None}).json["data"]["user"]
        assert first == second == third

    def test_two_people_are_a_conflict(self, writer: Client) -> None:
        writer.post(PATH, SAMPLE, status=201)
        for change in ({"email": "cleo@customer.test"}, {"external_user_id": "999"}):
            answer = writer.post(PATH, {**SAMPLE, **change}, status=409).json
            assert answer["error"]["code"] == "identity_conflict"
        assert tickets_of(writer.world) == 1

    def test_an_account_is_not_changed(self, writer: Client) -> None:
        body = {**SAMPLE, "email": "CLEO@customer.test", "name": "Mallory"}
        answer = writer.post(PATH, body, status=201).json["data"]["user"]
        assert answer["name"] == "Cleo Customer"

    def test_a_disabled_one(self, writer: Client, site: Site) -> None:
        site.change("cleo", disabled_at=datetime.now(UTC))
        body = {**SAMPLE, "email": "cleo@customer.test"}
        assert writer.post(PATH, body, status=403).json["error"]["code"] == "account_disabled"

    def test_a_desk_that_makes_no_accounts(self, writer: Client, site: Site) -> None:
        site.configure(provisioning="existing")
        assert writer.post(PATH, SAMPLE, status=403).json["error"]["code"] == "not_provisioned"
        writer.post(PATH, {**SAMPLE, "email": "cleo@customer.test"}, status=201)

    def test_eight_at_once_for_somebody_new(self, writer: Client) -> None:
        start = threading.Barrier(8)

        def call(_number: int) -> TestResponse:
            start.wait()
            return writer.post(PATH, SAMPLE, status=201)

        with ThreadPoolExecutor(8) as threads:
            answers = list(threads.map(call, range(8)))
        assert len({answer.json["data"]["user"]["id"] for answer in answers}) == 1
        assert sorted(a.json["data"]["ticket"]["id"] for a in answers) == list(range(1, 9))


class TestFields:
    @pytest.mark.parametrize(
        ("change", "names"),
        [
            ({"email": ...}, {"email"}),
            ({"email": "nobody"}, {"email"}),
            ({"email": 7}, {"email"}),
            ({"title": ...}, {"title"}),
            ({"title": "  "}, {"title"}),
            ({"title": "x" * 201}, {"title"}),
            ({"title": "two\nlines"}, {"title"}),
            ({"title": ["x"]}, {"title"}),
            ({"description": ...}, {"description"}),
            ({"description": "\0"}, {"description"}),
            ({"description": "x" * 20_001}, {"description"}),
            ({"description": {}}, {"description"}),
            ({"priority": "asap"}, {"priority"}),
            ({"priority": 1}, {"priority"}),
            ({"name": "x" * 201}, {"name"}),
            ({"name": "evil\u202eeman"}, {"name"}),
            ({"external_user_id": "x" * 256}, {"external_user_id"}),
            ({"external_user_id": True}, {"external_user_id"}),
            ({"external_user_id": 1.5}, {"external_user_id"}),
            ({"title": ..., "email": "x", "priority": "p"}, {"title", "email", "priority"}),
        ],
    )
    def test_all_that_is_wrong_is_named(
        self, writer: Client, change: dict[str, Any], names: set[str]
    ) -> None:
        body = {k: v for k, v in (SAMPLE | change).items() if v is not ...}
        answer = writer.post(PATH, body, status=422).json
        assert answer["success"] is False
        assert answer["error"]["code"] == "fields_invalid"
        assert set(answer["error"]["fields"]) == names
        assert all(name in answer["message"] for name in names)
        assert tickets_of(writer.world) == 0

    @pytest.mark.parametrize(
        ("word", "wanted"),
        [("LOW", "low"), ("medium", "normal"), ("Critical", "urgent"), ("", "normal"),
         (None, "normal")],
    )  # fmt: skip
    def test_words_for_priorities(self, writer: Client, word: str | None, wanted: str) -> None:
        answer = writer.post(PATH, {**SAMPLE, "priority": word}, status=201).json
        assert answer["data"]["ticket"]["priority"] == wanted


class TestBodies:
    def send(self, writer: Client, body: bytes, kind: str | None, status: int) -> dict[str, Any]:
        headers = {**writer.headers, **({"Content-Type": kind} if kind else {})}
        url = writer.world.url("/api/v2/tickets")
        answer: dict[str, Any] = writer.http.post(url, body, headers=headers, status=status).json
        assert set(answer) == {"success", "message", "error"}
        assert {"code", "message", "request_id"} <= set(answer["error"])
        return answer

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"null",
            b"[]",
            b'"x"',
            b"{",
            b'{"email": "a@b.test", "email": "c@d.test"}',
            b'{"x": {"y": 1, "y": 2}}',
            b'{"x": NaN}',
            b'{"x": "\\ud800"}',
            b'{"x": "\xff"}',
            b'{"x": ' + b"[" * 11 + b"]" * 11 + b"}",
            b'{"x": ' + b"[" * 100_000,
            b'{"x": ' + b"9" * 5_000 + b"}",
            b"\xef\xbb\xbf{}",
        ],
    )
    def test_not_strict_json(self, writer: Client, body: bytes) -> None:
        self.send(writer, body, "application/json", 400)

    @pytest.mark.parametrize(
        "kind",
        ["text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin-1"],
    )
    def test_another_type(self, writer: Client, kind: str) -> None:
        answer = self.send(writer, json.dumps(SAMPLE).encode(), kind, 415)
        assert answer["error"]["code"] == "media_type_not_supported"

    def test_too_large(self, writer: Client) -> None:
        self.send(writer, b'{"x": "' + b"x" * 262_144 + b'"}', "application/json", 413)

    def test_no_key_no_reading(self, writer: Client) -> None:
        url = writer.world.url("/api/v2/tickets")
        writer.http.post(url, b"{", headers={"Content-Type": "application/json"}, status=401)

    def test_the_scope(self, client: Client) -> None:
        assert client.post(PATH, SAMPLE, status=403).json["error"]["code"] == "forbidden"


class TestTwice:
    def test_the_same_call_is_done_once(self, writer: Client) -> None:
        key = new_key()
        first = writer.post(PATH, SAMPLE, headers=key, status=201)
        second = writer.post(PATH, SAMPLE, headers=key, status=201)
        assert first.json == second.json
        assert first.headers["Location"] == second.headers["Location"]
        assert "Idempotency-Replayed" not in first.headers
        assert second.headers["Idempotency-Replayed"] == "true"
        assert tickets_of(writer.world) == 1

    def test_in_quotation_marks_it_is_the_same(self, writer: Client) -> None:
        writer.post(PATH, SAMPLE, headers={"Idempotency-Key": "abc"})
        writer.post(PATH, SAMPLE, headers={"Idempotency-Key": '"abc"'}, status=201)
        assert tickets_of(writer.world) == 1

    def test_another_body(self, writer: Client) -> None:
        key = new_key()
        writer.post(PATH, SAMPLE, headers=key, status=201)
        answer = writer.post(PATH, {**SAMPLE, "title": "Other"}, headers=key, status=422).json
        assert answer["error"]["code"] == "idempotency_key_reused"

    def test_another_api_key_has_keys_of_its_own(self, writer: Client) -> None:
        key = new_key()
        writer.post(PATH, SAMPLE, headers=key, status=201)
        other = Client(writer.world, ["tickets:write"])
        assert other.post(PATH, SAMPLE, headers=key, status=201).json["data"]["ticket"]["id"] == 2

    @pytest.mark.parametrize("value", ["", " ", "x" * 256, "a\tb", '"', "ä"])
    def test_a_key_that_is_none(self, writer: Client, value: str) -> None:
        header = {"Idempotency-Key": value.encode().decode("latin-1")}
        answer = writer.post(PATH, SAMPLE, headers=header, status=400).json
        assert answer["error"]["code"] == "idempotency_key_malformed"

    def test_what_was_refused_may_be_sent_again(self, writer: Client) -> None:
        key = new_key()
        writer.post(PATH, {**SAMPLE, "title": ""}, headers=key, status=422)
        writer.post(PATH, SAMPLE, headers=key, status=201)

    def test_after_a_day_it_is_a_new_call(self, writer: Client) -> None:
        key = new_key()
        writer.post(PATH, SAMPLE, headers=key, status=201)
        tenant_id = writer.world.seed.tenant.id
        with writer.world.factory.session(tenant_id) as db:
            db.execute(update(IdempotentRequest).values(expires_at=datetime.now(UTC)))
        writer.post(PATH, SAMPLE, headers=key, status=201)
        assert tickets_of(writer.world) == 2

    def test_eight_at_once_are_one(self, writer: Client) -> None:
        start, key = threading.Barrier(8), new_key()

        def call(_number: int) -> int:
            start.wait()
            answer = writer.post(PATH, SAMPLE, headers=key)
            return int(answer.json["data"]["ticket"]["id"])

        with ThreadPoolExecutor(8) as threads:
            assert Counter(threads.map(call, range(8))) == {1: 8}
        with writer.world.factory.session(writer.world.seed.tenant.id) as db:
            for table, where in (
                (User, User.email == SAMPLE["email"]),
                (Identity, Identity.external_id == "12345"),
            ):
                assert len(db.scalars(select(table).where(where)).all()) == 1
        assert tickets_of(writer.world) == 1
