"""Pages by key: each row once, whichever way, whatever the sizes."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.web.paging import Cursor, Direction, Page, read_page

START = datetime(2026, 3, 10, tzinfo=UTC)
Row = tuple[datetime, int]


def key(row: Row) -> Cursor:
    return Cursor(*row)


class Shelf:
    """Rows in memory, fetched as a database would."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self.rows = sorted(rows, reverse=True)

    def fetch(self, direction: Direction, cursor: Cursor | None, limit: int) -> list[Row]:
        place = (cursor.at, cursor.number) if cursor else None
        if direction == "newer":
            assert place is not None
            return [row for row in reversed(self.rows) if row > place][:limit]
        return [row for row in self.rows if place is None or row < place][:limit]

    def page(self, size: int, **cursor: Cursor | None) -> Page[Row]:
        return read_page(self.fetch, key, size=size, **cursor)


@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(1, 99)), unique=True, max_size=40),
    st.integers(1, 7),
)
def test_there_and_back(numbers: list[tuple[int, int]], size: int) -> None:
    shelf = Shelf([(START + timedelta(minutes=minute), number) for minute, number in numbers])
    page = shelf.page(size)
    seen = [*page.rows]
    forth = [page]
    while page.older:
        page = shelf.page(size, older=page.older)
        seen += page.rows
        forth.append(page)
    assert seen == shelf.rows
    assert forth[0].newer is None
    back = [page]
    while page.newer:
        page = shelf.page(size, newer=page.newer)
        back.append(page)
    assert [page.rows for page in reversed(back)] == [page.rows for page in forth]


def test_a_first_page_that_grew_is_read_whole() -> None:
    shelf = Shelf([(START, number) for number in range(1, 8)])
    page = shelf.page(3, newer=Cursor(START, 5))
    assert [number for _, number in page.rows] == [7, 6, 5]
    assert page.newer is None


@pytest.mark.parametrize(
    "moment", [START, START + timedelta(microseconds=1), datetime(1970, 1, 1, tzinfo=UTC)]
)
def test_a_cursor_survives_the_address(moment: datetime) -> None:
    assert Cursor.parse(str(Cursor(moment, 42))) == Cursor(moment, 42)


@pytest.mark.parametrize(
    "text", ["", "1", "-", "1-", "-1", "1-x", "1.5-2", "٤-٢", "1-1\n", "9" * 17 + "-1"]
)
def test_anything_else_is_none(text: str) -> None:
    assert Cursor.parse(text) is None
