"""The browser of a request: signed in, given a new id, signed out."""

from collections.abc import Sequence

from pyramid.request import Request

from portal.people.models import User
from portal.security import cookies
from portal.security.models import Session
from portal.security.sessions import Lifetime, SessionService


def start_session(
    request: Request,
    user: User,
    lifetime: Lifetime,
    *,
    authenticator: str,
    key_id: str | None = None,
    methods: Sequence[str] = (),
    proven: bool = False,
) -> Session:
    """Sign the request's browser in under a new id, ending the session it had.

    Who was signed in as the same person goes on: whoever comes from the company's site for the
    second time that day is not signed out at the other sites.
    """
    service = SessionService(request.db, request.tenant)
    number = None
    if (former := request.session_record) is not None:
        service.end(former)
        number = former.number if former.user_id == user.id else None
    value = cookies.new_value()
    cookies.send(request, value)
    return service.create(
        user,
        value,
        lifetime,
        authenticator=authenticator,
        key_id=key_id,
        methods=methods,
        # Not client_addr: WebOb takes that from a header which any client can send.
        ip=request.remote_addr or "",
        user_agent=request.user_agent or "",
        proven=proven,
        number=number,
    )


def renew_session(request: Request) -> None:
    """Give the request's signed-in browser a new id, and its session no key: see
    `SessionService.renew`."""
    value = cookies.new_value()
    cookies.send(request, value)
    request.session_record = SessionService(request.db, request.tenant).renew(
        request.session_record, value
    )


def end_session(request: Request) -> None:
    """Sign the request's browser out and give it a new value, so that nothing is shared."""
    if request.session_record is not None:
        SessionService(request.db, request.tenant).end(request.session_record)
    cookies.send(request, cookies.new_value())
