"""What the API remembers of requests that may come twice."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKeyConstraint, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.sql import func

from portal.db.base import Base, TenantScoped


class IdempotentRequest(TenantScoped, Base):
    """A request that carried an `Idempotency-Key`, and its answer. Kept for a day."""

    __tablename__ = "api_idempotent_requests"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "public_id"],
            ["api_keys.tenant_id", "api_keys.public_id"],
            ondelete="CASCADE",
        ),
        Index("ix_api_idempotent_requests_tenant_id_expires_at", "tenant_id", "expires_at"),
    )

    #: The API key that sent it: keys of different programs do not meet.
    public_id: Mapped[str] = mapped_column(primary_key=True)
    #: SHA-256 of the header's value.
    key_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    #: SHA-256 of address and body: the same key for something else is a mistake.
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary)
    status: Mapped[int | None]
    answer: Mapped[dict[str, Any] | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime]
