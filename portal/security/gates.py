"""Gates: they shut places to people whom the ACL lets in, and say why. They never open anything.

A place that leads out of what a gate complains about stands past it (`Resource.past_gates`).
What the visitor is answered is registered by reason: see `portal.web.errors`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.security import Denied
from pyramid.traversal import lineage

from portal.security.identity import Identity

REGISTRY_KEY = "security.gates"


@dataclass(frozen=True, slots=True)
class Gate:
    """One gate."""

    #: A stable word, which the forbidden view reads.
    reason: str
    #: Whether it is shut for somebody. Asked on every request: it must not ask the database.
    shuts: Callable[[Request, Identity], bool]


class Shut(Denied):
    """A permission that the ACL grants and a gate does not."""

    @property
    def reason(self) -> str:
        """The gate's."""
        return str(self.args[0])


def shut(request: Request, context: Any, identity: Identity) -> Shut | None:
    """The first gate that is shut for somebody at this place; None where all are open."""
    gates: dict[str, Gate] = request.registry[REGISTRY_KEY]
    for gate in gates.values():
        if gate.shuts(request, identity) and not _is_past(gate, context):
            return Shut("shut by the gate %s", gate.reason)
    return None


def _is_past(gate: Gate, context: Any) -> bool:
    return any(gate.reason in getattr(place, "past_gates", ()) for place in lineage(context))


def add_gate(config: Configurator, gate: Gate) -> None:
    """Pyramid directive: one more gate."""
    gates: dict[str, Gate] = config.registry[REGISTRY_KEY]
    config.action(("portal gate", gate.reason), lambda: gates.setdefault(gate.reason, gate))


def includeme(config: Configurator) -> None:
    """The directive and its registry."""
    config.registry[REGISTRY_KEY] = {}
    config.add_directive("add_gate", add_gate)
