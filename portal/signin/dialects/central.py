"""Central Tickets: a token with the page to go to inside it, at ``/auth/callback``.

Instead of a token, the one-time reference that ``POST /api/auth/redirect`` gave.

The landing page's button brings the tenant's site everything it needs to call us back.
"""

from portal.signin.claims import Claim, Claims, Kind
from portal.signin.codes import Code
from portal.signin.dialects.base import Departure, Dialect, Endpoint, Match, with_query
from portal.signin.parameters import Parameters
from portal.signin.times import TimeRule


def _target(claims: Claims, _parameters: Parameters) -> str | None:
    # Only the signed claim: a parameter could have been added by anyone on the way.
    return claims.text("target")


def _login_url(departure: Departure) -> str | None:
    tenant = departure.tenant
    if not tenant.remote_login_url:
        return None
    return with_query(
        tenant.remote_login_url,
        {
            "redirect_url": departure.destination or f"{tenant.home_url}dashboard",
            "callback_api": f"{tenant.home_url}api/auth/redirect",
            "tenant": tenant.slug,
        },
    )


CENTRAL = Dialect(
    name="central",
    label="Central Tickets",
    endpoints=(Endpoint("auth/callback"),),
    claims=(
        Claim("email", Kind.EMAIL, required=True),
        Claim("iat", Kind.TIME, required=True),
        Claim("exp", Kind.TIME, required=True),
        Claim("jti", Kind.IDENTIFIER, required=True),
        Claim("name", Kind.NAME),
        Claim("role", Kind.TEXT),
        Claim("external_user_id", Kind.IDENTIFIER, slot="external_id"),
        Claim("redirect_url", Kind.TARGET, slot="target"),
    ),
    time=TimeRule(),
    # The token need not name its tenant; where it does, it must be this one.
    tenant_hints=(
        Match("claim", "tenant", "slug", Code.TENANT_MISMATCH, required=False),
        Match("claim", "companyId", "company_id", Code.TENANT_MISMATCH, required=False),
    ),
    takes_references=True,
    target=_target,
    login_url=_login_url,
)
