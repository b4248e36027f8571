"""View predicates: the same address shows customers and staff different pages."""

from typing import Any

from pyramid.config import Configurator
from pyramid.request import Request

from portal.security.identity import Identity


class StaffPredicate:
    """`staff=True`: the view is for agents and admins.

    Customers' views carry no predicate, so that an anonymous visitor finds one, is refused by
    its permission, and is sent to sign in.
    """

    def __init__(self, wanted: bool, info: Any) -> None:
        self.wanted = wanted

    def text(self) -> str:
        """As introspection shows it."""
        return f"staff = {self.wanted}"

    phash = text

    def __call__(self, context: Any, request: Request) -> bool:
        identity = request.identity
        return (isinstance(identity, Identity) and identity.is_staff) is self.wanted


def includeme(config: Configurator) -> None:
    """Make `staff=` a keyword of views."""
    config.add_view_predicate("staff", StaffPredicate)
