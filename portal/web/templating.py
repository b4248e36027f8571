"""Jinja as the templates find it: strict, escaped, in the reader's language.

Templates import macros without their context, so that Jinja compiles and keeps each file once;
a macro therefore cannot see `request`. The functions here look in the context first and then
at Pyramid's current request, so that pages and macros speak the same language.
"""

import functools
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

import jinja2
from babel.numbers import format_decimal
from markupsafe import Markup, escape
from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.threadlocal import get_current_request

from portal.web import clock, i18n
from portal.web.static import StaticFiles

#: How many hues avatars have; see `.avatar` in the style sheet.
TONES = 5

UNITS = ("B", "KB", "MB", "GB", "TB")
BINARY_MEGABYTE = 1024**2


def _request(context: jinja2.runtime.Context) -> Any:
    """The request of the page; None where there is none, as in a mail written by a job."""
    request = context.get("request")
    return request if request is not None else get_current_request()


def _language(context: jinja2.runtime.Context) -> str:
    """The language to write in: the template's own `language`, else the request's, else English.

    A mail sets `language` to the one of its reader, who did not make the request.
    """
    if language := context.get("language"):
        return str(language)
    request = _request(context)
    return request.locale.language if request is not None else i18n.LOCALES[0]


def _written(context: jinja2.runtime.Context, text: str, variables: Mapping[str, object]) -> str:
    """Fill in variables. In HTML the message is escaped too: what it holds is words, never markup.

    A link or bold words inside a sentence come in as a variable that is `Markup` already.
    """
    if not context.eval_ctx.autoescape:
        return text % variables if variables else text
    return escape(text) % variables if variables else escape(text)


@jinja2.pass_context
def gettext(context: jinja2.runtime.Context, message: str, /, **variables: object) -> str:
    """Say `message` in the reader's language; `%(name)s` places are filled and escaped."""
    if isinstance(message, i18n.Message):
        variables = message.variables | variables
        message = str.__str__(message)
    return _written(context, i18n.translate(_language(context), message), variables)


@jinja2.pass_context
def ngettext(
    context: jinja2.runtime.Context, singular: str, plural: str, n: int, /, **variables: object
) -> str:
    """Say the form that fits `n`; `%(num)s` is `n` as the language writes it."""
    language = _language(context)
    text = i18n.translations(language).ungettext(singular, plural, n)
    variables.setdefault("num", format_decimal(n, locale=i18n.locale_of(language)))
    return _written(context, text, variables)


@jinja2.pass_context
def said(context: jinja2.runtime.Context, text: str | date) -> str:
    """Filter: translate a `Message` (labels of forms and enums), and say a day as the reader's
    language does; leave any other text alone."""
    if isinstance(text, date):
        return clock.say_day(text, _language(context))
    return gettext(context, text) if isinstance(text, i18n.Message) else text


@jinja2.pass_context
def when(
    context: jinja2.runtime.Context, moment: datetime | None, style: clock.Style = "relative"
) -> Markup:
    """A `<time>` in the reader's language and zone, with the absolute time in its title."""
    if moment is None:
        return Markup("")
    language, request = _language(context), _request(context)
    zone = getattr(request, "zone", UTC)
    # Escaped one by one: Markup.format takes ten times as long, and lists hold many times.
    return Markup(  # noqa: S704 - everything in it is escaped
        f'<time datetime="{moment.isoformat(timespec="seconds")}"'
        f' title="{escape(clock.absolute(moment, language, zone))}" data-when="{escape(style)}">'
        f"{escape(clock.say_time(moment, style, language, zone))}</time>"
    )


@jinja2.pass_context
def until(context: jinja2.runtime.Context, moment: datetime) -> Markup:
    """How long it is until `moment`, as a `<time>` that counts down while the page is open."""
    language = _language(context)
    zone = getattr(_request(context), "zone", UTC)
    left = max(0.0, (moment - clock.now()).total_seconds())
    return Markup(
        '<time datetime="{}" title="{}" data-when="until" data-none="{}">{}</time>'
    ).format(
        moment.isoformat(timespec="seconds"),
        clock.absolute(moment, language, zone),
        clock.say_span(0, language),
        clock.say_span(left, language),
    )


@jinja2.pass_context
def filesize(context: jinja2.runtime.Context, size: int) -> str:
    """Bytes as people read them, in steps of 1000: 84 KB, 1.8 MB.

    Limits are set in binary megabytes, and a whole number of those is said as one: 25 MB.
    """
    amount, unit = float(size), 0
    if size and size % BINARY_MEGABYTE == 0:
        amount, unit = size / BINARY_MEGABYTE, 2
    while amount >= 999.5 and unit < len(UNITS) - 1:
        amount, unit = amount / 1000, unit + 1
    digits = "#,##0" if unit < 2 or amount >= 99.5 else "#,##0.#"
    locale = i18n.locale_of(_language(context))
    # A no-break space keeps figure and unit on one line.
    size_said = f"{format_decimal(amount, digits, locale=locale)}\N{NO-BREAK SPACE}{UNITS[unit]}"
    if locale.text_direction == "rtl":
        # The unit is Latin, and would change places with its figure.
        return f"\N{LEFT-TO-RIGHT ISOLATE}{size_said}\N{POP DIRECTIONAL ISOLATE}"
    return size_said


