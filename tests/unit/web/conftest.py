"""A small real application with the front end alone: no tenant, no database."""

from collections.abc import Callable
from typing import Any

import jinja2
import pytest
from pyramid.config import Configurator
from pyramid.registry import Registry
from pyramid.request import Request, apply_request_extensions
from pyramid.threadlocal import manager
from webtest import TestApp

Render = Callable[..., str]


class Asked(Request):
    """A request whose identity the test gives."""

    given: Any = None

    @property
    def identity(self) -> Any:
        """Whoever the test says."""
        return self.given


class NobodyPolicy:
    """A security policy that knows no one."""

    def identity(self, request: Request) -> None:
        """Nobody is signed in."""

    def authenticated_userid(self, request: Request) -> None:
        """Nobody has an id."""

    def permits(self, request: Request, context: object, permission: str) -> bool:
        """Nothing is allowed that asks for a permission."""
        return False


@pytest.fixture(scope="module")
def config() -> Configurator:
    """The front end, configured as in development, with no tenant anywhere."""
    config = Configurator(settings={"portal.style_page": True})
    config.set_security_policy(NobodyPolicy())
    config.add_request_method(lambda request: None, "tenant", reify=True)
    config.add_request_method(lambda request: None, "context_tenant", reify=True)
    config.include("portal.web.templating")
    config.include("portal.web.style")
    config.commit()
    return config


@pytest.fixture(scope="module")
def browser(config: Configurator) -> TestApp:
    """A browser for the front end."""
    return TestApp(config.make_wsgi_app())


@pytest.fixture
def request_in(config: Configurator) -> Callable[..., Request]:
    """Makes a request in a language."""

    def make(language: str = "en", identity: Any = None, **attributes: Any) -> Request:
        request = Asked.blank("/", headers={"Accept-Language": language})
        request.__dict__["given"] = identity
        request.registry = config.registry
        apply_request_extensions(request)
        request.__dict__.update(attributes)
        return request

    return make


@pytest.fixture
def environment(config: Configurator) -> jinja2.Environment:
    """The Jinja environment that pages are rendered with."""
    made: jinja2.Environment = config.get_jinja2_environment()
    return made


@pytest.fixture
def render(environment: jinja2.Environment, request_in: Callable[..., Request]) -> Render:
    """Renders a template written in the test, as a view would."""

    def to_text(source: str, language: str = "en", /, **values: Any) -> str:
        request = values.pop("request", None) or request_in(language)
        registry: Registry = request.registry
        manager.push({"request": request, "registry": registry})
        try:
            return environment.from_string(source).render(request=request, **values)
        finally:
            manager.pop()

    return to_text
