"""Signing in: from the company's own site, or with a password."""

from pyramid.config import Configurator


def includeme(config: Configurator) -> None:
    """Register all that this feature owns."""
    config.include("portal.signin.settings_file")
