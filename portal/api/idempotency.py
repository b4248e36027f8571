"""A call that is sent twice is done once: `Idempotency-Key`.

As in draft-ietf-httpapi-idempotency-key-header-07: the same key with the same body gives the
first answer again, with another body 422. A call that comes while the first is still in work
waits for it. Only successes are kept: what was refused did nothing and may be tried again.
"""

import hashlib
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.response import Response
from sqlalchemy import delete, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert

from portal.api.errors import ApiError
from portal.api.models import IdempotentRequest
from portal.security.identity import ApiClient
from portal.web.i18n import N_

HEADER = "Idempotency-Key"
KEPT_FOR = timedelta(hours=24)
#: A structured string in quotation marks, as the draft has it, or the same without them.
_SHAPE = re.compile(r'"([\x20\x21\x23-\x5b\x5d-\x7e]{1,255})"|([\x21\x23-\x5b\x5d-\x7e]{1,255})')
_AT_ONCE = 50


def once(
    request: Request, client: ApiClient, work: Callable[[], tuple[int, dict[str, Any]]]
) -> Response:
    """The answer of ``work`` (status and body), or the one that it gave to this key before.

    Raises ``ApiError``: 400 for a key that is none, 422 for one that came with something else.
    """
    value = request.headers.get(HEADER)
    if value is None:
        status, body = work()
        return Response(json_body=body, status=status)
    earlier = _claim(request, client, key := _key_hash(value))
    if earlier is None:
        status, body = work()
        _keep(request, client, key, status, body)
        return Response(json_body=body, status=status)
    if earlier.fingerprint != _fingerprint(request):
        raise ApiError(
            422,
            "idempotency_key_reused",
            N_("This Idempotency-Key came with another body before. Use a new one for each call."),
        )
    response = Response(json_body=earlier.answer, status=earlier.status)
    response.headers["Idempotency-Replayed"] = "true"
    return response


def _key_hash(value: str) -> bytes:
    match = _SHAPE.fullmatch(value.strip())
    if match is None:
        raise ApiError(
            400,
            "idempotency_key_malformed",
            N_("Send 1 to 255 visible ASCII characters as the Idempotency-Key, such as a UUID."),
        )
    return hashlib.sha256((match[1] or match[2]).encode("ascii")).digest()


def _fingerprint(request: Request) -> bytes:
    return hashlib.sha256(f"{request.method} {request.path}\0".encode() + request.body).digest()


def _claim(request: Request, client: ApiClient, key: bytes) -> IdempotentRequest | None:
    """Take the key for this call; or the call that has it. Waits for one that is in work."""
    now = datetime.now(UTC)
    tenant_id: int = request.tenant.id
    _sweep(request, now)
    values = {
        "fingerprint": _fingerprint(request),
        "status": None,
        "answer": None,
        "created_at": now,
        "expires_at": now + KEPT_FOR,
    }
    taken = request.db.execute(
        insert(IdempotentRequest)
        .values(tenant_id=tenant_id, public_id=client.key_id, key_hash=key, **values)
        .on_conflict_do_update(
            index_elements=["tenant_id", "public_id", "key_hash"],
            set_=values,
            where=IdempotentRequest.expires_at <= now,
        )
        .returning(IdempotentRequest.key_hash)
    ).first()
    if taken is not None:
        return None
    found: IdempotentRequest = request.db.get_one(
        IdempotentRequest, (tenant_id, client.key_id, key)
    )
    return found


def _sweep(request: Request, now: datetime) -> None:
    """Clear some of the tenant's old keys away, passing over those that others hold."""
    key = IdempotentRequest.__mapper__.primary_key
    stale = (
        select(*key)
        .where(
            IdempotentRequest.tenant_id == request.tenant.id, IdempotentRequest.expires_at <= now
        )
        .limit(_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    request.db.execute(
        delete(IdempotentRequest)
        .where(tuple_(*key).in_(stale))
        .execution_options(synchronize_session=False)
    )


def _keep(
    request: Request, client: ApiClient, key: bytes, status: int, body: dict[str, Any]
) -> None:
    request.db.execute(
        update(IdempotentRequest)
        .where(
            IdempotentRequest.tenant_id == request.tenant.id,
            IdempotentRequest.public_id == client.key_id,
            IdempotentRequest.key_hash == key,
        )
        .values(status=status, answer=body)
        .execution_options(synchronize_session=False)
    )


def includeme(config: Configurator) -> None:
    """Requests that nobody repeats any more are removed also where no other follows."""
    config.add_sweep(IdempotentRequest, lambda now, _: IdempotentRequest.expires_at <= now)
