"""The dialects that this installation speaks, and the directive that adds one."""

from collections.abc import Mapping

from pyramid.config import Configurator
from pyramid.registry import Registry

from portal.signin.dialects.base import Dialect
from portal.signin.dialects.canny import CANNY
from portal.signin.dialects.central import CENTRAL
from portal.signin.dialects.freshworks import FRESHWORKS
from portal.signin.dialects.happyfox import HAPPYFOX
from portal.signin.dialects.issuely import ISSUELY
from portal.signin.dialects.proprofs import PROPROFS
from portal.signin.dialects.zendesk import ZENDESK

BUILT_IN = (CENTRAL, ISSUELY, PROPROFS, HAPPYFOX, ZENDESK, FRESHWORKS, CANNY)
_KEY = "signin.dialects"


def add_dialect(config: Configurator, dialect: Dialect) -> None:
    """``config.add_dialect``: speak one more dialect. Two of one name are a conflict."""

    def register() -> None:
        known: dict[str, Dialect] = config.registry.setdefault(_KEY, {})
        taken = {point.path: other for other in known.values() for point in other.endpoints}
        for endpoint in dialect.endpoints:
            if endpoint.path in taken:
                raise ValueError(
                    f"dialect {dialect.name}: {endpoint.path} is {taken[endpoint.path].name}’s"
                )
        known[dialect.name] = dialect

    introspectable = config.introspectable("dialects", dialect.name, dialect.label, "dialect")
    introspectable["dialect"] = dialect
    config.action(("dialect", dialect.name), register, introspectables=(introspectable,))


def dialects(registry: Registry) -> Mapping[str, Dialect]:
    """The registered dialects by name."""
    known: Mapping[str, Dialect] = registry.get(_KEY, {})
    return known


def includeme(config: Configurator) -> None:
    """Add the directive and the dialects that come with the portal."""
    config.add_directive("add_dialect", add_dialect)
    for dialect in BUILT_IN:
        config.add_dialect(dialect)
