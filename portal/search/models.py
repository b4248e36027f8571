"""The index of search: tables that follow others by triggers, and that two functions read.

No page and no service reads them: under row-level security PostgreSQL would not use their index,
because the operators of full text are not leakproof. See docs/decisions/0010-search.md.
"""

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from portal.db.base import Base, TenantScoped


class SearchEntry(TenantScoped, Base):
    """The words of a ticket's subject with one of its messages."""

    __tablename__ = "search_entries"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "ticket_number"],
            ["tickets.tenant_id", "tickets.number"],
            ondelete="CASCADE",
        ),
        Index(
            "ix_search_entries_words",
            # As an array, so that no other index can be taken for this one's work.
            text("(array[tenant_id])"),
            "words",
            "codes",
            postgresql_using="gin",
            postgresql_ops={"codes": "gin_trgm_ops"},
            postgresql_with={"gin_pending_list_limit": 512},
        ),
        # For the job that indexes anew what is of another language than the tenant's.
        Index("ix_search_entries_tenant_id_locale", "tenant_id", "locale"),
    )

    ticket_number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    #: 0: the subject alone.
    message_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    #: Whether customers may find the ticket by it.
    is_public: Mapped[bool]
    #: The tenant's language when it was indexed.
    locale: Mapped[str]
    words: Mapped[str] = mapped_column(TSVECTOR)
    #: Numbers, references and addresses in it, without the signs between their parts.
    codes: Mapped[str]


class SearchName(TenantScoped, Base):
    """The name of a person or an organisation, and the person's address, without accents."""

    __tablename__ = "search_names"
    __table_args__ = (
        CheckConstraint("kind in ('person', 'organisation')", name="kind"),
        Index(
            "ix_search_names_folded",
            text("(array[tenant_id])"),
            "folded",
            postgresql_using="gin",
            postgresql_ops={"folded": "gin_trgm_ops"},
            postgresql_with={"gin_pending_list_limit": 256},
        ),
    )

    kind: Mapped[str] = mapped_column(primary_key=True)
    named_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    folded: Mapped[str]
