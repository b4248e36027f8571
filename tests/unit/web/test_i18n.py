"""The language of a request, and texts in it."""

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyramid.request import Request

from portal.web.i18n import (
    LOCALES,
    N_,
    Message,
    negotiate,
    request_locale,
    translate,
    translate_plural,
)

Requests = Callable[..., Request]


@pytest.mark.parametrize(
    ("header", "user", "tenant", "language"),
    [
        ("de", None, None, "de"),
        ("de-AT,de;q=0.9,en;q=0.8", None, None, "de"),
        ("fr, en;q=0.3, de;q=0.7", None, None, "de"),
        ("fr", None, "de", "de"),
        ("fr", None, None, "en"),
        ("de", "en", "de", "en"),
        ("de;q=0", None, None, "en"),
        ("de;q=nonsense,en", None, "de", "en"),
        ("*", None, "de", "de"),
        ("", "klingon", "klingon", "en"),
        (None, None, None, "en"),
    ],
)
def test_the_users_choice_then_the_browsers_then_the_tenants(
    header: str | None, user: str | None, tenant: str | None, language: str
) -> None:
    assert negotiate(header, user, tenant) == language


@given(st.text())
def test_any_header_gives_a_language(header: str) -> None:
    assert negotiate(header) in LOCALES


def test_german_says_it_in_german_and_english_says_the_source() -> None:
    assert translate("de", "Sign out") == "Abmelden"
    assert translate("en", "Sign out") == "Sign out"
    assert translate("de", "No such text anywhere") == "No such text anywhere"


def test_a_begun_language_says_the_rest_in_english() -> None:
    assert translate("ar", "Sign out") == "تسجيل الخروج"
    assert translate_plural("ar", "%(num)s earlier message", "%(num)s earlier messages", 2) == (
        "رسالتان سابقتان"
    )
    # Apart from the words around it, so that its full stop stays where English has it.
    assert translate("ar", "No such %(thing)s anywhere.", thing="text") == (
        "\N{LEFT-TO-RIGHT ISOLATE}No such text anywhere.\N{POP DIRECTIONAL ISOLATE}"
    )


def test_the_header_of_the_catalogue_is_no_translation_of_nothing() -> None:
    assert translate("de", "") == ""


def test_variables_fill_the_places_and_a_lone_percent_sign_stays() -> None:
    assert (
        translate("de", "Signed in as %(email)s.", email="a@b.test") == "Angemeldet als a@b.test."
    )
    assert translate("en", "100 %") == "100 %"


def test_a_message_brings_its_variables() -> None:
    message = N_("Signed in as %(email)s.", email="a@b.test")
    assert isinstance(message, Message)
    assert translate("de", message) == "Angemeldet als a@b.test."
    assert message == "Signed in as %(email)s."


@pytest.mark.parametrize(
    ("language", "n", "text"),
    [
        ("en", 1, "1 earlier message"),
        ("en", 1200, "1,200 earlier messages"),
        ("de", 1, "1 frühere Nachricht"),
        ("de", 1200, "1.200 frühere Nachrichten"),
    ],
)
def test_plurals_and_their_number(language: str, n: int, text: str) -> None:
    said = translate_plural(language, "%(num)s earlier message", "%(num)s earlier messages", n)
    assert said == text


def test_a_request_speaks_its_readers_language(request_in: Requests) -> None:
    request = request_in("de")
    assert request.locale.language == "de"
    assert request.gettext("Sign out") == "Abmelden"
    assert request.ngettext("%(num)s earlier message", "%(num)s earlier messages", 2).startswith(
        "2"
    )


def test_the_identity_and_the_tenant_have_their_say(request_in: Requests) -> None:
    german = SimpleNamespace(locale="de")
    assert request_in("en", identity=german).locale.language == "de"
    assert request_in("fr", tenant=german).locale.language == "de"
    assert request_in("en", tenant=german).locale.language == "en"


def test_a_page_has_a_language_when_the_identity_cannot_be_had() -> None:
    class Broken(Request):
        @property
        def identity(self) -> object:
            raise ConnectionError

    request = Broken.blank("/", headers={"Accept-Language": "de"})
    assert request_locale(request).language == "de"
