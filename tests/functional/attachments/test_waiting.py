"""Files that a page's script sends before their message."""

from pathlib import Path
from typing import Any

import pytest
from webtest import Upload

from portal.attachments import service
from portal.attachments.store import ObjectStore
from tests.factories import pictures
from tests.functional.attachments.conftest import Desk


def post(desk: Desk, *, by: str = "cleo", status: int = 201, token: str | None = None) -> Any:
    """What the script sends for a file; `token` is another than the page's."""
    return send(desk, Upload("notes.txt", b"kept"), by=by, status=status, token=token)


def send(
    desk: Desk,
    file: Upload | None,
    *,
    by: str = "cleo",
    status: int = 201,
    token: str | None = None,
) -> Any:
    browser = desk.world.browser(by)
    page = browser.get(desk.world.url("/profile"))
    known = page.html.find("input", {"name": "csrf_token"})["value"]
    headers = {"X-CSRF-Token": known if token is None else token, "Accept": "application/json"}
    fields = {} if file is None else {"file": file}
    return browser.post(desk.world.url("/files"), fields, headers=headers, status=status)


def discard(desk: Desk, number: int, *, by: str = "cleo", status: int = 204) -> None:
    browser = desk.world.browser(by)
    page = browser.get(desk.world.url("/profile"))
    token = page.html.find("input", {"name": "csrf_token"})["value"]
    url = desk.world.url(f"/files/{number}/discard")
    browser.post(url, headers={"X-CSRF-Token": token}, status=status)


def test_a_file_goes_with_the_message_that_names_it(desk: Desk) -> None:
    desk.world.ticket(by="cleo")
    answer = post(desk).json
    assert (answer["name"], answer["size"]) == ("notes.txt", 4)
    browser = desk.world.browser("cleo")
    form = browser.get(desk.world.url("/tickets/1")).forms["answer"]
    form["body"] = "See the notes."
    fields = [*form.submit_fields(), ("attachment", str(answer["id"]))]
    sent = browser.post(desk.world.url("/tickets/1/reply"), fields).follow()
    assert "notes.txt" in sent.html.select_one(".attached").text
    browser.get(answer["url"], status=404)


def test_it_is_seen_by_its_uploader_alone(desk: Desk) -> None:
    answer = send(desk, Upload("photo.jpg", pictures.jpeg())).json
    for view in ("", "/preview", "/thumbnail"):
        shown = desk.world.browser("cleo").get(answer["url"] + view)
        assert shown.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert pictures.SECRET not in shown.body
        for other in ("carl", "ben", "ada"):
            desk.world.browser(other).get(answer["url"] + view, status=404)


def test_it_can_be_taken_off_by_its_uploader_alone(desk: Desk) -> None:
    answer = post(desk).json
    for other in ("carl", "ben", "ada"):
        discard(desk, answer["id"], by=other, status=404)
    discard(desk, answer["id"])
    desk.world.browser("cleo").get(answer["url"], status=404)
    discard(desk, answer["id"], status=404)


def test_a_form_of_another_site_stores_nothing(desk: Desk) -> None:
    assert "message" in post(desk, token="x" * 40, status=400).json


def test_who_is_not_signed_in_is_told_so_in_json(desk: Desk) -> None:
    answer = desk.world.anonymous().post(
        desk.world.url("/files"), headers={"Accept": "application/json"}, status=401
    )
    assert answer.content_type == "application/json"


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        (Upload("setup.exe", b"MZ"), "“setup.exe” is a program, and programs cannot be attached."),
        (Upload("film.mp4", bytes(26 * 1024**2)), "is larger than 25\N{NO-BREAK SPACE}MB"),
        (None, "The file did not arrive."),
    ],
    ids=["a program", "too large", "none"],
)
def test_what_is_refused_is_said(desk: Desk, file: Upload | None, sentence: str) -> None:
    assert sentence in send(desk, file, status=422).json["message"]


def test_the_store_is_no_drive(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "MAX_WAITING", 2)
    first = post(desk).json
    post(desk)
    assert "Too many of your files wait" in post(desk, status=422).json["message"]
    discard(desk, first["id"])
    post(desk)
    post(desk, by="carl")


def test_a_store_that_is_away(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = ObjectStore((tmp_path / "store").as_uri())
    (tmp_path / "store").rmdir()
    (tmp_path / "store").write_text("a file where the folder was")
    with monkeypatch.context() as away:
        away.setitem(desk.world.app.registry, "attachments.store", broken)
        sentence = post(desk, status=503).json["message"]
    assert sentence == "Files cannot be stored right now. Try again in a few minutes."
    post(desk)


@pytest.mark.parametrize("name", ["0", "01", "1.0", "9" * 30, "x", "-1"])
def test_no_number(desk: Desk, name: str) -> None:
    desk.world.browser("cleo").get(desk.world.url(f"/files/{name}"), status=404)
