"""Clients by what they call themselves."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.signin.clients import Client, ClientKind, client_of

CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/130.0.0.0 Safari/537.36"


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        ("GuzzleHttp/7", "GuzzleHttp/7"),
        ("curl/8.5.0", "curl/8.5.0"),
        ("node", "node"),
        ("undici", "undici"),
        ("axios/1.7.7", "axios/1.7.7"),
        ("python-requests/2.32.3", "python-requests/2.32.3"),
        ("Python-urllib/3.11", "Python-urllib/3.11"),
        ("okhttp/4.12.0", "okhttp/4.12.0"),
        ("Go-http-client/1.1", "Go-http-client/1.1"),
        ("Java/21.0.5", "Java/21.0.5"),
        ("Apache-HttpClient/4.5.14 (Java/17.0.1)", "Apache-HttpClient/4.5.14"),
        ("PHP/8.3", "PHP/8.3"),
        ("Symfony HttpClient/Curl", "Symfony"),
        ("Wget/1.21.4", "Wget/1.21.4"),
        ("Ruby", "Ruby"),
        ("", ""),
    ],
)
def test_programs(user_agent: str, name: str) -> None:
    assert client_of(user_agent) == Client(ClientKind.PROGRAM, name)


@pytest.mark.parametrize(
    "user_agent",
    [
        "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
        "Slack-ImgProxy (+https://api.slack.com/robots)",
        "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
        "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
        f"{CHROME} BingPreview/1.0b",
        "Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5",
        "Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.12026; Pro)",
        "Mozilla/4.0 (compatible; ms-office; MSOffice 16)",
        "LinkedInBot/1.0 (compatible; Mozilla/5.0; Apache-HttpClient +http://www.linkedin.com)",
        "WhatsApp/2.23.20.0",
        "TelegramBot (like TwitterBot)",
        "Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)",
    ],
)
def test_previews(user_agent: str) -> None:
    client = client_of(user_agent)
    assert client.kind is ClientKind.PREVIEW
    assert 0 < len(client.name) <= 40


@pytest.mark.parametrize(
    "user_agent",
    [
        CHROME,
        "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 "
        "Version/18.1 Mobile/15E148 Safari/604.1",
        "Opera/9.80 (Windows NT 6.1) Presto/2.12.388 Version/12.18",
        "Firefox",
    ],
)
def test_browsers(user_agent: str) -> None:
    assert client_of(user_agent).kind is ClientKind.BROWSER


@given(st.text())
def test_anything_is_some_client_with_a_short_name(user_agent: str) -> None:
    assert len(client_of(user_agent).name) <= 40
