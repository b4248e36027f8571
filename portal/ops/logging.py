"""Structured logs: readable on a terminal, JSON lines in production, never a secret in either.

The standard library's loggers (waitress, SQLAlchemy, alembic) end in the same place, in the same
shape, through the same redaction.
"""

import json
import logging
import re
import sys
from collections.abc import Mapping
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

REDACTED = "[redacted]"

#: Keys whose values are secrets or, for the length of a sign-in, as good as one. Not `code`: as a
#: key of ours that is the name of an error.
SECRET_KEYS = frozenset(
    {
        "api_key",
        "authorization",
        "cookie",
        "csrf_token",
        "former_secret_keys",
        "id_token",
        "jwt",
        "password",
        "private_key",
        "secret",
        "secret_key",
        "session_id",
        "set_cookie",
        "ssotoken",
        "token",
        "x_api_key",
        "x_api_secret",
    }
)

_PARAMETERS = "token|jwt|id_token|ssotoken|password|secret|csrf_token|code|uuid"

#: `token=…` in a query, a form body or a URL nested in another (`%3Ftoken%3D…`).
_PARAMETER = re.compile(
    rf"(?i)(?:(?<![a-z0-9_])|(?<=%3F)|(?<=%26))((?:{_PARAMETERS})(?:=|%3D))"
    r"(?:(?!%26)[^&\s\"'<>#;,)])+"
)
#: A JWT by its shape, wherever it stands: three parts, of which the first is a JSON object's.
_JWT = re.compile(r"eyJ[A-Za-z0-9_-]{6,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*")
_BEARER = re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{6,}")
#: A link that sets a password: its path ends in the token.
_INVITATION = re.compile(r"(/invitation/)[A-Za-z0-9_-]+")
#: The password of a URL.
_USERINFO = re.compile(r"(://[^/\s:@]*:)[^/\s@]+@")


def configure(style: str, level: str, stream: TextIO = sys.stderr) -> None:
    """Send all logs to a stream: `style` is "console" or "json", `level` a name such as "info"."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        _clock(style),
        # Tracebacks become text before the redaction, and hold no local variables.
        structlog.processors.format_exc_info,
    ]
    render: Processor
    if style == "json":
        render = structlog.processors.JSONRenderer(serializer=_json)
    else:
        render = structlog.dev.ConsoleRenderer(
            colors=stream.isatty(), sort_keys=False, pad_event_to=0
        )
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, redact, render],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    # It warns of every request that waits for a thread; the requests' own times tell that.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    logging.captureWarnings(True)


def _clock(style: str) -> Processor:
    """The whole instant for machines; for somebody who watches, the time of day."""
    if style == "json":
        return structlog.processors.TimeStamper(fmt="iso", utc=True)
    return structlog.processors.TimeStamper(fmt="%H:%M:%S", utc=False)


def redact(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """A structlog processor: takes secrets out of the event's values, however deep they are."""
    return {key: _redacted(key, value) for key, value in event.items()}


def _redacted(key: str, value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    if key.lower().replace("-", "_") in SECRET_KEYS:
        return REDACTED
    if isinstance(value, Mapping):
        return {inner: _redacted(str(inner), item) for inner, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_redacted("", item) for item in value]
    return redact_text(value if isinstance(value, str) else str(value))


def redact_text(text: str) -> str:
    """A text without the tokens, passwords and credentials in it."""
    text = _JWT.sub(REDACTED, text)
    text = _BEARER.sub(rf"\1 {REDACTED}", text)
    text = _PARAMETER.sub(rf"\1{REDACTED}", text)
    text = _INVITATION.sub(rf"\1{REDACTED}", text)
    return _USERINFO.sub(rf"\1{REDACTED}@", text)


def _json(event: EventDict, **_options: Any) -> str:
    return json.dumps(event, ensure_ascii=False, default=str)
