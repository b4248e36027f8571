"""Freshworks: sign-ins start here and come back with an ``id_token`` (OpenID Connect, implicit).

The company's server gets a state and a nonce with its visitor and sends both back, the one as a
parameter, the other in the token, so that nobody can be signed in by a link from elsewhere. The
token is signed with RS256; its issuer has no secret of ours.
"""

from portal.signin.claims import Claim, Claims, Kind
from portal.signin.codes import Code
from portal.signin.dialects.base import Departure, Dialect, Endpoint, Match, with_query
from portal.signin.times import LONGEST_LIFE, TimeRule


def _login_url(departure: Departure) -> str | None:
    tenant = departure.tenant
    if not tenant.authorization_url or not tenant.client_id:
        return None
    return with_query(
        tenant.authorization_url,
        {
            "response_type": "id_token",
            "client_id": tenant.client_id,
            "scope": "openid email profile",
            "state": departure.state,
            "redirect_uri": f"{tenant.home_url}sp/OIDC/{tenant.client_id}/implicit",
            "nonce": departure.nonce,
        },
    )


def _person_name(claims: Claims) -> str | None:
    parts = (claims.text("given_name"), claims.text("family_name"))
    return claims.text("name") or " ".join(filter(None, parts)) or None


FRESHWORKS = Dialect(
    name="freshworks",
    label="Freshworks",
    endpoints=(Endpoint("sp/OIDC/{client_id}/implicit", methods=("GET",)),),
    claims=(
        Claim("sub", Kind.IDENTIFIER, slot="external_id", required=True),
        Claim("email", Kind.EMAIL, required=True),
        Claim("nonce", Kind.IDENTIFIER, required=True),
        Claim("iat", Kind.TIME, required=True),
        Claim("name", Kind.NAME),
        Claim("given_name", Kind.NAME),
        Claim("family_name", Kind.NAME),
    ),
    time=TimeRule(max_age=LONGEST_LIFE),
    algorithms=("RS256",),
    parameters=("state",),
    matches=(Match("parameter", "client_id", "client_id", Code.ACCOUNT_MISMATCH),),
    started_here=True,
    person_name=_person_name,
    login_url=_login_url,
)
