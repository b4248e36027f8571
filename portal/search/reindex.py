"""A tenant that changes its language has its words indexed anew, a few at a time, by a job.

Until it is done, words that were indexed before are found by their old forms. Nothing is locked
for longer than a batch takes.
"""

from typing import Any

from pyramid.config import Configurator
from sqlalchemy import event, inspect, text

from portal.db import TenantSession
from portal.jobs import JobRun, Task, enqueue
from portal.tenants.models import Tenant

REINDEX = Task("search.reindex", priority=-10)
#: Entries of one transaction: about a second's work.
BATCH = 500

#: Under this name a session remembers that its tenant's language changed.
_CHANGED = "search.language_changed"

_BATCH = text(
    """
    with stale as (
      select e.ticket_number, e.message_id from search_entries e
      where e.tenant_id = :tenant and e.locale <> :locale
      limit :batch for update skip locked
    )
    update search_entries e set words = d.words, codes = d.codes, locale = :locale
    from stale
    join tickets t on t.tenant_id = :tenant and t.number = stale.ticket_number
    left join messages m on m.tenant_id = :tenant and m.id = stale.message_id
    cross join lateral search_document(:locale, t.subject, coalesce(m.body, '')) d
    where e.tenant_id = :tenant
      and e.ticket_number = stale.ticket_number and e.message_id = stale.message_id
    """
)


def reindex(run: JobRun) -> None:
    """Index anew whatever was indexed in another language than the tenant's."""
    changed = BATCH
    while changed:
        with run.transaction() as db:
            tenant = run.tenant(db)
            values = {"tenant": tenant.id, "locale": tenant.locale, "batch": BATCH}
            result: Any = db.execute(_BATCH, values)
            changed = result.rowcount


def _notice(session: TenantSession, _context: object) -> None:
    """Whoever changes the language, a page or a tenant file, makes the job with it."""
    for each in session.dirty:
        if (
            isinstance(each, Tenant)
            and each.id == session.tenant_id
            and inspect(each).attrs.locale.history.has_changes()
        ):
            session.info[_CHANGED] = True


def _enqueue(session: TenantSession) -> None:
    """At the commit: a job cannot be made within a flush."""
    session.flush()
    if session.info.pop(_CHANGED, False):
        enqueue(session, REINDEX, queueing_lock=REINDEX.name)


def includeme(config: Configurator) -> None:
    """The job, and what makes one."""
    config.add_job(REINDEX, reindex)
    for moment, listener in (("after_flush", _notice), ("before_commit", _enqueue)):
        if not event.contains(TenantSession, moment, listener):
            event.listen(TenantSession, moment, listener)
