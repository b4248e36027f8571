"""Signing in: from the company's own site, or with a password.

Modules are included by name, so that importing the models imports nothing above them.
"""

from pyramid.config import Configurator


def includeme(config: Configurator) -> None:
    """Register all that this feature owns."""
    config.include("portal.signin.keyring")
    config.include("portal.signin.settings_file")
    config.include("portal.signin.settings_pages")
    config.include("portal.signin.settings_invited")
    config.include("portal.signin.dialects")
    config.include("portal.signin.resources")
    config.include("portal.signin.requests")
    config.include("portal.signin.sweeps")
    config.include("portal.signin.jwt_sso")
    config.include("portal.signin.trial")
    config.include("portal.signin.lockout")
    config.include("portal.signin.remote_login")
    config.include("portal.signin.local_password")
    config.include("portal.signin.views_refusal")
    for views in ("redeem", "switch", "login", "logout", "password"):
        config.scan(f"portal.signin.views_{views}")
