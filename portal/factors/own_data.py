"""A person's second factors, for the download of their own data."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.factors.models import Passkey, TotpSecret
from portal.people.models import User
from portal.people.own_data import OwnData
from portal.tenants.models import Tenant


def second_factors(db: Session, tenant: Tenant, user: User) -> OwnData:
    """That they are there, and since when; never a secret or a key."""
    app = db.get(TotpSecret, (tenant.id, user.id))
    passkeys = db.scalars(
        select(Passkey)
        .where(Passkey.tenant_id == tenant.id, Passkey.user_id == user.id)
        .order_by(Passkey.id)
    )
    return OwnData(
        "second-factors",
        {
            "app_since": app.confirmed_at if app else None,
            "passkeys": [
                {"name": each.name, "since": each.created_at, "last_used_at": each.last_used_at}
                for each in passkeys
            ],
        },
    )
