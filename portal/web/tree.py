"""What a place in the tree is. The tree itself is in `portal.resources`."""

from collections.abc import Callable
from typing import Any, ClassVar

from pyramid.request import Request

Acl = list[tuple[Any, Any, Any]]
ChildFactory = Callable[["Resource", str], "Resource"]


class Resource:
    """A place: a name, a parent, perhaps an ACL and the authenticators it accepts.

    Only KeyError leaves a `__getitem__`, so that every missing place is a 404 page that can
    wear the tenant's brand.
    """

    __name__: str
    __parent__: "Resource | None"
    #: None: as the parent.
    accepts: ClassVar[frozenset[str] | None] = None
    #: To those who may not see it, the place does not exist: 404 instead of 403.
    hidden: ClassVar[bool] = False
    #: Nothing in here tells a stranger whether it exists: every address leads to the sign-in
    #: page, so that numbers cannot be counted from outside.
    private: ClassVar[bool] = False
    #: The reasons of gates that do not shut this place: it is the way to open them.
    past_gates: ClassVar[frozenset[str]] = frozenset()
    #: Errors here and below are JSON, whatever the client accepts.
    speaks_json: ClassVar[bool] = False

    def __init__(self, request: Request, parent: "Resource | None", name: str) -> None:
        self.request = request
        self.__parent__ = parent
        self.__name__ = name

    def __getitem__(self, name: str) -> "Resource":
        raise KeyError(name)


class Mount(Resource):
    """A place whose children are registered by features."""

    #: The registry key under which the children of this kind of place are kept.
    children_key: ClassVar[str]

    def __getitem__(self, name: str) -> Resource:
        factory: ChildFactory = self.request.registry[self.children_key][name]
        return factory(self, name)
