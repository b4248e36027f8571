"""HappyFox: a token with ``iat`` alone, valid for two minutes, at ``/jwt/``.

There is no return parameter, so the page the visitor wanted is remembered on our side.
"""

from portal.signin.claims import Claim, Kind
from portal.signin.codes import Code
from portal.signin.dialects.base import Dialect, Endpoint
from portal.signin.times import TimeRule
from portal.web.i18n import N_

HAPPYFOX = Dialect(
    name="happyfox",
    label="HappyFox",
    endpoints=(Endpoint("jwt"),),
    claims=(
        Claim("iat", Kind.TIME, required=True),
        Claim("jti", Kind.IDENTIFIER, required=True),
        Claim("email", Kind.EMAIL, required=True),
        Claim("name", Kind.NAME),
    ),
    time=TimeRule(max_age=120),
    key_length=32,
    # HappyFox's own words: support pages and integrations look for them.
    words={Code.TOKEN_EXPIRED: N_("Remote token has expired")},
)
