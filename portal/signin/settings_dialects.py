"""Dialects as the sign-in settings show them: names, addresses, on or off."""

import re
from collections.abc import Collection
from dataclasses import dataclass

from pyramid.request import Request

from portal.signin.configuration import departure, facts
from portal.signin.dialects import dialects
from portal.signin.dialects.base import Dialect
from portal.signin.models import SsoConfig
from portal.web.clock import now
from portal.web.i18n import N_, Message

_CAPTURE = re.compile(r"\{([a-z_]+)\}")

#: What vendors call the address at which their tokens arrive.
_ADDRESSES = {
    "central": N_("Callback URL (%(dialect)s)"),
    "happyfox": N_("Client Redirect URL (%(dialect)s)"),
    "freshworks": N_("Redirect URL (%(dialect)s)"),
}
#: In the example of a link: what is made for each visitor.
_EACH_TIME = "..."
_ADDRESS = N_("Sign-in address (%(dialect)s)")


@dataclass(frozen=True, slots=True)
class DialectRow:
    """A dialect on the page."""

    name: str
    label: str
    on: bool
    #: Its address below the tenant's; empty for a dialect that is not spoken here.
    path: str = ""
    #: The whole address; empty while a setting that is a part of it is.
    url: str = ""
    url_label: Message | None = None


def dialect_rows(
    request: Request, config: SsoConfig, switched_on: Collection[str]
) -> list[DialectRow]:
    """Every dialect that is spoken, and those that a setting names without."""
    spoken = dialects(request.registry)
    rows = [_row(request, dialect, dialect.name in switched_on) for dialect in spoken.values()]
    others = sorted({*switched_on, *config.dialects} - set(spoken))
    return rows + [DialectRow(name, label(request, name), name in switched_on) for name in others]


def label(request: Request, name: str) -> str:
    """What a dialect is called."""
    dialect = dialects(request.registry).get(name)
    return dialect.label if dialect is not None else name


def saved_link(request: Request) -> str | None:
    """Where "Sign In with …" leads, as the settings are saved now."""
    settings = request.sign_in_configuration.settings
    dialect = dialects(request.registry).get(settings.primary_dialect)
    if dialect is None:
        return settings.remote_login_url or None
    destination = request.absolute(request.context_tenant, "tickets", 42)
    return dialect.login_url(
        departure(
            request, destination, now=int(now().timestamp()), state=_EACH_TIME, nonce=_EACH_TIME
        )
    )


def _row(request: Request, dialect: Dialect, on: bool) -> DialectRow:
    path = dialect.endpoints[0].path
    # Some vendors have one of the tenant's settings in the address.
    settings = facts(request)
    values = {name: getattr(settings, name, "") for name in _CAPTURE.findall(path)}
    url = ""
    if all(values.values()):
        filled = _CAPTURE.sub(lambda match: values[match[1]], path)
        url = request.absolute(request.context_tenant, *filled.split("/"))
    words = Message(_ADDRESSES.get(dialect.name, _ADDRESS), dialect=dialect.label)
    return DialectRow(dialect.name, dialect.label, on, f"/{path}", url, words)
