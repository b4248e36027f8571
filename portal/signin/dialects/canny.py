"""Canny: a token with the company and the page to go to beside it, at ``/api/redirects/sso``."""

from portal.signin.claims import Claim, Claims, Kind
from portal.signin.codes import Code
from portal.signin.dialects.base import Departure, Dialect, Endpoint, Match, with_query
from portal.signin.parameters import Parameters
from portal.signin.times import LONGEST_LIFE, TimeRule


def _target(_claims: Claims, parameters: Parameters) -> str | None:
    return parameters.get("redirect")


def _login_url(departure: Departure) -> str | None:
    tenant = departure.tenant
    if not tenant.remote_login_url:
        return None
    return with_query(
        tenant.remote_login_url,
        {
            "redirect": departure.destination or tenant.home_url,
            "companyID": tenant.company_id,
        },
    )


CANNY = Dialect(
    name="canny",
    label="Canny",
    endpoints=(Endpoint("api/redirects/sso"),),
    claims=(
        Claim("email", Kind.EMAIL, required=True),
        Claim("id", Kind.IDENTIFIER, slot="external_id", required=True),
        Claim("name", Kind.NAME, required=True),
        # Canny's tokens live for ever. Its samples' libraries add the time of issue, and here a
        # token without one is refused.
        Claim("iat", Kind.TIME, required=True),
    ),
    time=TimeRule(max_age=LONGEST_LIFE),
    parameters=("redirect",),
    tenant_hints=(
        Match("parameter", "companyID", "company_id", Code.TENANT_MISMATCH, required=False),
    ),
    matches=(Match("parameter", "companyID", "company_id", Code.ACCOUNT_MISMATCH),),
    target=_target,
    login_url=_login_url,
)
