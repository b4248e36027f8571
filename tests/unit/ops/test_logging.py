"""Logs: one shape for ours and the libraries', and no secret in any of them."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from portal.ops.logging import REDACTED, configure, redact, redact_text

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJlbWFpbCI6ImNsZW9AY3VzdG9tZXIudGVzdCJ9.c2lnbmF0dXJl"


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """What a configured logger writes; the configuration is undone afterwards."""
    root = logging.getLogger()
    before = (root.handlers, root.level, structlog.get_config())
    yield io.StringIO()
    root.handlers, level, config = before
    root.setLevel(level)
    structlog.configure(**config)
    logging.captureWarnings(False)


def lines(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


@pytest.mark.parametrize(
    "name",
    ["token", "jwt", "id_token", "ssoToken", "password", "secret", "csrf_token", "code", "uuid"],
)
def test_a_secret_parameter_leaves_an_address(name: str) -> None:
    assert redact_text(f"GET /acme/jwt?{name}=tell-nobody&page=2") == (
        f"GET /acme/jwt?{name}={REDACTED}&page=2"
    )
    assert "tell-nobody" not in redact_text(f"https://a.test/?page=2&{name}=tell-nobody")
    assert "tell-nobody" not in redact_text(f"{name}=tell-nobody")
    nested = f"/login?next=https%3A%2F%2Fa.test%2Fjwt%3F{name}%3Dtell-nobody%26page%3D2"
    assert redact_text(nested) == (
        f"/login?next=https%3A%2F%2Fa.test%2Fjwt%3F{name}%3D{REDACTED}%26page%3D2"
    )


@pytest.mark.parametrize(
    "text",
    ["/tickets?q=token", "postcode=12345", "the password is wrong", "barcode=1", "tokens=3", ""],
)
def test_other_text_stays(text: str) -> None:
    assert redact_text(text) == text


def test_a_jwt_is_known_by_its_shape() -> None:
    assert redact_text(f"cannot read {JWT}: expired") == f"cannot read {REDACTED}: expired"


def test_credentials_leave_headers_and_urls() -> None:
    assert redact_text("Authorization: Bearer abcdef123456") == f"Authorization: Bearer {REDACTED}"
    assert redact_text("postgresql://portal_app:hush@db/portal") == (
        f"postgresql://portal_app:{REDACTED}@db/portal"
    )


@pytest.mark.parametrize(
    "key", ["password", "Set-Cookie", "Authorization", "X-API-Secret", "csrf_token", "secret_key"]
)
def test_a_secret_key_loses_its_value(key: str) -> None:
    assert redact(None, "info", {key: "hush"}) == {key: REDACTED}
    assert redact(None, "info", {"form": {key: ["hush", "hush"]}}) == {"form": {key: REDACTED}}


def test_redaction_reaches_into_what_is_nested() -> None:
    event = {"event": "in", "seen": [{"url": f"/jwt?token={JWT}"}, ("code=abc",)], "n": 3}

    assert redact(None, "info", event) == {
        "event": "in",
        "seen": [{"url": f"/jwt?token={REDACTED}"}, [f"code={REDACTED}"]],
        "n": 3,
    }


def test_numbers_truth_and_nothing_keep_their_types() -> None:
    event = {"event": "e", "status": 200, "ms": 1.5, "ok": True, "tenant": None}

    assert redact(None, "info", dict(event)) == event


def test_json_lines_hold_context_and_time(stream: io.StringIO) -> None:
    configure("json", "info", stream)
    with structlog.contextvars.bound_contextvars(reference="K7Q2-9FXM"):
        structlog.get_logger("portal.request").info("request", path="/jwt?token=abc", status=303)

    (line,) = lines(stream)
    assert line["event"] == "request"
    assert line["reference"] == "K7Q2-9FXM"
    assert line["path"] == f"/jwt?token={REDACTED}"
    assert line["status"] == 303
    assert line["level"] == "info"
    assert line["logger"] == "portal.request"
    assert str(line["timestamp"]).endswith("Z")


def test_a_library_logs_in_the_same_shape(stream: io.StringIO) -> None:
    configure("json", "info", stream)
    logging.getLogger("waitress").warning("odd request %s", "/?jwt=abc")

    (line,) = lines(stream)
    assert line["event"] == f"odd request /?jwt={REDACTED}"
    assert (line["logger"], line["level"]) == ("waitress", "warning")


def test_a_traceback_is_redacted_and_shows_no_local_variables(stream: io.StringIO) -> None:
    configure("json", "info", stream)
    held = "local-secret-value"
    try:
        raise ValueError(f"no key for token={JWT}")
    except ValueError:
        structlog.get_logger("portal.errors").exception("failed")

    (line,) = lines(stream)
    assert "Traceback" in str(line["exception"])
    assert f"token={REDACTED}" in str(line["exception"])
    assert JWT not in stream.getvalue()
    assert held not in stream.getvalue()


def test_the_console_redacts_too(stream: io.StringIO) -> None:
    configure("console", "info", stream)
    structlog.get_logger("portal").warning("refused", url="/jwt?token=abc", password="hush")

    assert "refused" in stream.getvalue()
    assert "abc" not in stream.getvalue()
    assert "hush" not in stream.getvalue()


def test_the_level_is_kept(stream: io.StringIO) -> None:
    configure("json", "warning", stream)
    structlog.get_logger("portal").info("quiet")
    logging.getLogger("sqlalchemy").info("quiet")

    assert not stream.getvalue()
