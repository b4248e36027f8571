"""Portal: a help desk your customers are already signed in to."""

import warnings
from typing import Any

# Pyramid 2.1 still imports it, and every command would begin with three lines about that.
warnings.filterwarnings("ignore", "pkg_resources is deprecated", UserWarning)

from pyramid.config import Configurator  # noqa: E402  (after the filter)
from pyramid.router import Router  # noqa: E402  (the same)

from portal.db import embedded  # noqa: E402  (the same)
from portal.settings import Settings  # noqa: E402  (the same)


def main(global_config: dict[str, str] | None = None, **ini: str) -> Router:
    """The WSGI application of an ini file's `[app:main]`, as PasteDeploy asks for it.

    Raises BootError when the portal cannot start.
    """
    return application(embedded.resolve(Settings.from_ini(ini)))


def application(settings: Settings) -> Router:
    """The WSGI application for settings whose database is running."""
    with configure(settings) as config:
        router: Router = config.make_wsgi_app()
    return router


def configure(settings: Settings) -> Configurator:
    """The configuration of the whole application, not yet committed: what Portal can do."""
    config = Configurator(settings=pyramid_settings(settings))
    config.registry["portal.settings"] = settings

    # The spine
    config.include("portal.web")
    config.include("portal.outgoing")
    config.include("portal.db")
    config.include("portal.ops")
    config.include("portal.jobs")
    config.include("portal.security")
    config.include("portal.resources")
    config.include("portal.palette")

    # The features
    config.include("portal.tenants")
    config.include("portal.people")
    config.include("portal.topics")
    config.include("portal.security.api_key_pages")
    config.include("portal.signin")
    config.include("portal.factors")
    config.include("portal.openid")
    config.include("portal.attachments")
    config.include("portal.tickets")
    config.include("portal.saved_views")
    config.include("portal.live")
    config.include("portal.notifications")
    config.include("portal.composer")
    config.include("portal.macros")
    config.include("portal.bulk")
    config.include("portal.search")
    config.include("portal.onboarding")
    config.include("portal.own_data")
    config.include("portal.api")
    config.include("portal.issuer")
    config.include("portal.integration")
    return config


def pyramid_settings(settings: Settings) -> dict[str, Any]:
    """What Pyramid and its add-ons read from a dictionary."""
    return {
        "tm.manager_hook": "pyramid_tm.explicit_manager",
        "tm.activate_hook": "portal.web.transaction_wanted",
        "tm.annotate_user": False,
        "retry.attempts": 3,
        "pyramid.reload_templates": settings.development,
        "portal.style_page": settings.style_page,
    }
