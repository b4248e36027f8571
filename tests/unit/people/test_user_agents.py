"""Browsers by what they call themselves."""

import pytest

from portal.people.user_agents import browser_of, is_handheld, system_of

_WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"
_IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15"


@pytest.mark.parametrize(
    ("user_agent", "browser", "system", "handheld"),
    [
        (
            f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {_WEBKIT} Chrome/140.0 Safari/537.36",
            "Chrome",
            "Windows",
            False,
        ),
        (
            f"Mozilla/5.0 (Windows NT 10.0) {_WEBKIT} Chrome/140.0 Safari/537.36 Edg/140.0",
            "Edge",
            "Windows",
            False,
        ),
        (
            "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
            "Firefox",
            "Linux",
            False,
        ),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.0"
            " Safari/605.1.15",
            "Safari",
            "macOS",
            False,
        ),
        (f"{_IPHONE} Version/18.0 Mobile/15E148 Safari/604.1", "Safari", "iPhone", True),
        (f"{_IPHONE} CriOS/140.0 Mobile/15E148 Safari/604.1", "Chrome", "iPhone", True),
        (
            f"Mozilla/5.0 (Linux; Android 15) {_WEBKIT} SamsungBrowser/27.0 Chrome/125.0 Mobile"
            " Safari/537.36",
            "Samsung Internet",
            "Android",
            True,
        ),
        (f"Mozilla/5.0 (X11; CrOS x86_64) {_WEBKIT} Chrome/140.0", "Chrome", "ChromeOS", False),
        ("curl/8.5.0", None, None, False),
        ("", None, None, False),
    ],
)
def test_known(user_agent: str, browser: str | None, system: str | None, handheld: bool) -> None:
    assert browser_of(user_agent) == browser
    assert system_of(user_agent) == system
    assert is_handheld(user_agent) is handheld
