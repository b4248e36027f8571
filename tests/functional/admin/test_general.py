"""Settings: name, logo, colour, language, time zone."""

import struct
import zlib

import pytest
from webtest import Upload

from tests.functional.admin.conftest import Admin, errors, form_of


def png(width: int = 40, height: int = 20, *, padding: int = 0) -> bytes:
    """A real PNG of one colour, with bytes to make it larger."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    rows = (b"\0" + b"\x30" * width) * height
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
        + chunk(b"tEXt", b"Comment\0" + b"x" * padding)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


def test_name_language_and_time_zone(admin: Admin) -> None:
    answer = admin.fill("/general", name="  Acme   Sound ", locale="de", timezone="Europe/Berlin")
    assert answer.location.endswith("/settings/general")
    tenant = admin.tenant()
    assert (tenant.name, tenant.locale, tenant.timezone) == ("Acme Sound", "de", "Europe/Berlin")
    action, _, details = admin.last()
    assert action == "tenant.changed"
    assert details == {
        "name": ["Acme Audio", "Acme Sound"],
        "locale": ["en", "de"],
        "timezone": ["UTC", "Europe/Berlin"],
    }
    page = answer.follow()
    assert page.html.select_one(".flashes") is not None
    assert form_of(page, admin.url("/general"))["name"].value == "Acme Sound"


def test_how_long_a_solved_ticket_can_be_reopened(admin: Admin) -> None:
    assert form_of(admin.get("/general"), admin.url("/general"))["reopen_days"].value == "14"
    admin.fill("/general", reopen_days=" 30 ")
    assert admin.tenant().reopen_days == 30
    assert admin.last() == ("tenant.changed", "", {"reopen_days": [14, 30]})


@pytest.mark.parametrize("days", ["", "0", "366", "-1", "1.5", "²", "1e2"])
def test_the_days_are_a_number_within_a_year(admin: Admin, days: str) -> None:
    page = admin.fill("/general", reopen_days=days, status=422)
    assert errors(page) == ["Use a whole number from 1 to 365."]
    assert form_of(page, admin.url("/general"))["reopen_days"].value == days


def test_saving_what_is_there_changes_nothing(admin: Admin) -> None:
    admin.fill("/general")
    assert admin.audit() == []


def test_a_new_colour_gets_the_style_sheet_a_new_address(admin: Admin) -> None:
    before = admin.get("/general").html.select('link[href*="brand.css"]')[0]["href"]
    admin.fill("/general", accent="#ABC")
    assert admin.tenant().accent == "#aabbcc"
    assert admin.last() == ("branding.changed", "", {"accent": ["#2f5d8c", "#aabbcc"]})
    after = admin.get("/general").html.select('link[href*="brand.css"]')[0]["href"]
    assert before != after
    assert "#aabbcc" in admin.browser.get(after).text


def test_the_preview_says_the_contrast(admin: Admin) -> None:
    part = admin.get("/general/accent?colour=%23ffd400")
    assert "4.5 : 1" in part.text
    assert "1.3 : 1" in part.text
    sheet = part.html.select_one("link")["href"]
    css = admin.browser.get(sheet)
    assert css.content_type == "text/css"
    assert "[data-accent] { --accent: #ffd400;" in css.text


@pytest.mark.parametrize("colour", ["red", "%23gggggg", "", "%23fff%3B%7D"])
def test_the_preview_takes_colours_alone(admin: Admin, colour: str) -> None:
    for part in ("accent", "accent.css"):
        admin.get(f"/general/{part}?colour={colour}", status=400)


def test_what_is_wrong_is_said_beside_its_field_and_kept(admin: Admin) -> None:
    page = admin.fill("/general", name=" ", accent="reddish", status=422)
    assert errors(page) == ["This cannot be empty.", "Write the colour like #2f5d8c."]
    form = form_of(page, admin.url("/general"))
    assert form["accent"].value == "reddish"
    assert admin.tenant().name == "Acme Audio"
    assert admin.audit() == []


def test_a_choice_that_was_not_offered_is_refused(admin: Admin) -> None:
    form = admin.form("/general")
    form["locale"].force_value("xx")
    form["timezone"].force_value("Mars/Base")
    page = form.submit(status=422)
    assert errors(page) == ["Choose one of the list."] * 2


def test_a_logo_is_shown_and_taken_off_again(admin: Admin) -> None:
    admin.fill("/general", logo=Upload("logo.png", png(), "image/png"))
    assert admin.last()[0] == "branding.logo_set"
    page = admin.get("/general")
    address = page.html.select_one(".logo-now img")["src"]
    logo = admin.world.anonymous().get(address)
    assert (logo.content_type, logo.body) == ("image/png", png())
    admin.fill("/general", remove_logo=True)
    assert admin.last()[0] == "branding.logo_removed"
    assert admin.tenant().has_logo is False
    assert admin.get("/general").html.select_one(".logo-now") is None
    admin.browser.get(address, status=404)


def test_a_second_logo_gets_a_new_address(admin: Admin) -> None:
    addresses = set()
    for width in (40, 50):
        admin.fill("/general", logo=Upload("logo.png", png(width), "image/png"))
        addresses.add(admin.get("/general").html.select_one(".logo-now img")["src"])
    assert len(addresses) == 2
    assert admin.browser.get(addresses.pop()).body == png(50)


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        ("logo.svg", SVG, "Choose a PNG, JPEG or WebP picture."),
        ("logo.png", SVG, "Choose a PNG, JPEG or WebP picture."),
        ("logo.png", b"<html><script>", "Choose a PNG, JPEG or WebP picture."),
        ("logo.gif", b"GIF89a" + b"\1\0\1\0" + b"\0" * 20, "Choose a PNG, JPEG or WebP picture."),
        (
            "logo.png",
            b"\x89PNG\r\n\x1a\n" + b"\0" * 60,
            "This picture is damaged. Save it again and choose the new file.",
        ),
        (
            "logo.png",
            png(padding=512 * 1024),
            "The logo is too large. Choose a file of at most 512 KB.",
        ),
        (
            "logo.png",
            png(4001, 1),
            "The picture is too large. Choose one of at most 4000 pixels.",
        ),
    ],
)
def test_a_logo_is_known_by_its_bytes(admin: Admin, name: str, data: bytes, sentence: str) -> None:
    page = admin.fill("/general", name="New Name", logo=Upload(name, data, "image/png"), status=422)
    assert errors(page) == [sentence]
    assert form_of(page, admin.url("/general"))["name"].value == "New Name"
    assert admin.tenant().has_logo is False
    assert admin.tenant().name == "Acme Audio"
