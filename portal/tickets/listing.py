"""A list of tickets that somebody walks through: filters, order, the view it is, a place in it."""

from dataclasses import dataclass, replace
from typing import Any, Self
from urllib.parse import urlencode

from portal.tickets.catalogue import FIRST, View
from portal.tickets.filters import Filters
from portal.tickets.ordering import Place, Sort, sorts_for

#: The parameters beside the filters.
SORT, VIEW, BASE, AT = "sort", "view", "base", "at"


@dataclass(frozen=True, slots=True)
class Listing:
    """A list, as an address says it."""

    filters: Filters = FIRST.filters
    sort: Sort = Sort.UPDATED
    #: The saved view that it was opened as.
    view: int | None = None
    #: The saved view that it was made from, by changing its filters.
    base: int | None = None
    #: Where in it a ticket stood when it was opened: changing it moves it, and the list is gone
    #: on with from where it was.
    place: Place | None = None

    @classmethod
    def of(cls, what: "Filters | Listing") -> "Listing":
        """The list itself, or the one of filters in the usual order."""
        return what if isinstance(what, Listing) else Listing(what)

    def changed(self, filters: Filters) -> Self:
        """The list with other filters: no longer the view, but made from it. An order that it
        cannot have is the usual one."""
        sort = self.sort if self.sort in sorts_for(filters) else Sort.UPDATED
        return type(self)(filters, sort, base=self.view or self.base)

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
        view, base = view_number(parameters), view_number(parameters, BASE)
        return cls(filters, sort, view, None if view else base, place)

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
        if self.filters == FIRST.filters and self.base is None:
            return {**self._order()}
        return self.parameters()

    def parameters(self) -> dict[str, Any]:
        """Filters, order and the view that it was made from, all of them said."""
        return {**self.filters.parameters()} | self._order() | self._base()

    def query_string(self) -> str:
        """All of it in one value, for the address of a ticket; "" for the first view."""
        query = self.parameters()
        if self.view is not None:
            query[VIEW] = str(self.view)
        if self.place is not None:
            query[AT] = str(self.place)
        plain = Listing(FIRST.filters)
        return "" if self == plain else urlencode(query, doseq=True)

    def _base(self) -> dict[str, str]:
        return {} if self.base is None else {BASE: str(self.base)}

    def _order(self) -> dict[str, str]:
        return {} if self.sort is Sort.UPDATED else {SORT: str(self.sort)}


def sort_of(parameters: Any, filters: Filters) -> Sort | None:
    """The order that a URL asks for, if the list can have it."""
    wanted = parameters.get(SORT)
    return next((sort for sort in sorts_for(filters) if sort == wanted), None)


def view_number(parameters: Any, name: str = VIEW) -> int | None:
    """The id of the saved view that a URL names."""
    word = parameters.get(name, "")
    is_number = word.isascii() and word.isdigit() and len(word) < 19
    return int(word) if is_number else None
