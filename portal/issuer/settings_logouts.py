"""Settings of one site: sending a logout token once more."""

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPSeeOther
from pyramid.view import view_config, view_defaults

from portal.issuer.logouts import send_again
from portal.issuer.models import IssuerLogout
from portal.issuer.settings_pages import SiteSettings, SiteViews
from portal.security.permissions import Permission
from portal.web.i18n import N_


@view_defaults(context=SiteSettings, permission=Permission.ADMINISTER)
class SiteLogoutViews(SiteViews):
    """What the site was told of sessions that ended."""

    context: SiteSettings

    @view_config(name="send-logout", request_method="POST")
    def send(self) -> HTTPSeeOther:
        """Once more, now."""
        number = self.request.POST.get("logout", "")
        row = None
        if number.isascii() and number.isdigit() and len(number) < 19:
            row = self.request.db.get(IssuerLogout, (self.request.tenant.id, int(number)))
        if row is None or row.client_id != self.context.row.client_id:
            return self.back(N_("Nothing was changed."), self.context)
        send_again(self.request.db, row)
        self.audit.record("issuer.logout_sent_again", self.context.row.name)
        return self.back(N_("It is sent again. Look again in a moment."), self.context)


def includeme(config: Configurator) -> None:
    """Register the view."""
    config.scan("portal.issuer.settings_logouts")
