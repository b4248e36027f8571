"""What was done on each day, kept by triggers on `tickets` and `messages`: the week in figures."""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Date, bindparam, cast, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from portal.db.base import Base, TenantScoped
from portal.tenants.models import Tenant

#: Days that a week has, today among them.
WEEK = 7


class TicketDay(TenantScoped, Base):
    """What was done in a day of the tenant's time zone, by whom."""

    __tablename__ = "ticket_days"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    #: Who replied, and whose ticket was solved; 0: nobody's, and what was opened. No key: the
    #: figures of a week stay when somebody leaves.
    user_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    opened: Mapped[int] = mapped_column(server_default="0")
    solved: Mapped[int] = mapped_column(server_default="0")
    replies: Mapped[int] = mapped_column(server_default="0")


@dataclass(frozen=True, slots=True)
class Week:
    """Seven days in figures: of the whole team, and of the one who looks."""

    opened: int = 0
    solved: int = 0
    replies: int = 0
    my_solved: int = 0
    my_replies: int = 0


_mine = TicketDay.user_id == bindparam("me")
_SUMS = select(
    *(
        cast(func.coalesce(figure, 0), TicketDay.opened.type)
        for figure in (
            func.sum(TicketDay.opened),
            func.sum(TicketDay.solved),
            func.sum(TicketDay.replies),
            func.sum(TicketDay.solved).filter(_mine),
            func.sum(TicketDay.replies).filter(_mine),
        )
    )
).where(
    TicketDay.tenant_id == bindparam("tenant_id"),
    TicketDay.day > bindparam("after"),
    TicketDay.day <= bindparam("until"),
)


def read_week(db: Session, tenant: Tenant, user_id: int, today: date) -> Week:
    """The seven days that end with `today`, which is a day of the tenant's time zone.

    One query over as many rows as the team had working days.
    """
    values = {
        "tenant_id": tenant.id,
        "me": user_id,
        "after": today - timedelta(days=WEEK),
        "until": today,
    }
    return Week(*db.execute(_SUMS, values).one())
