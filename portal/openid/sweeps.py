"""Which sign-ins with providers are over."""

from pyramid.config import Configurator

from portal.openid.models import OpenidLogin


def includeme(config: Configurator) -> None:
    """Register the sweep."""
    config.add_sweep(OpenidLogin, lambda now, _: OpenidLogin.expires_at < now)
