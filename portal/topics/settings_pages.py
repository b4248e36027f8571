"""Settings: topics and fields, two tabs of one place."""

import re
from typing import Any

from pyramid.config import Configurator
from pyramid.request import Request

from portal.tenants.settings_pages import TICKETS, SettingsPage, SettingsViews
from portal.topics.administration import TopicAdministration
from portal.topics.catalogue import TopicCatalogue
from portal.topics.models import CustomField, Topic
from portal.topics.settings_words import AUDIT_ACTIONS, AUDIT_FIELDS
from portal.web.i18n import N_
from portal.web.page import Link
from portal.web.tree import Resource

_NUMBER = re.compile(r"[1-9][0-9]{0,17}", re.ASCII)


class TopicsSettings(Resource):
    """`settings/topics`."""

    def __getitem__(self, name: str) -> Resource:
        if name == "fields":
            return FieldsSettings(self.request, self, name)
        key = (self.request.tenant.id, int(name)) if _NUMBER.fullmatch(name) else None
        row = self.request.db.get(Topic, key) if key else None
        if row is None:
            raise KeyError(name)
        return TopicSettings(self, row)


class TopicSettings(Resource):
    """`settings/topics/5`."""

    __parent__: TopicsSettings

    def __init__(self, parent: TopicsSettings, row: Topic) -> None:
        super().__init__(parent.request, parent, str(row.id))
        self.row = row


class FieldsSettings(Resource):
    """`settings/topics/fields`."""

    __parent__: TopicsSettings

    def __getitem__(self, name: str) -> "FieldSettings":
        key = (self.request.tenant.id, int(name)) if _NUMBER.fullmatch(name) else None
        row = self.request.db.get(CustomField, key) if key else None
        if row is None:
            raise KeyError(name)
        return FieldSettings(self, row)


class FieldSettings(Resource):
    """`settings/topics/fields/5`."""

    __parent__: FieldsSettings

    def __init__(self, parent: FieldsSettings, row: CustomField) -> None:
        super().__init__(parent.request, parent, str(row.id))
        self.row = row


class TopicsBase(SettingsViews):
    """What the pages of both tabs share."""

    def __init__(self, context: Resource, request: Request) -> None:
        super().__init__(context, request)
        self.service = TopicAdministration(request.db, request.tenant, self.audit)
        self.catalogue = TopicCatalogue(request.db, request.tenant)

    def tabs(self, topics: Resource, current: str) -> dict[str, Any]:
        """The two tabs, one of them marked."""
        place = self.request.place
        return {
            "tabs_title": N_("Topics and fields"),
            "tabs": [
                Link(N_("Topics"), place(topics), current=current == "topics"),
                Link(N_("Fields"), place(topics, "fields"), current=current == "fields"),
            ],
        }


def includeme(config: Configurator) -> None:
    """Register the page, and the words of the audit log."""
    config.add_settings_page(
        SettingsPage(
            "topics",
            N_("Topics and fields"),
            "list",
            TICKETS,
            20,
            lambda parent, name: TopicsSettings(parent.request, parent, name),
        )
    )
    config.add_audit_words(AUDIT_ACTIONS, AUDIT_FIELDS)
    config.scan("portal.topics.settings_topics")
    config.scan("portal.topics.settings_fields")
