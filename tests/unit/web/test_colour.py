"""Contrast, and the accent that always reads."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.web.colour import PAPER, READABLE, accent_css, contrast, parse, readable_accent

colours = st.integers(0, 0xFFFFFF).map("#{:06x}".format)


@pytest.mark.parametrize(
    ("first", "second", "ratio"),
    [
        ("#000000", "#ffffff", 21.0),
        ("#fff", "#ffffff", 1.0),
        ("#777777", "#ffffff", 4.48),
        ("#ff0000", "#ffffff", 4.0),
        ("#0000ff", "#ffff00", 8.0),
    ],
)
def test_known_ratios(first: str, second: str, ratio: float) -> None:
    assert contrast(first, second) == pytest.approx(ratio, abs=0.01)
    assert contrast(second, first) == contrast(first, second)


@given(colours)
def test_every_accent_is_made_readable(accent: str) -> None:
    light, dark = readable_accent(accent)
    assert contrast(light, PAPER["light"]) >= READABLE
    assert contrast(light, "#ffffff") >= READABLE
    assert contrast(dark, PAPER["dark"]) >= READABLE


def test_a_readable_accent_stays_as_it_was_chosen() -> None:
    assert readable_accent("#0B4F76")[0] == "#0b4f76"


def test_a_pale_accent_keeps_its_hue() -> None:
    red, green, blue = parse(readable_accent("#b6e23c")[0])
    assert green > red > blue


def test_the_style_sheet_sets_the_three_properties() -> None:
    css = accent_css("#ABC")
    assert "--accent: #aabbcc;" in css
    assert "--accent-light: #" in css
    assert "--accent-dark: #" in css


@pytest.mark.parametrize(
    "text", ["", "red", "#12", "#1234567", "#12345g", "#fff;}body{display:none", "#ff\n", "#ﬀﬀﬀ"]
)
def test_nothing_but_a_colour_gets_into_a_style_sheet(text: str) -> None:
    with pytest.raises(ValueError, match="colour"):
        accent_css(text)
