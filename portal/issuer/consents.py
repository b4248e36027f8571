"""What people allowed third-party clients to learn."""

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session
from sqlalchemy.sql import func

from portal.issuer.models import IssuerConsent
from portal.tenants.models import Tenant


class Consents:
    """The consents in one tenant."""

    def __init__(self, db: Session, tenant: Tenant) -> None:
        self.db = db
        self.tenant = tenant

    def given(self, user_id: int, client_id: str) -> set[str]:
        """The scopes that the person allowed the client."""
        scopes = self.db.scalar(
            select(IssuerConsent.scopes).where(
                IssuerConsent.tenant_id == self.tenant.id,
                IssuerConsent.user_id == user_id,
                IssuerConsent.client_id == client_id,
            )
        )
        return set(scopes or ())

    def give(self, user_id: int, client_id: str, scopes: list[str]) -> None:
        """Remember what the person allows, in place of what was allowed before."""
        values = {"scopes": scopes, "given_at": func.now()}
        self.db.execute(
            insert(IssuerConsent)
            .values(tenant_id=self.tenant.id, user_id=user_id, client_id=client_id, **values)
            .on_conflict_do_update(
                index_elements=[
                    IssuerConsent.tenant_id,
                    IssuerConsent.user_id,
                    IssuerConsent.client_id,
                ],
                set_=values,
            )
        )
