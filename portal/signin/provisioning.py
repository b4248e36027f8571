"""Who the visitor is here, and what a sign-in writes about them (steps 12 and 15)."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import bindparam, literal, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased

from portal.factors.service import Factors
from portal.people.models import Identity, Organisation, Project, Role, User, UserProject
from portal.people.service import PeopleService
from portal.people.settings_service import lock_admins, with_password
from portal.security.sessions import SessionService
from portal.signin.assertion import Assertion
from portal.signin.codes import Code, Notice
from portal.signin.configuration import Configuration
from portal.signin.refusals import Refusal
from portal.signin.roles import granted_role
from portal.signin.trace import Trace
from portal.tenants.models import Tenant
from portal.web.i18n import LOCALES, N_

_Linked = aliased(Identity)
#: The user whom the external id names.
_HOLDER = (
    select(Identity.user_id)
    .where(
        Identity.tenant_id == bindparam("tenant_id"),
        Identity.namespace == bindparam("namespace"),
        Identity.external_id == bindparam("external_id"),
    )
    .scalar_subquery()
)
#: Whether a user is known by some name in that namespace.
_IS_LINKED = (
    select(_Linked.user_id)
    .where(
        _Linked.tenant_id == User.tenant_id,
        _Linked.user_id == User.id,
        _Linked.namespace == bindparam("namespace"),
    )
    .exists()
)
_FIND = select(User, (User.id == _HOLDER).label("held"), _IS_LINKED.label("linked")).where(
    User.tenant_id == bindparam("tenant_id"),
    or_(User.email == bindparam("email"), User.id == _HOLDER),
)


class Provisioning:
    """Matches a visitor to the users of one tenant, and makes or changes accounts."""

    def __init__(
        self, db: Session, tenant: Tenant, configuration: Configuration, trace: Trace
    ) -> None:
        self.db = db
        self.tenant = tenant
        self.configuration = configuration
        self.trace = trace

    def find(self, assertion: Assertion, email: str) -> User | None:
        """The user who is signed in; None for an account that has yet to be made.

        By the external id, then by the address. Writes nothing. Raises ``Refusal``.
        """
        user = self._match(assertion, email)
        if user is not None:
            self.trace.user_id = user.id
            if user.disabled_at is not None:
                raise Refusal(Code.ACCOUNT_DISABLED)
            if user.role == Role.ADMIN and not self.configuration.settings.admins_by_token:
                raise Refusal(Code.ROLE_REQUIRES_LOCAL_LOGIN)
            return user
        if self.configuration.settings.provisioning != "create":
            raise Refusal(Code.NOT_PROVISIONED)
        for rule in assertion.rules:
            rule(self.db, self.tenant, email)
        return None

    def _match(self, assertion: Assertion, email: str) -> User | None:
        rows = self.db.execute(
            _FIND,
            {
                "tenant_id": self.tenant.id,
                "namespace": assertion.namespace,
                "external_id": assertion.external_id,
                "email": email,
            },
        ).all()
        people = PeopleService(self.db, self.tenant)
        # Who was merged stands for the person that they turned out to be.
        found = {user.id: user for user in (people.kept(row[0]) for row in rows)}
        if len(found) > 1:
            raise Refusal(
                Code.IDENTITY_CONFLICT,
                hint=N_("Your user ID belongs to one person here, the address to another."),
            )
        if not rows:
            return None
        user = next(iter(found.values()))
        held = any(row.held for row in rows)
        linked = any(row.linked for row in rows) or self._is_linked(user, rows, assertion)
        if assertion.external_id is not None and linked and not held:
            raise Refusal(
                Code.IDENTITY_CONFLICT,
                hint=N_("The person with this address has another user ID of yours."),
            )
        return user

    def _is_linked(self, kept: User, rows: Sequence[Any], assertion: Assertion) -> bool:
        """Whether the person whom a merged account stands for is known in that namespace."""
        if kept.id in {row[0].id for row in rows}:
            return False
        names = select(Identity.user_id).where(
            Identity.tenant_id == self.tenant.id,
            Identity.user_id == kept.id,
            Identity.namespace == assertion.namespace,
        )
        return self.db.scalar(names.limit(1)) is not None

    def role(self, assertion: Assertion, user: User | None) -> Role:
        """The role with which the visitor is signed in. Notes what was asked for and not given."""
        if assertion.decided_role is not None:
            # Admins are made this way, but not unmade: the last one would be locked out.
            is_admin = user is not None and user.role == Role.ADMIN
            return Role.ADMIN if is_admin else assertion.decided_role
        cap = self.configuration.role_cap(assertion.role_cap)
        granted = granted_role(assertion.role, cap, self.trace)
        if user is None:
            return granted or Role.CUSTOMER
        settings = self.configuration.settings
        synced = settings.sync_role and settings.provisioning != "off"
        # An admin who may sign in by token stays one: claims neither make nor unmake admins.
        if granted is None or not synced or user.role == Role.ADMIN:
            return Role(user.role)
        return granted

    def provision(self, user: User | None, assertion: Assertion, email: str, role: Role) -> User:
        """Make the account, or bring it up to date. Raises ``Refusal(identity_conflict)`` when
        another sign-in took the address or the id in the meantime."""
        try:
            if user is None:
                user = self._create(assertion, email, role)
            elif self.configuration.settings.provisioning != "off":
                self._update(user, assertion, email, role)
            self.db.flush()
        except IntegrityError as error:
            raise Refusal(Code.IDENTITY_CONFLICT) from error
        self.trace.user_id = user.id
        if self.configuration.settings.provisioning != "off":
            self._link(user, assertion)
            self._join_project(user, assertion)
        return user

    def _create(self, assertion: Assertion, email: str, role: Role) -> User:
        """A new account; when another sign-in has just made it, that one."""
        domain = email.rpartition("@")[2]
        people = PeopleService(self.db, self.tenant)
        organisation_id = None
        if not role.is_staff:
            named = self._organisation(assertion)
            organisation_id = named or people.organisation_of_domain(domain)
        made = self.db.scalar(
            insert(User)
            .values(
                tenant_id=self.tenant.id,
                email=email,
                name=assertion.name or email.partition("@")[0],
                role=role.value,
                organisation_id=organisation_id,
                email_verified_at=datetime.now(UTC),
                last_seen_at=datetime.now(UTC),
                locale=_language(assertion.locale),
            )
            .on_conflict_do_nothing(index_elements=[User.tenant_id, User.email])
            .returning(User)
        )
        return made or self._other(assertion, email)

    def _other(self, assertion: Assertion, email: str) -> User:
        user = self.find(assertion, email)
        if user is None:
            raise Refusal(Code.IDENTITY_CONFLICT)
        return user

    def _update(self, user: User, assertion: Assertion, email: str, role: Role) -> None:
        """What the company says of the person now. An external id may bring a new address."""
        self._take_over(user)
        if not self._stands_for(user, email):
            user.email = email
        user.role = role.value
        if not self.configuration.settings.sync_profile:
            return
        if assertion.name and not assertion.name_on_first_sign_in_only:
            user.name = assertion.name
        if not role.is_staff and (named := self._organisation(assertion)) is not None:
            user.organisation_id = named
        # A language that the person chose here stays.
        user.locale = user.locale or _language(assertion.locale)

    def _stands_for(self, user: User, email: str) -> bool:
        """Whether it is the address of an account that was merged into the user's: it stays there,
        so that both addresses go on leading here."""
        if user.email == email:
            return False
        merged = select(User.id).where(
            User.tenant_id == self.tenant.id, User.email == email, User.merged_into_id == user.id
        )
        return self.db.scalar(merged) is not None

    def _organisation(self, assertion: Assertion) -> int | None:
        """The organisation that the assertion names. A token joins one, and never makes one:
        its members may see each other's tickets."""
        if assertion.organisation is None:
            return None
        found = self.db.scalar(
            select(Organisation.id).where(
                Organisation.tenant_id == self.tenant.id,
                Organisation.name == assertion.organisation,
            )
        )
        if found is None:
            self.trace.notice(Notice.ORGANISATION_UNKNOWN)
        return found

    def _take_over(self, user: User) -> None:
        """An address that was never proven may have been registered by somebody else, who must
        not keep a way in once its owner arrives."""
        if user.email_verified_at is not None:
            return
        user.email_verified_at = datetime.now(UTC)
        if user.password_hash is not None and not self._is_last_way_back(user):
            user.password_hash = None
            Factors(self.db, self.tenant).forget(user)
            SessionService(self.db, self.tenant).end_all(user.id)
            self.trace.notice(Notice.PASSWORD_DROPPED)

    def _is_last_way_back(self, user: User) -> bool:
        """Whether it is the only password of an admin, who could then sign in by token alone.
        Nobody registers as an admin: others made this account what it is, and know whose it is."""
        if user.role != Role.ADMIN:
            return False
        admins = lock_admins(self.db, self.tenant)
        return with_password(self.db, self.tenant, admins) <= {user.id}

    def _link(self, user: User, assertion: Assertion) -> None:
        if assertion.external_id is None:
            return
        holder = self.db.scalar(
            insert(Identity)
            .values(
                tenant_id=self.tenant.id,
                namespace=assertion.namespace,
                external_id=assertion.external_id,
                user_id=user.id,
            )
            # An update that changes nothing, so that the holder is always returned.
            .on_conflict_do_update(
                index_elements=[Identity.tenant_id, Identity.namespace, Identity.external_id],
                set_={"external_id": assertion.external_id},
            )
            .returning(Identity.user_id)
        )
        if holder != user.id:
            raise Refusal(Code.IDENTITY_CONFLICT)

    def _join_project(self, user: User, assertion: Assertion) -> None:
        if assertion.project is None:
            return
        project = select(Project.tenant_id, literal(user.id), Project.id).where(
            Project.tenant_id == self.tenant.id,
            Project.key == assertion.project,
            Project.archived_at.is_(None),
        )
        statement = insert(UserProject).from_select(["tenant_id", "user_id", "project_id"], project)
        joined = self.db.scalar(
            statement.on_conflict_do_update(
                index_elements=[
                    UserProject.tenant_id,
                    UserProject.user_id,
                    UserProject.project_id,
                ],
                set_={"project_id": statement.excluded.project_id},
            ).returning(UserProject.project_id)
        )
        if joined is None:
            self.trace.notice(Notice.PROJECT_UNKNOWN)


def _language(locale: str | None) -> str | None:
    """The language of a tag such as ``en-US``, if the portal speaks it."""
    language = (locale or "").replace("_", "-").partition("-")[0].lower()
    return language if language in LOCALES else None
