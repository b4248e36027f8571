"""Zendesk: a form posted to ``/access/jwt``, or a link with ``?jwt=`` from older scripts.

Of the profile, the name, the external id, the role, the language and the organisation (by its
name) are kept. Tags, the phone number and the user fields are read and held to their types, and
have no place in our tables. The photo's address is never looked at.
"""

from collections.abc import Mapping
from urllib.parse import parse_qsl, urlsplit

from portal.people.models import Role
from portal.signin.claims import Claim, Claims, Kind
from portal.signin.dialects.base import Departure, Dialect, Endpoint, Farewell, with_query
from portal.signin.parameters import Parameters
from portal.signin.times import TimeRule

#: Zendesk's numbers for our languages.
_LOCALE_IDS = {"en": "1", "de": "8"}


def _target(_claims: Claims, parameters: Parameters) -> str | None:
    return parameters.get("return_to")


def _login_url(departure: Departure) -> str | None:
    tenant = departure.tenant
    if not tenant.remote_login_url:
        return None
    return with_query(
        tenant.remote_login_url,
        {
            # A tenant is one brand.
            "brand_id": tenant.slug,
            "locale_id": _LOCALE_IDS.get(departure.locale, _LOCALE_IDS["en"]),
            "return_to": departure.destination or tenant.home_url,
            "timestamp": str(departure.now),
        },
    )


def _logout_url(farewell: Farewell) -> str | None:
    url = farewell.tenant.remote_logout_url
    return with_query(url, _about(farewell)) if url else None


def _refusal_url(farewell: Farewell) -> str | None:
    url = farewell.tenant.remote_logout_url
    return with_query(url, {"kind": "error", "message": farewell.message}) if url else None


def _about(farewell: Farewell) -> Mapping[str, str]:
    """Who has left. A parameter that the configured address has already, though it be blank, is
    not added: that is how an admin keeps it to themselves."""
    query = urlsplit(farewell.tenant.remote_logout_url).query
    there = {name for name, _ in parse_qsl(query, keep_blank_values=True)}
    who = {
        "email": farewell.email,
        "external_id": farewell.external_id,
        "brand_id": farewell.tenant.slug,
    }
    return {name: value for name, value in who.items() if name not in there}


ZENDESK = Dialect(
    name="zendesk",
    label="Zendesk",
    endpoints=(Endpoint("access/jwt"),),
    claims=(
        Claim("iat", Kind.TIME, required=True),
        Claim("jti", Kind.IDENTIFIER, required=True),
        Claim("email", Kind.EMAIL, required=True),
        Claim("name", Kind.NAME, required=True),
        Claim("external_id", Kind.IDENTIFIER),
        Claim("locale", Kind.TEXT),
        Claim("organization", Kind.TEXT, slot="organisation"),
        Claim("tags", Kind.TEXTS),
        Claim("phone", Kind.IDENTIFIER),
        Claim("role", Kind.TEXT),
        Claim("user_fields", Kind.FIELDS),
    ),
    time=TimeRule(max_age=180, future=180),
    parameters=("return_to",),
    role_cap=Role.AGENT,
    target=_target,
    login_url=_login_url,
    logout_url=_logout_url,
    refusal_url=_refusal_url,
)
