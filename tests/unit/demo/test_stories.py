"""What the demo tells, read without a database."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from portal.attachments import kinds
from portal.demo.loader import FOLDER, SLUGS, tenant_file
from portal.demo.stories import Story, number_references, read_stories
from portal.tickets import markdown
from portal.tickets.models import MessageKind, Priority, State

NOW = datetime(2026, 3, 10, 14, 30, tzinfo=UTC)


@pytest.fixture(params=SLUGS)
def slug(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def stories(slug: str) -> list[Story]:
    return read_stories(FOLDER / slug, NOW)


def people(slug: str) -> dict[str, str]:
    return {
        person["email"].partition("@")[0]: person["role"] for person in tenant_file(slug)["people"]
    }


def test_acme_has_some_sixty_tickets_with_threads_of_1_to_40_messages() -> None:
    stories = read_stories(FOLDER / "acme", NOW)
    lengths = [sum(entry.kind is not None for entry in story.history) for story in stories]
    assert 55 <= len(stories) <= 70
    assert min(lengths) == 1
    assert max(lengths) == 40
    assert sum(10 <= length <= 20 for length in lengths) >= 4


def test_every_state_and_every_priority_occurs() -> None:
    stories = read_stories(FOLDER / "acme", NOW)
    states = {entry.state for story in stories for entry in story.history}
    assert states >= set(State) - {State.NEW}
    assert any(all(entry.by == story.requester for entry in story.history) for story in stories), (
        "somebody's ticket is still new"
    )
    assert {story.priority for story in stories} | {
        entry.priority for story in stories for entry in story.history
    } >= set(Priority)


def test_the_history_reaches_back_eight_weeks_and_up_to_now() -> None:
    stories = read_stories(FOLDER / "acme", NOW)
    assert timedelta(days=49) < NOW - stories[0].history[0].at < timedelta(days=60)
    latest = max(entry.at for story in stories for entry in story.history)
    assert timedelta(0) < NOW - latest < timedelta(minutes=10)


@pytest.mark.parametrize("hour", range(24))
def test_history_is_in_order_at_any_time_of_day(slug: str, hour: int) -> None:
    for minute in (0, 59):
        now = NOW.replace(hour=hour, minute=minute)
        for story in read_stories(FOLDER / slug, now):
            assert all(entry.at <= now for entry in story.history)


def test_everybody_in_the_stories_is_in_the_tenant(slug: str, stories: list[Story]) -> None:
    known = people(slug)
    assert len(known) == len(tenant_file(slug)["people"]), "short names are unique"
    for story in stories:
        assert known[story.requester] == "customer"
        for entry in story.history:
            assert entry.by in known
            assert entry.assignee is None or known[entry.assignee] != "customer"


def test_customers_do_what_customers_may(slug: str, stories: list[Story]) -> None:
    known = people(slug)
    for story in stories:
        for entry in story.history:
            if known[entry.by] == "customer":
                assert entry.by == story.requester
                assert entry.kind is MessageKind.REPLY
                assert entry.state in (None, State.SOLVED)
                assert entry.priority is entry.assignee is None


def test_projects_are_those_of_the_tenant(slug: str, stories: list[Story]) -> None:
    assert {story.project for story in stories} == {
        project["name"] for project in tenant_file(slug)["projects"]
    }


def test_files_are_small_and_no_programs(slug: str, stories: list[Story]) -> None:
    files = {path for story in stories for entry in story.history for path in entry.files}
    assert files == set((FOLDER / slug / "files").iterdir())
    for path in files:
        assert 100 < path.stat().st_size <= 60_000
        with path.open("rb") as file:
            assert not kinds.is_program(path.name, file.read(kinds.HEAD))
            kind = kinds.measure(file)
        assert (kind.width is not None) == (path.suffix in {".jpg", ".png"})


def test_no_two_messages_are_alike(stories: list[Story]) -> None:
    bodies = Counter(
        entry.body for story in stories for entry in story.history if entry.kind is not None
    )
    assert [body for body, times in bodies.items() if times > 1 or not body] == []


def test_texts_refer_to_tickets_that_exist(stories: list[Story]) -> None:
    numbers = {story.key: 7 for story in stories if story.key is not None}
    for story in stories:
        for entry in story.history:
            assert "#{" not in number_references(entry.body, numbers)


def test_markdown_and_other_scripts_occur() -> None:
    stories = read_stories(FOLDER / "acme", NOW)
    html = "".join(
        markdown.render(entry.body) for story in stories for entry in story.history if entry.body
    )
    for tag in ("<ul>", "<ol>", "<pre>", "<code>", "<blockquote>", "<table>", "<a href=", "<em>"):
        assert tag in html
    subjects = " ".join(story.subject for story in stories)
    assert "السماعة" in subjects
    assert "Rechnung bitte" in subjects


@pytest.mark.parametrize(
    ("history", "complaint"),
    [
        ('{ at = "yesterday", by = "a", reply = "x" }', "is not a time"),
        ('{ at = "-1d 10:00", by = "a", reply = "x", note = "y" }', "a reply or a note"),
        (
            '{ at = "-1d 10:00", by = "a", reply = "x" }, { at = "-2d 10:00", by = "a" }',
            "is not in order",
        ),
        ('{ at = "-1d 10:00", by = "a", reply = "x", mood = "good" }', "mood"),
    ],
)
def test_a_faulty_file_is_refused(
    tmp_path_factory: pytest.TempPathFactory, history: str, complaint: str
) -> None:
    folder = tmp_path_factory.mktemp("stories")
    (folder / "tickets.toml").write_text(
        f'[[tickets]]\nsubject = "S"\nrequester = "a"\nproject = "P"\nhistory = [{history}]'
    )
    with pytest.raises((ValueError, TypeError), match=complaint):
        read_stories(folder, NOW)
