"""The seven vendors' ways in: where each one's token goes, and what stands in and beside it."""

import time
import uuid
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from tests.security.attacks.target import Target

AUTH_URL = "https://www.acme.test/auth?from=helpdesk"
CLIENT = "302836020429100183"
#: What a browser was given to bring back, by the dialect that asks for it.
STATE, NONCE = "s" * 43, "n" * 43


class Way(NamedTuple):
    """A vendor's address, and what its token is made of.

    ``claims`` and ``beside`` are values, or the name of what the tenant calls it: ``@slug``.
    """

    dialect: str
    path: str
    parameter: str = "token"
    method: str = "GET"
    algorithm: str = "HS256"
    #: Claims that every token needs but iat, email and name, which all send.
    claims: tuple[tuple[str, str], ...] = ()
    beside: tuple[tuple[str, str], ...] = ()
    #: Seconds for which a token is good after its iat; None: its exp says so.
    max_age: int | None = None
    #: Seconds by which iat may be ahead.
    future: int = 60
    #: The claim with the company's own id of a person.
    external_id: str = ""

    @property
    def started_here(self) -> bool:
        """Whether the browser must have started the sign-in here."""
        return self.dialect == "freshworks"


_TIMES = (("exp", "@exp"),)
#: Not all vendors ask for a jti, but two good tokens of one second must not be the same token.
_ONCE = (("jti", "@jti"),)
WAYS = {
    way.dialect: way
    for way in (
        Way(
            "central", "/auth/callback", claims=_TIMES + _ONCE, external_id="external_user_id"
        ),
        Way("issuely", "/api/auth/sso", claims=(*_TIMES, *_ONCE, ("companyId", "@company_id"))),
        Way(
            "proprofs", "/sso/auth", claims=_ONCE, max_age=180,
            beside=(("account_id", "@account_id"), ("auth_url", AUTH_URL)),
        ),
        Way("happyfox", "/jwt/", claims=_ONCE, max_age=120),
        Way(
            "zendesk", "/access/jwt", "jwt", "POST", claims=_ONCE, max_age=180, future=180,
            external_id="external_id",
        ),
        Way(
            "freshworks", f"/sp/OIDC/{CLIENT}/implicit", "id_token", algorithm="RS256",
            claims=(*_ONCE, ("sub", "@sub"), ("nonce", NONCE)), beside=(("state", STATE),),
            max_age=600,
            external_id="sub",
        ),
        Way(
            "canny", "/api/redirects/sso", "ssoToken", claims=(*_ONCE, ("id", "@sub")), max_age=600,
            beside=(("companyID", "@company_id"),), external_id="id",
        ),
    )
}  # fmt: skip
CENTRAL, ISSUELY, ZENDESK = WAYS["central"], WAYS["issuely"], WAYS["zendesk"]
PROPROFS, HAPPYFOX = WAYS["proprofs"], WAYS["happyfox"]
FRESHWORKS, CANNY = WAYS["freshworks"], WAYS["canny"]
#: The vendors whose tokens are signed with a secret.
SECRET_WAYS = tuple(way for way in WAYS.values() if way.algorithm == "HS256")


def names(ways: list[Way] | tuple[Way, ...]) -> list[str]:
    """For the ids of parametrised tests."""
    return [way.dialect for way in ways]


def good_claims(way: Way, target: "Target") -> dict[str, Any]:
    """What a good token for cleo claims, made now."""
    now = int(time.time())
    tenant = target.site.tenant
    ready: dict[str, Any] = {
        "@exp": now + 120, "@jti": uuid.uuid4().hex, "@sub": "cleo-1", "@slug": tenant.slug,
        "@company_id": tenant.company_id, "@account_id": tenant.account_id,
    }  # fmt: skip
    return {"email": "cleo@customer.test", "name": "Cleo Customer", "iat": now} | {
        name: ready.get(value, value) for name, value in way.claims
    }


def good_parameters(way: Way, target: "Target") -> dict[str, str]:
    """What stands beside the token."""
    tenant = target.site.tenant
    ready = {"@company_id": tenant.company_id or "", "@account_id": tenant.account_id or ""}
    return {name: ready.get(value, value) for name, value in way.beside}
