"""OpenID Connect Back-Channel Logout 1.0: clients are told that a session ended.

A session ends in many ways: its owner signs out, ends it from another browser, an admin disables
the account or a leaked key, or its time is up. So nobody has to say so: whatever deletes a session
makes a job in the same transaction, and the job looks which grants have lost theirs. A rollback
leaves session and grants as they were, and tells nobody. What only ran out is noticed by the
periodic job.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

import structlog
from pyramid.config import Configurator
from sqlalchemy import bindparam, event, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import ORMExecuteState, Session

from portal.db import TenantSession
from portal.issuer.addresses import issuer_of
from portal.issuer.claims import subject_of
from portal.issuer.idtoken import logout_token, session_id
from portal.issuer.keys import IssuerKeys
from portal.issuer.models import IssuerClient, IssuerGrant, IssuerLogout
from portal.issuer.tokens import session_goes_on
from portal.jobs import JobRun, Retry, Task, enqueue
from portal.outgoing import REGISTRY_KEY, OutgoingClient, OutgoingFailed, OutgoingRefused
from portal.people.models import User
from portal.security.models import Session as PortalSession
from portal.security.secrets import secret_box

NOTICE = Task("issuer.notice_ended_sessions")
#: Half a minute, a minute and a half, … : nine hours in all.
DELIVER = Task("issuer.deliver_logout_token", retry=Retry(attempts=8, first=30))

#: Seconds that a client may take, and bytes that it may say.
PATIENCE, LIMIT = 10.0, 64 * 1024
#: 2.8: 200, or the 204 that some frameworks make of it.
_TAKEN = (200, 204)
#: 2.8: the client could not do what it was told. The same again would not change that.
_REFUSED = 400
_SHOWN = 10
#: The tenant's clients that want to be told.
_TOLD = select(IssuerClient.client_id).where(
    IssuerClient.tenant_id == bindparam("tenant_id"),
    IssuerClient.backchannel_logout_uri != "",
    IssuerClient.disabled_at.is_(None),
)

log = structlog.get_logger("portal.issuer")


class NotDelivered(Exception):
    """The client did not take the logout token; it is sent again later."""


def notice(run: JobRun) -> None:
    """Job: end the grants whose session is over, and tell the clients that want to know."""
    with run.transaction() as db:
        ended = _end_grants(db, run.tenant_id)
        for client_id, session_number, user_id in ended:
            logout_id = db.scalar(
                insert(IssuerLogout)
                .values(
                    tenant_id=run.tenant_id,
                    client_id=client_id,
                    session_number=session_number,
                    user_id=user_id,
                )
                .on_conflict_do_nothing()
                .returning(IssuerLogout.id)
            )
            if logout_id is not None:
                enqueue(db, DELIVER, logout_id=logout_id)


def _end_grants(db: Session, tenant_id: int | None) -> set[tuple[str, int, int]]:
    """Revoke the grants that have lost their session: client, session and user of those whose
    client is to be told.

    None of our refresh tokens outlives its session, since there is no `offline_access` (2.7).
    """
    now = datetime.now(UTC)
    ended = db.execute(
        update(IssuerGrant)
        .where(
            IssuerGrant.tenant_id == tenant_id,
            IssuerGrant.session_ended_at.is_(None),
            ~session_goes_on(),
        )
        .values(session_ended_at=now, revoked_at=func.coalesce(IssuerGrant.revoked_at, now))
        .returning(IssuerGrant.client_id, IssuerGrant.session_number, IssuerGrant.user_id)
        .execution_options(synchronize_session=False)
    ).all()
    told = set(db.scalars(_TOLD, {"tenant_id": tenant_id}))
    return {(client, session, user) for client, session, user in ended if client in told}


def deliver(run: JobRun, *, logout_id: int) -> None:
    """Job: send one logout token. Raises NotDelivered when it is to be sent again."""
    with run.transaction() as db:
        made = _make(run, db, logout_id)
    if made is None:
        return
    url, token = made
    outgoing: OutgoingClient = run.registry[REGISTRY_KEY]
    status: int | None = None
    refused = False
    try:
        answer = outgoing.post(url, form={"logout_token": token}, limit=LIMIT, seconds=PATIENCE)
        status = answer.status
    except OutgoingRefused:
        refused = True
    except OutgoingFailed as failure:
        log.info("logout_not_delivered", reason=str(failure))
    if status in _TAKEN:
        state = "delivered"
    elif refused or status == _REFUSED:
        state = "refused"
    else:
        state = "failed" if run.is_last else "waiting"
    with run.transaction() as db:
        db.execute(
            update(IssuerLogout)
            .where(IssuerLogout.tenant_id == run.tenant_id, IssuerLogout.id == logout_id)
            .values(
                state=state,
                status=status,
                attempts=IssuerLogout.attempts + 1,
                attempted_at=datetime.now(UTC),
            )
        )
    if state in ("waiting", "failed"):
        raise NotDelivered(f"status {status}")


def _make(run: JobRun, db: TenantSession, logout_id: int) -> tuple[str, str] | None:
    """Where a logout token goes, and the token: made now, so that each attempt's is fresh. None
    when it needs not go any more."""
    tenant = run.tenant(db)
    row = db.get(IssuerLogout, (tenant.id, logout_id))
    if row is None or row.state != "waiting":
        return None
    client = db.get_one(IssuerClient, (tenant.id, row.client_id))
    if client.disabled_at is not None or not client.backchannel_logout_uri:
        row.state = "dropped"
        return None
    keys = IssuerKeys(db, tenant, secret_box(run.settings))
    token = logout_token(
        keys.signing_key(),
        issuer=issuer_of(db, tenant, run.settings.origin),
        client_id=client.client_id,
        subject=subject_of(row.user_id),
        sid=session_id(tenant.id, row.session_number),
    )
    return client.backchannel_logout_uri, token


def send_again(db: Session, row: IssuerLogout) -> None:
    """Send one once more, with all attempts, whatever became of it so far."""
    row.state = "waiting"
    enqueue(db, DELIVER, logout_id=row.id)


def recent(
    db: Session, tenant_id: int, client_id: str
) -> Sequence[tuple[IssuerLogout, str | None]]:
    """The newest of a client's, each with the name of the person, if they are still known."""
    return [
        (row, name)
        for row, name in db.execute(
            select(IssuerLogout, User.name)
            .outerjoin(
                User, (User.tenant_id == IssuerLogout.tenant_id) & (User.id == IssuerLogout.user_id)
            )
            .where(IssuerLogout.tenant_id == tenant_id, IssuerLogout.client_id == client_id)
            .order_by(IssuerLogout.id.desc())
            .limit(_SHOWN)
        )
    ]


def watch_sessions(state: ORMExecuteState) -> None:
    """Listens to the statements of the application's sessions: what deletes a browser's session
    makes a job.

    Here, and not in each of the dozen places that end sessions, so that none can be forgotten.
    """
    mapper = state.bind_mapper if state.is_delete else None
    tenant_id = state.session.info.get("tenant_id")
    if mapper is None or mapper.class_ is not PortalSession or tenant_id is None:
        return
    if state.session.scalar(_TOLD.limit(1), {"tenant_id": tenant_id}) is not None:
        enqueue(state.session, NOTICE)


def includeme(config: Configurator) -> None:
    """The jobs, and what makes them."""
    config.add_job(DELIVER, deliver)
    config.add_periodic_job(NOTICE, notice, "*/10 * * * *")
    event.listen(config.registry["db.sessionmaker"], "do_orm_execute", watch_sessions)
