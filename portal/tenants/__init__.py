"""Tenants: their hosts, brand and settings.

Modules are included by name, so that importing the models imports nothing above them.
"""

from pyramid.config import Configurator


def includeme(config: Configurator) -> None:
    """Register all that this feature owns."""
    config.include("portal.tenants.branding")
    config.include("portal.tenants.files")
    config.include("portal.tenants.settings_pages")
    config.include("portal.tenants.audit_words")
    config.include("portal.tenants.general")
    config.include("portal.tenants.first_brand")
    config.include("portal.tenants.audit_page")
