"""What the hub remembers of a tenant's integration."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.sql import func

from portal.db.base import Base, TenantScoped


class IntegrationMilestone(TenantScoped, Base):
    """A first time, such as the first sign-in that the tenant's own site vouched for."""

    __tablename__ = "integration_milestones"

    name: Mapped[str] = mapped_column(primary_key=True)
    reached_at: Mapped[datetime] = mapped_column(server_default=func.now())
