"""The declarative base, the naming convention, and what makes a table a tenant's."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, DateTime, ForeignKey, Identity, MetaData, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

#: The tables that answer "which tenant?", read before any tenant is bound: the only ones
#: without row-level security. A test compares this with the catalogue.
DIRECTORY_TABLES = frozenset({"tenants", "tenant_hosts", "api_key_directory"})


class Base(DeclarativeBase):
    """Base of every mapped class. Text has no length limit and times are aware."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {  # noqa: RUF012  (read by SQLAlchemy, which wants a plain dict)
        str: Text,
        int: BigInteger,
        datetime: DateTime(timezone=True),
        dict[str, Any]: JSONB,
        list[str]: ARRAY(Text),
        list[int]: ARRAY(BigInteger),
    }


class TenantScoped:
    """A table of a tenant: `tenant_id` is first in its primary key.

    Foreign keys to other tenant tables carry the tenant too, because PostgreSQL checks
    foreign keys without row-level security.
    """

    @declared_attr
    def tenant_id(cls) -> Mapped[int]:  # noqa: N805  (a declared_attr is a class method)
        """The owner of the row."""
        return mapped_column(
            BigInteger,
            ForeignKey("tenants.id", ondelete="CASCADE"),
            primary_key=True,
            autoincrement=False,
            sort_order=-100,
        )


class Numbered(TenantScoped):
    """A tenant's row with a number of its own: the key is (tenant_id, id)."""

    @declared_attr
    def id(cls) -> Mapped[int]:  # noqa: N805  (a declared_attr is a class method)
        """Unique in the installation, never shown where it could be guessed at to any use."""
        return mapped_column(BigInteger, Identity(), primary_key=True, sort_order=-90)
