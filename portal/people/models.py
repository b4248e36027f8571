"""People and where they belong: users, organisations, projects, identities, invitations."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.sql import func

from portal.db.base import Base, Numbered, TenantScoped


class Role(StrEnum):
    """What a user is to the tenant."""

    CUSTOMER = "customer"
    AGENT = "agent"
    ADMIN = "admin"

    @property
    def rank(self) -> int:
        """Order of the roles: customer 0, agent 1, admin 2."""
        return list(Role).index(self)

    @property
    def is_staff(self) -> bool:
        """Whether the role answers tickets."""
        return self is not Role.CUSTOMER


class Organisation(Numbered, Base):
    """A customer company inside a tenant."""

    __tablename__ = "organisations"
    __table_args__ = (UniqueConstraint("tenant_id", "name"),)

    name: Mapped[str]
    #: Its members see each other's tickets.
    shared: Mapped[bool] = mapped_column(server_default="false")
    #: They may also reply to them; means nothing unless `shared`.
    members_reply: Mapped[bool] = mapped_column(server_default="false")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    @property
    def sharing(self) -> "Sharing":
        """The two columns as one level."""
        if not self.shared:
            return Sharing.NOTHING
        return Sharing.REPLY if self.members_reply else Sharing.SEE

    @sharing.setter
    def sharing(self, level: "Sharing") -> None:
        self.shared = level is not Sharing.NOTHING
        self.members_reply = level is Sharing.REPLY


class Sharing(StrEnum):
    """What members of an organisation may do with each other's tickets."""

    NOTHING = "nothing"
    SEE = "see"
    REPLY = "reply"


class OrganisationDomain(TenantScoped, Base):
    """An e-mail domain whose new users join the organisation."""

    __tablename__ = "organisation_domains"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "organisation_id"],
            ["organisations.tenant_id", "organisations.id"],
            ondelete="CASCADE",
        ),
        Index("ix_organisation_domains_tenant_id_organisation_id", "tenant_id", "organisation_id"),
    )

    domain: Mapped[str] = mapped_column(primary_key=True)
    organisation_id: Mapped[int]


class User(Numbered, Base):
    """A person known to a tenant. E-mails are lower-cased (ASCII) and unique in the tenant."""

    __tablename__ = "users"
    __table_args__ = (
        UniqueConstraint("tenant_id", "email"),
        ForeignKeyConstraint(
            ["tenant_id", "organisation_id"], ["organisations.tenant_id", "organisations.id"]
        ),
        ForeignKeyConstraint(
            ["tenant_id", "agent_role_id"], ["agent_roles.tenant_id", "agent_roles.id"]
        ),
        ForeignKeyConstraint(["tenant_id", "merged_into_id"], ["users.tenant_id", "users.id"]),
        CheckConstraint("role in ('customer', 'agent', 'admin')", name="role"),
        Index("ix_users_tenant_id_organisation_id", "tenant_id", "organisation_id"),
        Index("ix_users_tenant_id_role_name", "tenant_id", "role", "name"),
        Index("ix_users_tenant_id_name_id", "tenant_id", "name", "id"),
        # Who has a role, when it changes or goes.
        Index(
            "ix_users_tenant_id_agent_role_id",
            "tenant_id",
            "agent_role_id",
            postgresql_where=text("agent_role_id is not null"),
        ),
        # For the one question across tenants: whether an address is taken in another.
        Index("ix_users_email", "email"),
    )

    email: Mapped[str]
    name: Mapped[str]
    role: Mapped[str] = mapped_column(server_default="customer")
    organisation_id: Mapped[int | None]
    #: argon2id; None for those who sign in elsewhere.
    password_hash: Mapped[str | None]
    #: When the address was last proven, by a sign-in or an answered invitation.
    email_verified_at: Mapped[datetime | None]
    disabled_at: Mapped[datetime | None]
    #: Since when there is a second factor; None: there is none. `portal.factors` keeps it true.
    second_factor_at: Mapped[datetime | None]
    locale: Mapped[str | None]
    timezone: Mapped[str | None]
    #: What an agent may do; None: what the tenant lets every agent do.
    agent_role_id: Mapped[int | None]
    #: Out of office: nothing is assigned by itself from the one until the other.
    away_from: Mapped[datetime | None]
    away_until: Mapped[datetime | None]
    #: What they chose for themselves: see `portal.people.preferences`.
    preferences: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    #: The person that this one turned out to be.
    merged_into_id: Mapped[int | None]
    last_seen_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Identity(TenantScoped, Base):
    """A name under which some other system knows a user."""

    __tablename__ = "identities"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "user_id"], ["users.tenant_id", "users.id"], ondelete="CASCADE"
        ),
        Index("ix_identities_tenant_id_user_id", "tenant_id", "user_id"),
    )

    #: Whose name it is: a dialect or a provider.
    namespace: Mapped[str] = mapped_column(primary_key=True)
    external_id: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Invitation(TenantScoped, Base):
    """A link with which an invited person sets a first password. Single use, seven days."""

    __tablename__ = "invitations"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "user_id"], ["users.tenant_id", "users.id"], ondelete="CASCADE"
        ),
        Index("ix_invitations_tenant_id_user_id", "tenant_id", "user_id"),
    )

    #: SHA-256 of the token in the link.
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    user_id: Mapped[int]
    expires_at: Mapped[datetime]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Project(Numbered, Base):
    """An area a ticket belongs to. `key` is what the tenant's site calls it (`projectId`)."""

    __tablename__ = "projects"
    __table_args__ = (
        UniqueConstraint("tenant_id", "key"),
        UniqueConstraint("tenant_id", "name"),
    )

    key: Mapped[str]
    name: Mapped[str]
    archived_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class UserProject(TenantScoped, Base):
    """A user takes part in a project."""

    __tablename__ = "user_projects"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "user_id"], ["users.tenant_id", "users.id"], ondelete="CASCADE"
        ),
        ForeignKeyConstraint(
            ["tenant_id", "project_id"],
            ["projects.tenant_id", "projects.id"],
            ondelete="CASCADE",
        ),
        Index("ix_user_projects_tenant_id_project_id", "tenant_id", "project_id"),
    )

    user_id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(primary_key=True)


