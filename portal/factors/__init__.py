"""Second factors beside passwords that are kept here, and passkeys instead of them.

Modules are included by name, so that importing the models imports nothing above them.
"""

from pyramid.config import Configurator


def includeme(config: Configurator) -> None:
    """Register all that this feature owns."""
    config.include("portal.factors.gate")
    config.include("portal.factors.resources")
    config.include("portal.factors.totp")
    config.include("portal.factors.sweeps")
    config.include("portal.factors.sign_in")
    config.include("portal.factors.settings")
    config.include("portal.factors.settings_file")
    for views in ("second", "sign_in", "account", "app", "passkeys"):
        config.scan(f"portal.factors.views_{views}")
