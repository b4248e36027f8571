"""What a tenant's topics are, and which fields each asks."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from portal.tenants.models import Tenant
from portal.topics.models import CustomField, Topic, TopicField


class TicketField(NamedTuple):
    """A field beside a ticket."""

    field: CustomField
    #: The ticket's topic asks for it, and it is not archived. Otherwise there is an old value.
    is_current: bool


class TopicCatalogue:
    """Reads the topics and fields of one tenant."""

    def __init__(self, db: Session, tenant: Tenant) -> None:
        self.db = db
        self.tenant = tenant

    def topics(self, *, for_customers: bool = False, archived: bool = False) -> Sequence[Topic]:
        """The topics in their order: all that the team can choose, or that customers can."""
        statement = select(Topic).where(Topic.tenant_id == self.tenant.id)
        if for_customers:
            statement = statement.where(Topic.for_customers)
        if not archived:
            statement = statement.where(Topic.archived_at.is_(None))
        return self.db.scalars(statement.order_by(Topic.position, Topic.name, Topic.id)).all()

    def topic(self, topic_id: int, *, for_customers: bool = False) -> Topic | None:
        """A topic that can be chosen."""
        topic = self.db.get(Topic, (self.tenant.id, topic_id))
        if topic is None or topic.archived_at is not None:
            return None
        return topic if topic.for_customers or not for_customers else None

    def all_fields(self, *, archived: bool = False) -> Sequence[CustomField]:
        """All fields, in their order."""
        statement = select(CustomField).where(CustomField.tenant_id == self.tenant.id)
        if not archived:
            statement = statement.where(CustomField.archived_at.is_(None))
        return self.db.scalars(
            statement.order_by(CustomField.position, CustomField.label, CustomField.id)
        ).all()

    def fields(self, topic_id: int | None, *, for_customers: bool = False) -> list[CustomField]:
        """The fields that a topic asks, in their order; customers are not asked the team's."""
        if topic_id is None:
            return []
        statement = (
            select(CustomField)
            .join(
                TopicField,
                and_(
                    TopicField.tenant_id == CustomField.tenant_id,
                    TopicField.field_id == CustomField.id,
                ),
            )
            .where(
                CustomField.tenant_id == self.tenant.id,
                TopicField.topic_id == topic_id,
                CustomField.archived_at.is_(None),
            )
            .order_by(CustomField.position, CustomField.label, CustomField.id)
        )
        if for_customers:
            statement = statement.where(CustomField.for_customers)
        return list(self.db.scalars(statement))

    def of_ticket(self, topic_id: int | None, keys: Sequence[str]) -> list[TicketField]:
        """The fields of a ticket: those its topic asks, and those that it has old values of.

        One query, or none where there is nothing to know.
        """
        if topic_id is None and not keys:
            return []
        statement = (
            select(CustomField, TopicField.field_id)
            .outerjoin(
                TopicField,
                and_(
                    TopicField.tenant_id == CustomField.tenant_id,
                    TopicField.field_id == CustomField.id,
                    TopicField.topic_id == (topic_id or 0),
                ),
            )
            .where(
                CustomField.tenant_id == self.tenant.id,
                or_(
                    and_(TopicField.field_id.is_not(None), CustomField.archived_at.is_(None)),
                    CustomField.key.in_(keys),
                ),
            )
            .order_by(CustomField.position, CustomField.label, CustomField.id)
        )
        return [
            TicketField(row, bool(joined) and row.archived_at is None)
            for row, joined in self.db.execute(statement)
        ]

    def asked_in(self) -> dict[int, list[int]]:
        """The ids of the fields that each topic asks."""
        asked: dict[int, list[int]] = {}
        rows = self.db.execute(
            select(TopicField.topic_id, TopicField.field_id)
            .where(TopicField.tenant_id == self.tenant.id)
            .order_by(TopicField.topic_id, TopicField.position, TopicField.field_id)
        )
        for topic_id, field_id in rows:
            asked.setdefault(topic_id, []).append(field_id)
        return asked
