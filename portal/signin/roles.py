"""Role words of the vendors, and how much of what they ask for is granted."""

from portal.people.models import Role
from portal.signin.codes import Notice
from portal.signin.trace import Trace

_WORDS = {
    "customer": Role.CUSTOMER,
    "user": Role.CUSTOMER,
    "end_user": Role.CUSTOMER,
    "end-user": Role.CUSTOMER,
    "agent": Role.AGENT,
    "admin": Role.ADMIN,
    "administrator": Role.ADMIN,
    "owner": Role.ADMIN,
}


def granted_role(word: str | None, cap: Role, trace: Trace) -> Role | None:
    """The role that a claim gives, at most ``cap`` and never admin; None when it asks for none.

    A word that nobody knows asks for nothing. Both it and an exceeded cap are noted.
    """
    if word is None:
        return None
    # ASCII only: no other letter may become one of these words.
    role = _WORDS.get(word.lower()) if word.isascii() else None
    if role is None:
        trace.notice(Notice.ROLE_UNKNOWN)
        return None
    ceiling = Role.AGENT if cap is Role.ADMIN else cap
    if role.rank > ceiling.rank:
        trace.notice(Notice.ROLE_CAPPED)
        return ceiling
    return role
