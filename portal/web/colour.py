"""A tenant's accent colour, checked for contrast and written as the tenant's style sheet.

Contrast is WCAG 2.2's ratio (https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio) of relative
luminances in sRGB. A colour that is too light or too dark for words is moved along the way to
black or white until it is readable, and keeps its hue.
"""

import re

READABLE = 4.5
"""The ratio that WCAG 2.2 AA asks of ordinary text."""

PAPER = {"light": "#f3f2f0", "dark": "#2c2f36"}
"""The least favourable ground that accent-coloured words stand on, in each theme."""

HEX = re.compile(r"#(?:[0-9a-f]{3}|[0-9a-f]{6})", re.ASCII | re.IGNORECASE)


def parse(colour: str) -> tuple[int, int, int]:
    """Red, green and blue, 0 to 255, of `#rgb` or `#rrggbb`. ValueError for anything else."""
    if not HEX.fullmatch(colour):
        raise ValueError(f"{colour!r} is not a colour like #5b5bd6")
    digits = colour[1:] if len(colour) == 7 else "".join(digit * 2 for digit in colour[1:])
    return int(digits[0:2], 16), int(digits[2:4], 16), int(digits[4:6], 16)


def luminance(colour: str) -> float:
    """WCAG's relative luminance, 0 (black) to 1 (white)."""
    red, green, blue = (_linear(channel / 255) for channel in parse(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4


def contrast(first: str, second: str) -> float:
    """WCAG's contrast ratio of two colours, 1 to 21, whichever comes first."""
    light, dark = sorted((luminance(first), luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def readable_accent(accent: str) -> tuple[str, str]:
    """The accent as words can wear it: `(on light paper, on dark paper)`, each at 4.5:1.

    On light paper it also carries white words (a filled button). An accent that is readable
    already comes back unchanged, in lower case and six digits.
    """
    light = _moved(accent, towards=0, grounds=(PAPER["light"], "#ffffff"))
    dark = _moved(accent, towards=255, grounds=(PAPER["dark"],))
    return light, dark


def _moved(accent: str, *, towards: int, grounds: tuple[str, ...]) -> str:
    """The first mix of `accent` with black or white, in steps of 1/64, that reads everywhere."""
    channels = parse(accent)
    for step in range(65):
        mixed = (round(channel + (towards - channel) * step / 64) for channel in channels)
        colour = "#" + "".join(f"{channel:02x}" for channel in mixed)
        if all(contrast(colour, ground) >= READABLE for ground in grounds):
            return colour
    raise AssertionError("black and white read on every paper")


def accent_css(accent: str) -> str:
    """The whole style sheet of a tenant; `tokens.css` derives fills, tints and lines from it.

    ValueError for anything that is not a hexadecimal colour, so that nothing else can be
    written into a style sheet.
    """
    light, dark = readable_accent(accent)
    plain = "#" + "".join(f"{channel:02x}" for channel in parse(accent))
    return (
        "@layer tokens {\n"
        f":root {{ --accent: {plain}; --accent-light: {light}; --accent-dark: {dark}; }}\n"
        "}\n"
    )
