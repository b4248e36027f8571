"""ProProfs: a token with the account and the Auth URL beside it, at ``/sso/auth``.

The Auth URL is a word that both sides know: it is compared letter by letter, and never fetched
or redirected to.
"""

from portal.signin.claims import Claim, Kind
from portal.signin.codes import Code
from portal.signin.dialects.base import Dialect, Endpoint, Match
from portal.signin.times import TimeRule

PROPROFS = Dialect(
    name="proprofs",
    label="ProProfs",
    endpoints=(Endpoint("sso/auth"),),
    claims=(
        Claim("email", Kind.EMAIL, required=True),
        Claim("iat", Kind.TIME, required=True),
        Claim("jti", Kind.IDENTIFIER, required=True),
    ),
    time=TimeRule(max_age=180),
    tenant_hints=(
        Match("parameter", "account_id", "account_id", Code.TENANT_MISMATCH, required=False),
    ),
    matches=(
        Match("parameter", "account_id", "account_id", Code.ACCOUNT_MISMATCH),
        Match("parameter", "auth_url", "auth_url", Code.ACCOUNT_MISMATCH),
    ),
)
