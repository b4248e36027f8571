"""What a tenant's own settings may be. Each rule gives the value in the form that is kept.

A rule raises ValueError with one sentence, a `Message`, that the settings pages and the command
line both say.
"""

import re
from collections.abc import Callable, Collection
from zoneinfo import available_timezones

from portal.tenants.directory import RESERVED_SLUGS
from portal.web.colour import parse
from portal.web.i18n import LOCALES, N_

Rule = Callable[[str], str]

MAX_NAME = 200
MAX_REOPEN_DAYS = 365
#: Ids that vendors' dialects name a tenant by.
MAX_ID = 255

_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,62}", re.ASCII)
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_HOST = re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(?:\.{_LABEL})+", re.ASCII)
_NUMERIC = re.compile(r"[0-9.]+", re.ASCII)
#: Controls, and characters that change the direction of text or break a line.
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def one_line(text: str, longest: int = MAX_NAME) -> str:
    """A text of one line: a name, a title, an id."""
    text = text.strip()
    if not text:
        raise ValueError(N_("This cannot be empty."))
    if len(text) > longest:
        raise ValueError(N_("Use at most %(limit)s characters.", limit=longest))
    if _UNSEEN.search(text):
        raise ValueError(N_("Leave out control characters and line breaks."))
    return text


def slug(text: str) -> str:
    """The tenant's part of the address."""
    if not _SLUG.fullmatch(text):
        raise ValueError(
            N_(
                "Use at most 63 lower-case letters a–z, digits and dashes, "
                "and begin with a letter or a digit."
            )
        )
    if text in RESERVED_SLUGS:
        raise ValueError(N_("“%(slug)s” is reserved: choose another word.", slug=text))
    return text


def vendor_id(text: str) -> str:
    """A company or account id as another system writes it."""
    return one_line(text, MAX_ID)


def domain(text: str) -> str:
    """A host or e-mail domain: lower case, punycode, without port."""
    text = text.strip()
    if not text.isascii():
        raise ValueError(N_("Write “%(name)s” in punycode, beginning with xn--.", name=text))
    if not _HOST.fullmatch(text.lower()) or _NUMERIC.fullmatch(text):
        raise ValueError(
            N_("“%(name)s” is no domain name. Write it like help.example.com.", name=text)
        )
    return text.lower()


def own_host(portal_hosts: Collection[str]) -> Rule:
    """The rule for a tenant's own hosts: none of the portal's."""

    def rule(text: str) -> str:
        host = domain(text)
        if host in portal_hosts:
            raise ValueError(N_("“%(name)s” is the portal’s own host.", name=host))
        return host

    return rule


def accent(text: str) -> str:
    """A colour, as `#rrggbb`. What is too light or too dark for words is adjusted where used."""
    try:
        channels = parse(text.strip())
    except ValueError:
        raise ValueError(N_("Write the colour like #2f5d8c.")) from None
    return "#" + "".join(f"{channel:02x}" for channel in channels)


def language(text: str) -> str:
    """A language that the portal speaks."""
    if text not in LOCALES:
        raise ValueError(
            N_("Choose one of the portal’s languages: %(names)s.", names=", ".join(LOCALES))
        )
    return text


def time_zone(text: str) -> str:
    """The name of a time zone (IANA)."""
    if text not in available_timezones():
        raise ValueError(N_("“%(name)s” is no time zone. Write it like Europe/Berlin.", name=text))
    return text


def reopen_days(text: str) -> int:
    """For how many days a solved ticket can be reopened."""
    days = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0
    if not 1 <= days <= MAX_REOPEN_DAYS:
        raise ValueError(N_("Use a whole number from 1 to %(limit)s.", limit=MAX_REOPEN_DAYS))
    return days
