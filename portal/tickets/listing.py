"""A list of tickets that somebody walks through: filters, order, the view it is, a place in it."""

from dataclasses import dataclass, replace
from typing import Any, Self
from urllib.parse import urlencode

from portal.tickets.catalogue import FIRST, View
from portal.tickets.filters import Filters
from portal.tickets.ordering import Place, Sort, sorts_for

#: The parameters beside the filters.
SORT, VIEW, AT = "sort", "view", "at"


@dataclass(frozen=True, slots=True)
class Listing:
    """A list, as an address says it."""

    filters: Filters = FIRST.filters
    sort: Sort = Sort.UPDATED
    #: The saved view that it was opened as.
    view: int | None = None
    #: Where in it a ticket stood when it was opened: changing it moves it, and the list is gone
    #: on with from where it was.
    place: Place | None = None

    @classmethod
    def of(cls, what: "Filters | Listing") -> "Listing":
        """The list itself, or the one of filters in the usual order."""
        return what if isinstance(what, Listing) else Listing(what)

    @classmethod
    def of_view(cls, view: View) -> Self:
        """The list that a view is."""
        return cls(view.filters, view.sort, view.id)

    @classmethod
    def parse(cls, parameters: Any) -> Self:
        """The list of a URL's parameters (a multidict): the first view's by default.

        An order that the list cannot have is the usual one.
        """
        filters = Filters.parse(parameters) or FIRST.filters
        sort = sort_of(parameters, filters) or Sort.UPDATED
        place = Place.read(parameters.get(AT, ""), sort)
        return cls(filters, sort, view_number(parameters), place)

    def ordered(self, sort: Sort) -> Self:
        """The same list in another order."""
        return replace(self, sort=sort, place=None)

    def at(self, place: Place) -> Self:
        """The list with a place in it, unless it has one."""
        return self if self.place is not None else replace(self, place=place)

    def elsewhere(self) -> Self:
        """The list without a place in it."""
        return replace(self, place=None)

    def address(self) -> dict[str, Any]:
        """The parameters of the list's own address; the first view has the plainest."""
        if self.view is not None:
            return {VIEW: str(self.view), SORT: str(self.sort)}
        plain = self.filters == FIRST.filters
        return (dict[str, Any]() if plain else {**self.filters.parameters()}) | self._order()

    def query_string(self) -> str:
        """All of it in one value, for the address of a ticket; "" for the first view."""
        query: dict[str, Any] = {**self.filters.parameters()} | self._order()
        if self.view is not None:
            query[VIEW] = str(self.view)
        if self.place is not None:
            query[AT] = str(self.place)
        plain = Listing(FIRST.filters)
        return "" if self == plain else urlencode(query, doseq=True)

    def _order(self) -> dict[str, str]:
        return {} if self.sort is Sort.UPDATED else {SORT: str(self.sort)}


def sort_of(parameters: Any, filters: Filters) -> Sort | None:
    """The order that a URL asks for, if the list can have it."""
    wanted = parameters.get(SORT)
    return next((sort for sort in sorts_for(filters) if sort == wanted), None)


def view_number(parameters: Any) -> int | None:
    """The id of the saved view that a URL names."""
    word = parameters.get(VIEW, "")
    is_number = word.isascii() and word.isdigit() and len(word) < 19
    return int(word) if is_number else None
