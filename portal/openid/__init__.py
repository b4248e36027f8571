"""Signing in here with an account elsewhere: the portal as a client of OpenID Connect providers.

Modules are included by name, so that importing the models imports nothing above them.
"""

from pyramid.config import Configurator


def includeme(config: Configurator) -> None:
    """Register all that this feature owns."""
    config.include("portal.openid.directory")
    config.include("portal.openid.providers")
    config.include("portal.openid.pending")
    config.include("portal.openid.authenticator")
    config.include("portal.openid.sweeps")
    config.include("portal.openid.settings_file")
    config.include("portal.openid.settings_pages")
    config.scan("portal.openid.views")
