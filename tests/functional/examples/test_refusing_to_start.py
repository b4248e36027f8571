"""A sample whose settings are incomplete says so, in one sentence, and does not start."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.functional.examples.crossings import LOG_IN
from tests.functional.examples.samples import SAMPLES, Sample, running
from tests.functional.examples.visitor import Visitor

SETTINGS = {
    "PORTAL_URL": "http://127.0.0.1:1",  # nobody listens there
    "PORTAL_CALLBACK_URL": "https://help.acme.test/auth/callback",
    "PORTAL_TENANT": "acme",
    "PORTAL_SIGNING_KEY": "a-signing-key-that-nobody-uses-0123456789",
    "PORTAL_API_KEY": "tk_nobody",
    "PORTAL_API_SECRET": "an-api-secret-that-nobody-uses-0123456789",
}
#: Laravel's part has no start of its own.
STARTED = [name for name in SAMPLES if name != "laravel"]


def ends(sample: Sample, folder: Path, environment: dict[str, str]) -> list[tuple[int, str]]:
    """How each of its commands ended, and what it said on its standard error."""
    seen = []
    for command in sample.checks or (sample.command,):
        done = subprocess.run(
            command,
            cwd=folder,
            env={"PATH": os.environ["PATH"], "PORT": "0", **environment},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert not done.stdout or done.returncode == 0
        seen.append((done.returncode, done.stderr.strip()))
    return seen


@pytest.mark.parametrize("sample", STARTED, indirect=True)
def test_a_missing_secret(sample: Sample, folder: Path) -> None:
    for name, value in (
        ("PORTAL_SIGNING_KEY", None),
        ("PORTAL_SIGNING_KEY", " "),
        ("PORTAL_API_SECRET", ""),
    ):
        others = {key: text for key, text in SETTINGS.items() if key != name}
        sentence = f"Not set in the environment: {name}. See .env.example."
        environment = others if value is None else others | {name: value}
        assert (1, sentence) in ends(sample, folder, environment)


@pytest.mark.parametrize("sample", STARTED, indirect=True)
def test_nothing_is_set(sample: Sample, folder: Path) -> None:
    seen = ends(sample, folder, {})
    assert {status for status, _ in seen} == {1}
    assert {name for name in SETTINGS if name in str(seen)} == set(SETTINGS)
    assert all("\n" not in sentence for _, sentence in seen)


@pytest.mark.parametrize("sample", ["php", "node", "python", "static"], indirect=True)
def test_tokens_are_sent_nowhere_in_the_clear(sample: Sample, folder: Path) -> None:
    environment = SETTINGS | {"PORTAL_CALLBACK_URL": "http://help.acme.test/auth/callback"}
    sentence = "PORTAL_CALLBACK_URL must begin with https:// (except on localhost)."
    assert ends(sample, folder, environment) == [(1, sentence)]


@pytest.mark.parametrize("sample", ["php"], indirect=True)
def test_php_that_nobody_checked_says_it_on_every_page(sample: Sample, folder: Path) -> None:
    """PHP has no start at which it could refuse: the web server starts it for each request."""
    with running(sample, folder, {}) as site:
        page = Visitor().get(site.url("/"))
        assert page.status == 500
        assert page.text == "This site is not set up yet. Its log says what is missing."
        assert "Not set in the environment: PORTAL_URL, " in site.log.read_text()


@pytest.mark.parametrize("sample", ["laravel"], indirect=True)
def test_laravel_says_it_where_the_help_desk_is_asked_for(sample: Sample, folder: Path) -> None:
    settings = SETTINGS | {"PORTAL_SIGNING_KEY": " "}
    with running(sample, folder, settings) as site:
        visitor = Visitor()
        visitor.press(visitor.get(site.url("/login")), LOG_IN)
        page = visitor.get(site.url("/support"))
        assert page.status == 500
        assert "PORTAL" not in page.body
        assert "Not set in the environment: PORTAL_SIGNING_KEY. " in site.log.read_text()


@pytest.mark.parametrize("name", SAMPLES)
def test_the_example_of_the_settings(name: str) -> None:
    """It names every variable, can be loaded as the README says, and holds no secret."""
    folder = SAMPLES[name].folder
    done = subprocess.run(
        ["sh", "-c", "set -a; . ./.env.example; set +a; env"],
        cwd=folder,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = dict(line.split("=", 1) for line in done.stdout.splitlines())
    assert loaded.keys() >= {*SETTINGS, "PORTAL_KEY_ID"}
    assert loaded["PORTAL_SIGNING_KEY"] == loaded["PORTAL_API_SECRET"] == ""
