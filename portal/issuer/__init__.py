"""The portal as identity provider for a tenant's other sites: OpenID Connect, and the small flow
of `/idp/` that came before it.

Modules are included by name, so that importing the models imports nothing above them.
"""

from pyramid.config import Configurator


def includeme(config: Configurator) -> None:
    """Register all that this feature owns."""
    config.include("portal.issuer.keys")
    config.include("portal.issuer.resources")
    config.include("portal.issuer.form_targets")
    config.include("portal.issuer.cors")
    config.include("portal.issuer.settings_file")
    config.include("portal.issuer.logouts")
    config.include("portal.issuer.sweeps")
    config.include("portal.issuer.settings_pages")
    config.include("portal.issuer.settings_logouts")
    for views in ("authorize", "token", "discovery", "idp", "logout"):
        config.scan(f"portal.issuer.views_{views}")