class Assignment(StrEnum):
    """Who in a team gets a ticket that comes to it."""

    BY_HAND = "by_hand"
    ROUND_ROBIN = "round_robin"
    LEAST_BUSY = "least_busy"


class Team(Numbered, Base):
    """Agents who share tickets."""

    __tablename__ = "teams"
    __table_args__ = (
        UniqueConstraint("tenant_id", "name"),
        CheckConstraint(
            "assignment in ('by_hand', 'round_robin', 'least_busy')", name="assignment"
        ),
    )

    name: Mapped[str]
    assignment: Mapped[str] = mapped_column(server_default=Assignment.BY_HAND)
    #: Who was given a ticket last, for taking turns. No key: they may have left.
    last_assigned_id: Mapped[int | None]
    archived_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class TeamMember(TenantScoped, Base):
    """An agent belongs to a team."""

    __tablename__ = "team_members"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "team_id"], ["teams.tenant_id", "teams.id"], ondelete="CASCADE"
        ),
        ForeignKeyConstraint(
            ["tenant_id", "user_id"], ["users.tenant_id", "users.id"], ondelete="CASCADE"
        ),
        Index("ix_team_members_tenant_id_user_id", "tenant_id", "user_id"),
    )

    team_id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(primary_key=True)


class AgentRole(Numbered, Base):
    """What some agents may do: a name, and the permissions that a tenant can give or take."""

    __tablename__ = "agent_roles"
    __table_args__ = (UniqueConstraint("tenant_id", "name"),)

    name: Mapped[str]
    permissions: Mapped[list[str]] = mapped_column(server_default="{}")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class UserNote(Numbered, Base):
    """What the team wants to remember about a person. Customers never see it."""

    __tablename__ = "user_notes"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "user_id"], ["users.tenant_id", "users.id"], ondelete="CASCADE"
        ),
        ForeignKeyConstraint(["tenant_id", "author_id"], ["users.tenant_id", "users.id"]),
        Index("ix_user_notes_tenant_id_user_id_id", "tenant_id", "user_id", "id"),
    )

    user_id: Mapped[int]
    author_id: Mapped[int]
    #: Markdown, as written.
    body: Mapped[str]
    html: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
