"""What an authenticator says about a visitor, whichever authenticator it is."""

from collections.abc import Callable
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from portal.people.models import Role
from portal.tenants.models import Tenant

#: A rule of one vendor's about the address of somebody who has no account here yet. Raises
#: ``Refusal``.
PersonRule = Callable[[Session, Tenant, str], None]


@dataclass(frozen=True, slots=True)
class Assertion:
    """Somebody vouches for a visitor. The pipeline decides what comes of it.

    Texts are typed and bounded (step 7); ``target`` is where the visitor wants to go, unchecked.
    """

    authenticator: str
    email: str
    name: str | None = None
    #: Whose name the external id is, and the id.
    namespace: str = ""
    external_id: str | None = None
    role: str | None = None
    #: The most that ``role`` may give, before the tenant's own cap.
    role_cap: Role = Role.CUSTOMER
    #: The role that the tenant itself decided on, such as by a group; not a claim, so no cap.
    decided_role: Role | None = None
    #: False when the voucher says that the address is not proven.
    email_verified: bool | None = None
    target: str | None = None
    project: str | None = None
    #: The name of an organisation that the visitor belongs to.
    organisation: str | None = None
    locale: str | None = None
    #: Under this, 32 bytes, the assertion is used up; None where it cannot be used again.
    replay_key: bytes | None = None
    key_id: str | None = None
    #: Who vouches for them, where no key of ours stands behind it: the session remembers it.
    provider: str | None = None
    #: How the visitor proved who they are there, in words of RFC 8176; empty: nobody says.
    methods: tuple[str, ...] = ()
    #: The name is taken when the account is made and never again.
    name_on_first_sign_in_only: bool = False
    #: Further rules about whoever is new here, each of which may refuse (step 12).
    rules: tuple[PersonRule, ...] = ()
    #: The sign-in must have been started in this browser, which was given these two (step 10).
    started_here: bool = False
    state: str | None = field(default=None, repr=False)
    nonce: str | None = field(default=None, repr=False)
