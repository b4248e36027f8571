"""Who asks, what they may do, and the sessions that remember it.

Modules are included by name, so that importing the models imports nothing above them.
"""

from pyramid.config import Configurator


def includeme(config: Configurator) -> None:
    """The policy, and the two authenticators that need no sign-in page."""
    config.include("portal.security.policy")
    config.include("portal.security.predicates")
    config.include("portal.security.sealed")
    config.include("portal.security.session_cookie")
    config.include("portal.security.api_keys")
    config.include("portal.security.settings_file")
    config.include("portal.security.sweeps")
    config.include("portal.security.writers")
