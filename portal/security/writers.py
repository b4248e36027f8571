"""Forms that outlive the session they were made in, and go with one press after signing in again.

A CSRF token hangs on the browser's cookie, which is new after every sign-in. A form in which
somebody writes also says whose it is: a mark made of the master key, the tenant, the person, the
form's own key and the time. Only that person was ever shown it, so another site cannot know it any
more than the token; and it is worth nothing in anybody else's session, in another form, or later.
"""

import hashlib
import hmac
import re
from datetime import UTC, datetime, timedelta

from pyramid.config import Configurator
from pyramid.request import Request

from portal.security.identity import Identity

#: The fields of a form: its mark, and the key that tells it from any other form.
WRITER = "writer"
FORM_KEY = "form_key"
#: So long a mark stands in for the token of the browser.
LASTS = timedelta(hours=24)

_SHAPE = re.compile(r"([0-9]{1,12})\.([0-9a-f]{64})", re.ASCII)


def writer_mark(request: Request, form_key: str) -> str:
    """The mark of a form of whoever is signed in; "" for nobody."""
    if not isinstance(request.identity, Identity):
        return ""
    at = int(datetime.now(UTC).timestamp())
    return f"{at}.{_mac(request, request.registry['portal.settings'].secret_key, form_key, at)}"


def is_writers(request: Request) -> bool:
    """Whether the form that was posted is of the person who is signed in now, however old."""
    return _made_at(request) is not None


def stands_in(request: Request) -> bool:
    """Whether the form's mark counts like the token of this browser."""
    at = _made_at(request)
    return at is not None and datetime.now(UTC) - at <= LASTS


def _made_at(request: Request) -> datetime | None:
    """When the form was made for the person who posts it; None when it was not."""
    if not isinstance(request.identity, Identity):
        return None
    try:
        mark, form_key = request.POST.get(WRITER), request.POST.get(FORM_KEY)
    except ValueError:  # a broken boundary; bytes that are no UTF-8
        return None
    found = _SHAPE.fullmatch(mark) if isinstance(mark, str) else None
    if found is None or not isinstance(form_key, str):
        return None
    at, settings = int(found[1]), request.registry["portal.settings"]
    matches = [
        hmac.compare_digest(_mac(request, key, form_key, at), found[2])
        for key in (settings.secret_key, *settings.former_secret_keys)
    ]
    return datetime.fromtimestamp(at, UTC) if any(matches) else None


def _mac(request: Request, key: bytes, form_key: str, at: int) -> str:
    parts = ("writer", request.tenant.slug, str(request.identity.user_id), str(at), form_key)
    return hmac.new(key, ":".join(parts).encode("utf-8", "replace"), hashlib.sha256).hexdigest()


def includeme(config: Configurator) -> None:
    """`request.writer_mark(form_key)`, for the forms in which somebody writes."""
    config.add_request_method(writer_mark, "writer_mark")
