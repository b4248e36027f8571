"""Counters that are kept beside tickets, so that no page has to count."""

from sqlalchemy.orm import Mapped, mapped_column

from portal.db.base import Base, TenantScoped


class TicketCounter(TenantScoped, Base):
    """The tenant's last ticket number. Its row lock gives numbers without gaps or doubles."""

    __tablename__ = "ticket_counters"

    last_number: Mapped[int] = mapped_column(server_default="0")


class TicketTally(TenantScoped, Base):
    """How many tickets have the same state, people and place, kept by a trigger on `tickets`.

    Views show these instead of counting: a COUNT over a million tickets on every page would
    be the page's cost.
    """

    __tablename__ = "ticket_tallies"

    #: `snoozed` for a snoozed ticket, whatever its state is.
    state: Mapped[str] = mapped_column(primary_key=True)
    #: 0: nobody; as for project, topic and team.
    assignee_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    priority: Mapped[str] = mapped_column(primary_key=True, server_default="normal")
    project_id: Mapped[int] = mapped_column(
        primary_key=True, autoincrement=False, server_default="0"
    )
    topic_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, server_default="0")
    team_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, server_default="0")
    tickets: Mapped[int] = mapped_column(server_default="0")


class TagTally(TenantScoped, Base):
    """How many tickets have a tag, kept by a trigger: what is suggested first."""

    __tablename__ = "tag_tallies"

    tag: Mapped[str] = mapped_column(primary_key=True)
    tickets: Mapped[int] = mapped_column(server_default="0")