@jinja2.pass_context
def number(context: jinja2.runtime.Context, value: float) -> str:
    """A number as the language writes it: 3,412 or 3.412."""
    return format_decimal(value, locale=i18n.locale_of(_language(context)))


def initials(name: str) -> str:
    """One or two letters for an avatar: of the first and the last word of a name."""
    words = [word for word in name.split() if word[0].isalnum()]
    if not words:
        return "?"
    return (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper()


def avatar_tone(key: int) -> int:
    """The hue of a person's avatar, 1 to 5, always the same for the same person."""
    return key % TONES + 1


@jinja2.pass_context
def csrf_field(context: jinja2.runtime.Context) -> Markup:
    """The hidden field that every POST form carries."""
    token = _request(context).csrf_token
    return Markup('<input type="hidden" name="csrf_token" value="{}">').format(token)


@jinja2.pass_context
def writer_field(context: jinja2.runtime.Context, form_key: str) -> Markup:
    """The hidden field of a form in which somebody writes; see `portal.security.writers`."""
    mark = _request(context).writer_mark(form_key)
    return Markup('<input type="hidden" name="writer" value="{}">').format(mark)


@jinja2.pass_context
def place(
    context: jinja2.runtime.Context,
    resource: object,
    *elements: object,
    query: Any = None,
    anchor: str | None = None,
) -> str:
    """The address of a resource of the tree, or of something below it."""
    url: str = _request(context).place(resource, *elements, query=query, anchor=anchor)
    return url


@jinja2.pass_context
def upload_rules(context: jinja2.runtime.Context) -> Any:
    """Where this page sends files, and what a message carries: `url`, `max_bytes`, `max_files`."""
    return _request(context).upload_rules


class Assets:
    """The functions that need to know the static files."""

    def __init__(self, files: StaticFiles) -> None:
        """`files` is the registry's; it may be read anew in development."""
        self.files = files

    def static(self, path: str) -> str:
        """The address of a static file, with the content hash in it."""
        return self.files.fresh().url(path)

    def icon(self, name: str, flip: bool = False, cls: str = "") -> Markup:
        """An icon of the sprite, hidden from screen readers: it always stands beside words.

        `flip` turns an arrow round in right-to-left languages. KeyError for a name that is not
        in the sprite, so that a typo is a failing test and not a hole in the page.
        """
        return _icon(self.files.fresh().url("icons.svg"), self.files.icons, name, flip, cls)


@functools.lru_cache(maxsize=1024)
def _icon(sprite: str, known: frozenset[str], name: str, flip: bool, cls: str) -> Markup:
    if name not in known:
        raise KeyError(f"no icon {name!r} in the sprite; add it to scripts/vendor.toml")
    classes = " ".join(filter(None, ("icon", "flip" if flip else "", cls)))
    return Markup('<svg class="{}" aria-hidden="true"><use href="{}#{}"/></svg>').format(
        classes, sprite, name
    )


def environment_globals(files: StaticFiles) -> dict[str, object]:
    """What every template can call."""
    assets = Assets(files)
    return {
        "_": gettext,
        "gettext": gettext,
        "ngettext": ngettext,
        "N_": i18n.N_,
        "icon": assets.icon,
        "static": assets.static,
        "when": when,
        "until": until,
        "filesize": filesize,
        "number": number,
        "initials": initials,
        "avatar_tone": avatar_tone,
        "csrf_field": csrf_field,
        "writer_field": writer_field,
        "place": place,
        "upload_rules": upload_rules,
    }


def environment_filters() -> dict[str, object]:
    """What every template can filter through; `said` is only a filter."""
    return {"said": said, "when": when}


def add_theme(event: Any) -> None:
    """Give every page `theme`, the reader's choice, so that the first byte already wears it."""
    request: Request | None = event.get("request")
    chosen = request.cookies.get("portal_theme") if request is not None else None
    event.setdefault("theme", chosen if chosen in ("light", "dark") else "system")


def _whole_name(template: str, _parent: str) -> str:
    """Templates name each other from the folder of all templates, whoever asks.

    pyramid_jinja2 would look beside the asking template first, and so compile and keep a layout
    once for each page that extends it.
    """
    return template


def includeme(config: Configurator) -> None:
    """Set up Jinja, languages, the static files and what templates can call."""
    config.add_settings(
        {
            "jinja2.directories": "portal:templates",
            "jinja2.undefined": "strict",
            "jinja2.trim_blocks": "true",
            "jinja2.lstrip_blocks": "true",
        }
    )
    config.include("portal.web.i18n")
    config.include("portal.web.static")
    config.include("pyramid_jinja2")
    config.add_request_method(clock.request_zone, "zone", reify=True)
    config.add_subscriber(add_theme, "pyramid.events.BeforeRender")

    def complete() -> None:
        environment = config.get_jinja2_environment()
        environment.join_path = _whole_name
        environment.globals.update(environment_globals(config.registry["static_files"]))
        environment.filters.update(environment_filters())

    config.action(None, complete, order=999)
