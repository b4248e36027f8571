"""HTTP: tweens, derivers, errors, templates, languages. Knows no feature."""

from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.tweens import EXCVIEW, INGRESS, MAIN

from portal.web import derivers, errors, first_steps, navigation, templating


def transaction_wanted(request: Request) -> bool:
    """pyramid_tm's hook: static files and health checks use no database transaction."""
    path: str = request.environ.get("PATH_INFO", "")
    return not path.startswith(("/static/", "/-/"))


def includeme(config: Configurator) -> None:
    """Everything that each request passes through."""
    config.add_request_method(lambda request: None, "tenant", reify=True)
    config.add_request_method(lambda request: None, "context_tenant", reify=True)
    config.add_request_method(lambda request: "-", "reference", reify=True)
    config.add_request_method(
        lambda request: request.registry["portal.settings"], "portal", property=True
    )
    config.add_tween("portal.web.tweens.reference_tween_factory", under=INGRESS)
    config.add_tween(
        "portal.web.tweens.security_headers_tween_factory",
        under="portal.web.tweens.reference_tween_factory",
        over=EXCVIEW,
    )
    config.add_tween(
        "portal.web.tweens.refuse_junk_tween_factory",
        under=EXCVIEW,
        over=MAIN,
    )
    config.include("pyramid_tm")
    config.include("pyramid_retry")
    templating.includeme(config)
    navigation.includeme(config)
    first_steps.includeme(config)
    derivers.includeme(config)
    errors.includeme(config)
    config.include("portal.web.style")
