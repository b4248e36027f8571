"""A note that mentions a colleague shows whom."""

from tests.functional.composer.conftest import Composing


def test_a_note_shows_whom_it_mentions(desk: Composing) -> None:
    number = desk.ticket()
    form = desk.composer(number, "note")
    form["body"] = "@bea can you look?"
    page = form.submit().follow()
    chip = page.html.select_one(".note-ground .mention")
    assert chip.text == "@Bea Agent"
    assert chip["data-user"] == str(desk.world.seed.users["bea"].id)


def test_a_reply_mentions_nobody(desk: Composing) -> None:
    desk.prefer("ben", undo_seconds=0)
    page = desk.send(desk.ticket(), "Ask @bea about it.")
    assert page.html.select_one(".mention") is None
