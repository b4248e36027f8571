"""Issuely: a token that names its company, at ``/api/auth/sso``.

``companyId`` is read unverified to choose whose key is tried, and compared once it is verified.
Some of its samples send no ``iat``: then ``exp`` alone bounds the token, ten minutes from now.
"""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.people.models import Role
from portal.signin.claims import Claim, Kind
from portal.signin.codes import Code
from portal.signin.dialects.base import Dialect, Endpoint, Match
from portal.signin.refusals import Refusal
from portal.signin.times import TimeRule
from portal.tenants.models import Tenant
from portal.web.i18n import N_


def one_company_an_address(db: Session, _tenant: Tenant, email: str) -> None:
    """Raises ``Refusal(email_other_company)`` when another tenant has a user with the address.

    Only a new person is held to this: somebody who has an account here keeps it, whatever
    another company registers.
    """
    # The one look over the fence, with its owner's rights; see docs/decisions/.
    if db.scalar(select(func.email_has_other_company(email))):
        raise Refusal(Code.EMAIL_OTHER_COMPANY)


ISSUELY = Dialect(
    name="issuely",
    label="Issuely",
    endpoints=(Endpoint("api/auth/sso"),),
    claims=(
        Claim("companyId", Kind.TEXT, required=True),
        Claim("email", Kind.EMAIL, required=True),
        Claim("exp", Kind.TIME, required=True),
        Claim("name", Kind.NAME),
        Claim("role", Kind.TEXT),
        Claim("projectId", Kind.IDENTIFIER, slot="project"),
    ),
    time=TimeRule(),
    tenant_hints=(Match("claim", "companyId", "company_id", Code.TENANT_MISMATCH, required=False),),
    matches=(Match("claim", "companyId", "company_id", Code.ACCOUNT_MISMATCH),),
    role_cap=Role.AGENT,
    name_on_first_sign_in_only=True,
    rules=(one_company_an_address,),
    words={
        Code.EMAIL_OTHER_COMPANY: N_(
            "An account with this email already exists under a different company"
        )
    },
)
