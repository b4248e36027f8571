"""Which rows of sign-ins are over, in every table that they are written to."""

from pyramid.config import Configurator

from portal.signin.expiry import kept_since
from portal.signin.handoffs import KEPT_FOR
from portal.signin.models import PendingLogin, SsoAttempt, SsoHandoff, SsoReplay


def includeme(config: Configurator) -> None:
    """Register the sweeps."""
    config.add_sweep(PendingLogin, lambda now, _: PendingLogin.expires_at < now)
    config.add_sweep(SsoReplay, lambda now, _: SsoReplay.expires_at < now)
    config.add_sweep(SsoHandoff, lambda now, _: SsoHandoff.expires_at < now - KEPT_FOR)
    config.add_sweep(
        SsoAttempt, lambda now, tenant_id: SsoAttempt.created_at < kept_since(tenant_id, now)
    )
