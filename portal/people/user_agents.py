"""What a browser calls itself, as two words that its owner recognises."""

import re

#: In this order: nearly every browser also claims to be the ones below it.
_BROWSERS = (
    ("Edge", re.compile(r"\bEdg(?:e|A|iOS)?/")),
    ("Opera", re.compile(r"\bOPR/|\bOpera\b")),
    ("Samsung Internet", re.compile(r"\bSamsungBrowser/")),
    ("Firefox", re.compile(r"\b(?:Firefox|FxiOS)/")),
    ("Chrome", re.compile(r"\b(?:Chrome|Chromium|CriOS)/")),
    ("Safari", re.compile(r"\bSafari/")),
)
_SYSTEMS = (
    ("iPad", re.compile(r"\biPad\b")),
    ("iPhone", re.compile(r"\biPhone\b")),
    ("Android", re.compile(r"\bAndroid\b")),
    ("ChromeOS", re.compile(r"\bCrOS\b")),
    ("Windows", re.compile(r"\bWindows\b")),
    ("macOS", re.compile(r"\bMac OS X\b|\bMacintosh\b")),
    ("Linux", re.compile(r"\bLinux\b")),
)
_ON_A_PHONE = frozenset({"iPad", "iPhone", "Android"})


def browser_of(user_agent: str) -> str | None:
    """The browser's name, or None for a program that is none of the known."""
    return next((name for name, sign in _BROWSERS if sign.search(user_agent)), None)


def system_of(user_agent: str) -> str | None:
    """The operating system or device, or None."""
    return next((name for name, sign in _SYSTEMS if sign.search(user_agent)), None)


def is_handheld(user_agent: str) -> bool:
    """Whether it is a phone or a tablet."""
    return system_of(user_agent) in _ON_A_PHONE
