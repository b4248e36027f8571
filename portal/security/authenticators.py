"""The interface of a way to sign in, and the registry of those that are installed.

A package adds one with `config.add_authenticator(...)` in its `includeme`, and is itself
found through the entry point group `portal.authenticators`.
"""

from collections.abc import Iterator, Sequence
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any

from pyramid.config import Configurator

from portal.security.identity import ApiClient, Identity
from portal.web.page import Link

if TYPE_CHECKING:
    from pyramid.request import Request

    from portal.security.models import Session

REGISTRY_KEY = "security.authenticators"

#: The authenticators of accounts that are kept here; all others vouch for people elsewhere.
LOCAL_WAYS = frozenset({"local_password", "passkey"})


class Authenticator:
    """One way to know a visitor. Every method may be left as it is: it then says "not mine"."""

    #: Its name in the tenant's chain and in the log.
    name: str = ""
    #: Its name on the sign-in settings page, translated when shown.
    label: str = ""
    #: What it does, in one sentence for the same page, translated when shown.
    hint: str = ""
    #: Part of the machinery: always in the chain, never shown as a choice.
    required: bool = False

    def identify(self, request: "Request") -> Identity | ApiClient | None:
        """Who makes this request. Asked on every request; has no side effect."""
        return None

    def challenge(self, request: "Request", target: str) -> str | None:
        """Where a visitor is sent to sign in (a URL), who then wants to go to `target`."""
        return None

    def offers(self, request: "Request", target: str) -> Sequence[Link]:
        """Further buttons of the sign-in page, for a visitor who wants to go to `target`."""
        return ()

    def authenticate(self, request: "Request") -> Any:
        """An Assertion, a Refusal, or None where the request carries nothing of this kind."""
        return None

    def sign_out(self, request: "Request", session: "Session") -> str | None:
        """Where the visitor goes after the session is deleted, or None."""
        return None


class AuthenticatorRegistry:
    """All installed authenticators by name, and the chain of a tenant."""

    def __init__(self) -> None:
        self._by_name: dict[str, Authenticator] = {}

    def add(self, authenticator: Authenticator) -> None:
        """Install one. Raises ValueError when the name is taken."""
        if authenticator.name in self._by_name:
            raise ValueError(f"two authenticators are named {authenticator.name!r}")
        self._by_name[authenticator.name] = authenticator

    def names(self) -> list[str]:
        """The names of all, in the order of installation."""
        return list(self._by_name)

    def get(self, name: str) -> Authenticator | None:
        """The one of that name."""
        return self._by_name.get(name)

    def chain(self, names: list[str]) -> Iterator[Authenticator]:
        """Those that a tenant switched on, in its order; the required ones come first."""
        required = [each for each in self._by_name.values() if each.required]
        yield from required
        for name in names:
            found = self._by_name.get(name)
            if found is not None and not found.required:
                yield found


def add_authenticator(config: Configurator, authenticator: Authenticator) -> None:
    """Pyramid directive: install an authenticator; a conflict of names is an error at boot."""
    registry: AuthenticatorRegistry = config.registry[REGISTRY_KEY]
    config.action(("portal authenticator", authenticator.name), lambda: registry.add(authenticator))


def installed(request: "Request") -> AuthenticatorRegistry:
    """The registry of this application."""
    registry: AuthenticatorRegistry = request.registry[REGISTRY_KEY]
    return registry


def includeme(config: Configurator) -> None:
    """The directive, and the packages that other distributions bring."""
    config.registry[REGISTRY_KEY] = AuthenticatorRegistry()
    config.add_directive("add_authenticator", add_authenticator)
    for plugin in entry_points(group="portal.authenticators"):
        config.include(plugin.load())
