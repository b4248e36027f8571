"""A test sign-in: an admin tries the draft of the settings with the company's real login.

The admin's browser is marked and sent to the draft's own login link. The token that comes back
is judged by the draft, with the keys that are in force. Nobody is signed in, nothing is used up,
made, counted or written to the sign-in log: what is kept is what each check saw, with the draft.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from sqlalchemy import update
from sqlalchemy.orm import Session

from portal.db.session import separate_transaction
from portal.security import cookies
from portal.security.permissions import Permission
from portal.signin import held
from portal.signin.attempts import SIGNED_IN
from portal.signin.codes import Step
from portal.signin.configuration import Configuration
from portal.signin.drafts import Drafts, Proposal
from portal.signin.models import SsoDraft
from portal.signin.pending import PendingLogins, Started
from portal.signin.pipeline import Judged, Pipeline, Visit
from portal.signin.refusals import Refusal
from portal.signin.remote_login import remote_login_of
from portal.signin.requests import give_back
from portal.signin.settings_service import SignInSettings
from portal.signin.settings_values import OF_TENANT, as_config, fingerprint
from portal.signin.trace import Trace, stored
from portal.tenants.audit import AuditLog
from portal.web.redirects import SafeURL, page, see_other


@dataclass(frozen=True, slots=True)
class Trial:
    """A test sign-in that the request's browser has under way."""

    started: Started
    #: None: the draft is gone.
    proposal: Proposal | None

    @property
    def browser(self) -> Visit:
        """As whom the token is judged: a visitor who is not signed in, and who set out from the
        sign-in page."""
        started = self.started
        return Visit(None, started.target, started.state_hash, started.nonce_hash)


def judge_by(request: Request, proposal: Proposal) -> None:
    """For the rest of the request, the sign-in settings are the draft's; the keys stay."""
    request.sign_in_configuration = Configuration(
        as_config(proposal.values),
        request.sign_in_configuration.keys,
        {name: proposal.values[name] for name in OF_TENANT},
    )


def departure_url(request: Request, *, state: str = "", nonce: str = "") -> SafeURL | None:
    """Where the draft sends people to log in, once the request is judged by it; None: nowhere."""
    remote = remote_login_of(request)
    return remote.departure_url(request, "", state=state, nonce=nonce) if remote else None


def start(request: Request, proposal: Proposal) -> SafeURL | None:
    """Mark the admin's browser, and give where it is to go; None where the draft has no login."""
    judge_by(request, proposal)
    state, nonce = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    url = departure_url(request, state=state, nonce=nonce)
    if url is not None:
        PendingLogins(request.db, request.tenant).start(
            cookies.visitor(request), "", state=state, nonce=nonce, tries_draft=True
        )
    return url


def look_for(request: Request) -> None:
    """Set `request.sign_in_trial` where an admin's browser comes back from a test, and judge the
    request by the draft."""
    visitor = cookies.read(request)
    if visitor is None or request.sign_in_trial is not None:
        return
    if not request.has_permission(Permission.ADMINISTER, request.context_tenant):
        return
    started = PendingLogins(request.db, request.tenant).find(visitor, tries_draft=True)
    if started is None:
        return
    proposal = Drafts(
        SignInSettings(request.db, request.tenant, _audit(request, request.db))
    ).find()
    request.sign_in_trial = Trial(started, proposal)
    if proposal is not None:
        judge_by(request, proposal)


def passed(request: Request, pipeline: Pipeline, judged: Judged) -> HTTPSeeOther:
    """The token passed every check: keep what would have happened. Raises ``Refusal``."""
    _rehearse(request, pipeline, judged)
    outcome = {
        "code": SIGNED_IN,
        "role": judged.role.value,
        "new": judged.user is None,
        "target": _path(judged.target, request.absolute(request.context_tenant)),
    }
    _keep(request, request.db, outcome)
    return _to_result(request)


def refused(request: Request, refusal: Refusal) -> HTTPSeeOther:
    """The token was refused: keep why. Nothing else of the request is kept."""
    checks = request.sign_in_attempt.trace.as_json()
    if refusal.hint is not None and checks:
        checks[-1]["hint"] = stored(refusal.hint)
    give_back(request)
    with separate_transaction(request) as db, db.begin():
        _keep(request, db, {"code": refusal.code.value, "checks": checks})
    return _to_result(request)


def _rehearse(request: Request, pipeline: Pipeline, judged: Judged) -> None:
    """What only making or changing the account shows, such as a project that does not exist."""
    trace: Trace = request.sign_in_attempt.trace
    known = len(trace.checks)
    with trace.step(Step.PERSON):
        pipeline.rehearse(judged)
    # It passed, and was checked before: once in the list is enough.
    del trace.checks[known:]


def _keep(request: Request, db: Session, outcome: Mapping[str, Any]) -> None:
    """Write the result to the draft, close the test, and say so in the audit log."""
    trial: Trial = request.sign_in_trial
    PendingLogins(db, request.tenant).take(cookies.read(request), tries_draft=True)
    if trial.proposal is None:
        return
    trace: Trace = request.sign_in_attempt.trace
    result = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "by": request.identity.name,
        "fingerprint": fingerprint(trial.proposal.values),
        "checks": trace.as_json(),
        "notices": [notice.value for notice in trace.notices],
        "dialect": trace.dialect,
        "key_id": trace.key_id,
        "masked_email": trace.masked_email,
        "user_id": trace.user_id,
        **outcome,
    }
    db.execute(
        update(SsoDraft)
        .where(SsoDraft.tenant_id == request.tenant.id)
        .values(test=result)
        .execution_options(synchronize_session=False)
    )
    details = {"result": [None, result["code"]]}
    _audit(request, db).record("signin.draft_tested", "", details)


def _to_result(request: Request) -> HTTPSeeOther:
    """The token's address is left at once, also where the token waited for the browser's cookies:
    it was not used up, and must not sign anybody in afterwards."""
    held.let_go(request)
    url = page(request, request.context_tenant, "settings", "sign-in", "tested")
    return see_other(request, url, sensitive=True)


def _audit(request: Request, db: Session) -> AuditLog:
    return AuditLog(db, request.tenant, request.identity, request.remote_addr)


def _path(target: SafeURL | None, home: str) -> str:
    """Where somebody would arrive, without what a query may carry; empty: the home page."""
    parts = urlsplit(target or home)
    url = f"{parts.scheme}://{parts.netloc}{parts.path}"
    return "" if url.rstrip("/") == home.rstrip("/") else url[:300]


def includeme(config: Configurator) -> None:
    """Give requests `sign_in_trial`: None, but for the return from a test sign-in."""
    config.add_request_method(lambda request: None, "sign_in_trial", reify=True)
