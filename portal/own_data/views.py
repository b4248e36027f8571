"""Downloading one's own data."""

from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from portal.own_data.archive import archive, documents
from portal.people.models import User
from portal.people.own_data import REGISTRY_KEY, OwnDataSource
from portal.people.profile import ProfileResource
from portal.security.permissions import Permission
from portal.security.sessions import flash
from portal.signin.throttles import Limit, Throttles
from portal.tenants.audit import AuditLog
from portal.web import clock
from portal.web.redirects import page, see_other

#: One person's downloads: each reads all of their tickets and files.
DOWNLOADS = Limit("own_data:account", 5, 3600)


@view_config(
    context=ProfileResource,
    name="download",
    request_method="POST",
    permission=Permission.USE_PORTAL,
)
def download(context: ProfileResource, request: Request) -> Response:
    """The archive. It is noted in the audit log, for a stolen session would want it, too."""
    user: User = request.db.get(User, (request.tenant.id, request.identity.user_id))
    if not Throttles(request.db, request.tenant.id).count(DOWNLOADS, str(user.id)):
        _ = request.gettext
        flash(
            request, _("You have downloaded it often in the last hour. Try again later."), "amber"
        )
        return see_other(request, page(request, context))
    sources: list[OwnDataSource] = request.registry[REGISTRY_KEY]
    parts = [source(request.db, request.tenant, user) for source in sources]
    AuditLog(request.db, request.tenant, request.identity, request.remote_addr).record(
        "person.downloaded", user.email
    )
    now = clock.now()
    files = [file for part in parts for file in part.files]
    response = Response(content_type="application/zip")
    response.cache_control = "no-store"
    response.content_disposition = (
        f'attachment; filename="{request.tenant.slug}-{now:%Y-%m-%d}.zip"'
    )
    # The rows are read; what is left to do needs no database, which is given back before it.
    response.app_iter = archive(documents(parts), files, request.registry["attachments.store"], now)
    return response
