"""The language of a request, and what is said in it.

Source strings are English, so English needs no catalogue. Every other language is a gettext
catalogue, `portal/locale/<language>/LC_MESSAGES/portal.po`, read once when first needed: no
compiled files, nothing to forget to build. `scripts/messages.py` keeps the catalogues whole.
"""

import functools
from importlib import resources
from io import BytesIO
from typing import Any, Self

from babel import Locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal
from babel.support import NullTranslations, Translations
from pyramid.config import Configurator
from pyramid.request import Request

LOCALES = ("en", "de", "ar")
"""Languages the portal speaks; the first one is spoken when nothing else is known. Arabic is begun:
what it lacks is said in English."""

DOMAIN = "portal"


class Message(str):
    """A source string that will be translated where it is shown, with its variables.

    Forms, enums and exceptions of services know no request; they hold a `Message`, and the
    template or the view says it in the reader's language. As a plain string it is the English
    source, variables not filled in.
    """

    __slots__ = ("variables",)
    variables: dict[str, object]

    def __new__(cls, text: str, /, **variables: object) -> Self:
        """Mark `text`; `variables` fill its `%(name)s` places once it is translated."""
        message = super().__new__(cls, text)
        message.variables = variables
        return message


def N_(text: str, /, **variables: object) -> Message:  # noqa: N802 - gettext's name for it
    """Mark `text` for translation now and translate it later."""
    return Message(text, **variables)


class _Isolated(NullTranslations):
    """What a begun language that is written from right to left lacks: English, set apart from the
    words around it (Unicode's isolates, UAX #9), so that its full stop stays at its end."""

    def gettext(self, message: str) -> str:
        return f"\N{LEFT-TO-RIGHT ISOLATE}{message}\N{POP DIRECTIONAL ISOLATE}"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self.gettext(msgid1 if n == 1 else msgid2)

    ugettext, ungettext = gettext, ngettext


@functools.cache
def translations(language: str) -> NullTranslations:
    """The catalogue of a language of `LOCALES`; English, and any other, translates to itself.

    Fuzzy entries are guesses of the extraction tool and are left out.
    """
    source = resources.files("portal") / "locale" / language / "LC_MESSAGES" / f"{DOMAIN}.po"
    if language not in LOCALES or not source.is_file():
        return NullTranslations()
    with source.open("rb") as file:
        catalogue = read_po(file, locale=language, domain=DOMAIN)
    compiled = BytesIO()
    write_mo(compiled, catalogue, use_fuzzy=False)
    compiled.seek(0)
    said = Translations(compiled, domain=DOMAIN)
    if locale_of(language).text_direction == "rtl":
        said.add_fallback(_Isolated())
    return said


def negotiate(
    accept_language: str | None, user_locale: str | None = None, tenant_locale: str | None = None
) -> str:
    """The language to speak: the user's choice, else the browser's wish, else the tenant's.

    `accept_language` is the header as sent (RFC 9110, section 12.5.4). Anything that is
    unknown or malformed is passed over. Always gives a member of `LOCALES`.
    """
    if user_locale in LOCALES:
        return user_locale
    for tag in _by_preference(accept_language or ""):
        if (language := tag.partition("-")[0]) in LOCALES:
            return language
    if tenant_locale in LOCALES:
        return tenant_locale
    return LOCALES[0]


@functools.lru_cache(maxsize=256)
def _by_preference(header: str) -> tuple[str, ...]:
    """Language tags of an Accept-Language header, the most wanted first, lower case."""
    weighed = []
    for part in header[:500].split(","):
        tag, _, parameters = part.strip().partition(";")
        name, _, value = parameters.strip().partition("=")
        try:
            quality = float(value) if name.strip() == "q" else 1.0
        except ValueError:
            continue
        if tag and 0 < quality <= 1:
            weighed.append((quality, tag.strip().lower()))
    return tuple(tag for _, tag in sorted(weighed, key=lambda pair: -pair[0]))


@functools.cache
def locale_of(language: str) -> Locale:
    """The Babel locale of a language of `LOCALES`, parsed once.

    English is read all over the world: British data, so that days come before months and the
    clock has 24 hours, which nobody misreads.
    """
    return Locale.parse("en_GB" if language == "en" else language)


def translate(language: str, message: str, /, **variables: object) -> str:
    """Say `message` in `language`, its `%(name)s` places filled from `variables`.

    A `Message` brings its own variables; those given here win. Without any, the text is not
    formatted, so a lone `%` needs no doubling.
    """
    if isinstance(message, Message):
        variables = message.variables | variables
    text = translations(language).ugettext(message) if message else ""
    return text % variables if variables else text


def translate_plural(
    language: str, singular: str, plural: str, n: int, /, **variables: object
) -> str:
    """Say the form that fits `n`; `%(num)s` is `n` as the language writes it."""
    text = translations(language).ungettext(singular, plural, n)
    variables.setdefault("num", format_decimal(n, locale=locale_of(language)))
    return text % variables


def request_locale(request: Request) -> Locale:
    """`request.locale`: the `babel.Locale` of whoever reads the answer."""
    identity = reader(request)
    return locale_of(
        negotiate(
            request.headers.get("Accept-Language"),
            getattr(identity, "locale", None),
            getattr(getattr(request, "tenant", None), "locale", None),
        )
    )


def reader(request: Request) -> Any:
    """The identity; None also when it cannot be had, for an error page still needs a language.

    Whatever broke (a database that is away, say) has already been logged where it broke.
    """
    try:
        return request.identity
    except Exception:  # noqa: BLE001 - see above
        return None


def request_gettext(request: Request, message: str, /, **variables: object) -> str:
    """`request.gettext`: `translate` in the request's language."""
    return translate(request.locale.language, message, **variables)


def request_ngettext(
    request: Request, singular: str, plural: str, n: int, /, **variables: object
) -> str:
    """`request.ngettext`: `translate_plural` in the request's language."""
    return translate_plural(request.locale.language, singular, plural, n, **variables)


def includeme(config: Configurator) -> None:
    """Give every request its language and read the catalogues, so that a broken one stops here."""
    for language in LOCALES:
        translations(language)
    config.add_request_method(request_locale, "locale", reify=True)
    config.add_request_method(request_gettext, "gettext")
    config.add_request_method(request_ngettext, "ngettext")
