"""Files through the real forms: refused in a sentence, and nothing else is lost."""

from pathlib import Path
from typing import Any

import pytest
from webtest import Upload

from portal.attachments.store import ObjectStore
from tests.factories import World
from tests.factories.files import png
from tests.functional.attachments.conftest import Desk

TEXT = "It cracked again, see the picture."


def answer(world: World, *files: Upload) -> Any:
    """cleo's answer to the first ticket, with files."""
    form = world.browser("cleo").get(world.url("/tickets/1")).forms["answer"]
    return send(form, *files)


def send(form: Any, *files: Upload) -> Any:
    """Write the text, choose the files, and send."""
    form["body"] = TEXT
    form["files"] = list(files)
    return form.submit(expect_errors=True)


@pytest.fixture
def world(world: World) -> World:
    world.ticket(by="cleo")
    return world


def test_a_picture_is_shown_in_the_thread(world: World) -> None:
    page = answer(world, Upload("shot.png", png(640, 480), "image/png")).follow()
    image = page.html.find("img", width="640", height="480")
    assert image is not None
    shown = page.goto(image["src"])
    assert (shown.content_type, shown.body) == ("image/png", png(640, 480))
    assert image["alt"] == "shot.png"
    link = image.find_parent("a")
    assert page.goto(link["href"]).headers["Content-Disposition"] == 'inline; filename="shot.png"'
    saved = page.goto(link["data-download"])
    assert saved.headers["Content-Disposition"] == 'attachment; filename="shot.png"'


def test_another_file_is_a_link(world: World) -> None:
    page = answer(
        world, Upload("Rückgabe.html", b"<script>alert(1)</script>", "text/html")
    ).follow()
    links = [a for a in page.html.find_all("a", class_="file") if "Rückgabe.html" in a.text]
    file = page.goto(links[0]["href"])
    assert file.content_type == "application/octet-stream"
    assert file.headers["Content-Disposition"].startswith("attachment;")


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ([Upload("film.mp4", bytes(26 * 1024**2))], "is larger than 25\N{NO-BREAK SPACE}MB"),
        ([Upload("setup.exe", b"MZ")], "programs cannot be attached"),
        (
            [Upload(f"{number}.txt", b"x") for number in range(11)],
            "A message can carry 10 files.",
        ),
    ],
    ids=["too large", "a program", "eleven"],
)
def test_what_is_refused_is_said_beside_the_field(
    world: World, files: list[Upload], sentence: str
) -> None:
    page = answer(world, *files)
    assert page.status_int == 422
    assert sentence in page
    assert page.forms["answer"]["body"].value == TEXT


def test_the_others_wait_and_go_with_the_second_try(world: World) -> None:
    page = answer(world, Upload("notes.txt", b"kept"), Upload("setup.exe", b"MZ"))
    assert page.status_int == 422
    assert "notes.txt" in page
    sent = send(page.forms["answer"])
    assert sent.status_int == 303
    assert "notes.txt" in sent.follow()


def test_a_store_that_is_away_costs_no_text(
    world: World, desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "files"
    broken = ObjectStore(folder.as_uri())
    folder.rmdir()
    folder.write_text("a file where the folder was")
    with monkeypatch.context() as away:
        away.setitem(world.app.registry, "attachments.store", broken)
        page = answer(world, Upload("a.txt", b"a"), Upload("b.txt", b"b"))
    assert page.status_int == 422
    assert "Files cannot be stored right now" in page
    assert page.forms["answer"]["body"].value == TEXT
    assert send(page.forms["answer"]).status_int == 303
