"""Finding one person of the tenant by what somebody typed: an address, or a name."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.people.models import User
from portal.people.service import PeopleService
from portal.tenants.models import Tenant
from portal.tickets.writer import TicketRuleError
from portal.web.i18n import N_

#: What is said where nobody, or more than one, was meant.
REFUSED = {
    "nobody": N_("Nobody here has this name or address. Check it, or add the person first."),
    "several": N_("Several people have this name. Enter the e-mail address."),
}


def known_person(db: Session, tenant: Tenant, text: str) -> User:
    """The one person whose address or whole name this is, in any case.

    Raises TicketRuleError: "nobody", or "several" where people share a name.
    """
    people = PeopleService(db, tenant)
    if "@" in text:
        user = people.by_email(text)
        if user is None or user.disabled_at is not None:
            raise TicketRuleError("nobody")
        return user
    found = db.scalars(
        select(User)
        .where(
            User.tenant_id == tenant.id,
            func.lower(User.name) == text.lower(),
            User.disabled_at.is_(None),
        )
        .limit(2)
    ).all()
    if len(found) != 1:
        raise TicketRuleError("several" if found else "nobody")
    return found[0]
