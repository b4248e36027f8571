"""What of a thread is new, what is folded, where the page lands."""

from datetime import UTC, datetime, timedelta

import pytest

from portal.tickets.thread import Entry
from portal.tickets.timeline import Timeline, arrange

READER, OTHER = 1, 2
START = datetime(2026, 3, 10, 9, tzinfo=UTC)


def entry(number: int, *, kind: str = "reply", author: int = OTHER) -> Entry:
    return Entry(
        kind=kind,
        id=number,
        author_id=author,
        author_name="Priya",
        author_role="agent",
        created_at=START + timedelta(minutes=number),
        html="<p>Hello</p>",
        body="Hello",
        via="portal",
        event_kind="state" if kind == "event" else None,
        data=None,
    )


def laid_out(entries: list[Entry], read_up_to: int | None = None) -> Timeline:
    return arrange(entries, {}, reader_id=READER, read_up_to=read_up_to)


def replies(amount: int) -> list[Entry]:
    return [entry(number) for number in range(1, amount + 1)]


@pytest.mark.parametrize("amount", range(8))
def test_up_to_seven_messages_nothing_is_folded(amount: int) -> None:
    timeline = laid_out(replies(amount), read_up_to=amount)
    assert timeline.folded_messages == 0
    assert len(timeline.lines) == amount


@pytest.mark.parametrize(("amount", "folded"), [(8, 3), (23, 18)])
def test_the_first_and_the_last_four_stay(amount: int, folded: int) -> None:
    timeline = laid_out(replies(amount), read_up_to=amount)
    assert timeline.folded_messages == folded
    assert [line.entry.id for line in timeline.before_fold] == [1]
    assert [line.entry.id for line in timeline.after_fold] == list(range(amount - 3, amount + 1))
    assert [line.entry.id for line in timeline.lines] == list(range(1, amount + 1))


def test_nothing_new_is_ever_folded() -> None:
    timeline = laid_out(replies(20), read_up_to=5)
    assert [line.entry.id for line in timeline.folded] == [2, 3, 4, 5]
    landing = [line.entry.id for line in timeline.lines if line.landing]
    assert landing == [6]
    assert all(line.fresh for line in timeline.after_fold)


def test_too_little_before_the_new_is_not_worth_a_fold() -> None:
    assert laid_out(replies(20), read_up_to=3).folded_messages == 0


def test_events_fold_with_the_messages_around_them_and_do_not_count() -> None:
    entries = replies(4) + [entry(5, kind="event")] + [entry(n) for n in range(6, 12)]
    timeline = laid_out(entries, read_up_to=99)
    assert (len(timeline.folded), timeline.folded_messages) == (6, 5)
    assert timeline.folded[3].anchor is None
    assert timeline.newest == 11


def test_to_a_first_reader_nothing_is_marked() -> None:
    timeline = laid_out(replies(3))
    assert not any(line.fresh or line.landing for line in timeline.lines)


def test_ones_own_messages_are_never_new() -> None:
    entries = [entry(1), entry(2, author=READER), entry(3)]
    timeline = laid_out(entries, read_up_to=1)
    assert [(line.yours, line.fresh, line.landing) for line in timeline.lines] == [
        (False, False, False),
        (True, False, False),
        (False, True, True),
    ]


def test_an_empty_thread() -> None:
    timeline = laid_out([])
    assert (timeline.newest, timeline.earlier) == (0, None)


def test_an_earlier_part_is_one_address_away() -> None:
    assert laid_out(replies(3)).earlier_query is None
    timeline = arrange(replies(3), {}, reader_id=READER, read_up_to=None, earlier=START)
    assert timeline.earlier_query == {"until": f"{int(START.timestamp())}000000-0"}
