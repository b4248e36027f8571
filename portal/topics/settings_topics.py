"""Settings: the pages of topics."""

from datetime import UTC, datetime
from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.view import view_config, view_defaults
from sqlalchemy import select

from portal.people.models import Team
from portal.people.service import PeopleService
from portal.security.permissions import Permission
from portal.topics.administration import TopicRuleError
from portal.topics.answers import AnswersForm
from portal.topics.models import Topic
from portal.topics.settings_forms import TopicForm
from portal.topics.settings_pages import TopicsBase, TopicSettings, TopicsSettings
from portal.web.i18n import N_

_TOPICS = "portal:templates/settings/topics.jinja2"
_TOPIC = "portal:templates/settings/topic.jinja2"
_PREVIEW = "portal:templates/settings/_topic_preview.jinja2"

#: The button that shows the form as it would be, where there is no script.
PREVIEW = "preview"


class TopicFormViews(TopicsBase):
    """The form of a topic, with what it makes of a new ticket beside it."""

    def form(self, formdata: Any = None, row: Topic | None = None) -> TopicForm:
        """The form with what there is to choose from."""
        teams = select(Team).where(Team.tenant_id == self.request.tenant.id)
        if row is None or row.team_id is None:
            teams = teams.where(Team.archived_at.is_(None))
        else:
            teams = teams.where(Team.archived_at.is_(None) | (Team.id == row.team_id))
        return TopicForm(
            formdata,
            projects=PeopleService(self.request.db, self.request.tenant).projects(archived=True),
            teams=self.request.db.scalars(teams.order_by(Team.name)).all(),
            all_fields=self.catalogue.all_fields(),
            row=row,
            asked=self.catalogue.asked_in().get(row.id, ()) if row is not None else (),
        )

    def page(self, form: TopicForm, row: Topic | None, *, wrong: bool = False) -> dict[str, Any]:
        """What the template reads."""
        values = {"form": form, "row": row, **shown_in_preview(form)}
        return self.answer(values, wrong=wrong)


def shown_in_preview(form: TopicForm) -> dict[str, Any]:
    """The form of a new ticket as its opener would see it."""
    asked = [
        each for each in form.chosen_fields() if each.for_customers or not form.for_customers.data
    ]
    return {
        "preview_name": form.name.data or "",
        "preview_description": form.description.data or "",
        "preview_answers": AnswersForm(asked),
    }


@view_defaults(context=TopicsSettings, permission=Permission.ADMINISTER)
class TopicsViews(TopicFormViews):
    """All topics, and a new one."""

    @view_config(request_method="GET", renderer=_TOPICS)
    def show(self) -> dict[str, Any]:
        """The list; what is archived comes last."""
        topics = self.catalogue.topics(archived=True)
        labels = {each.id: each.label for each in self.catalogue.all_fields()}
        return {
            "topics": [each for each in topics if each.archived_at is None],
            "archived": [each for each in topics if each.archived_at is not None],
            "asked": {
                topic_id: [labels[key] for key in keys if key in labels]
                for topic_id, keys in self.catalogue.asked_in().items()
            },
            **self.tabs(self.context, "topics"),
        }

    @view_config(name="new", request_method="GET", renderer=_TOPIC)
    def ask(self) -> dict[str, Any]:
        """The form for a new one."""
        return self.page(self.form(), None)

    @view_config(name="new", request_method="POST", renderer=_TOPIC)
    def create(self) -> dict[str, Any] | HTTPSeeOther:
        """Make it, or show what it would be."""
        form = self.form(self.request.POST)
        if PREVIEW in self.request.POST:
            return self.page(form, None)
        if form.validate():
            values = form.values()
            name = values.pop("name")
            try:
                self.service.create_topic(name, values, [each.id for each in form.chosen_fields()])
            except TopicRuleError as refused:
                form[refused.field].errors = [refused.message]
            else:
                return self.back(N_("%(name)s is added.", name=name))
        return self.page(form, None, wrong=True)

    @view_config(name=PREVIEW, request_method="POST", renderer=_PREVIEW)
    def preview(self) -> dict[str, Any]:
        """The form of a new ticket, as a piece of HTML for the page that asks."""
        return shown_in_preview(self.form(self.request.POST))


@view_defaults(context=TopicSettings, permission=Permission.ADMINISTER)
class TopicViews(TopicFormViews):
    """One topic."""

    context: TopicSettings

    @view_config(request_method="GET", renderer=_TOPIC)
    def show(self) -> dict[str, Any]:
        """The form, filled in."""
        return self.page(self.form(row=self.context.row), self.context.row)

    @view_config(request_method="POST", renderer=_TOPIC)
    def save(self) -> dict[str, Any] | HTTPSeeOther:
        """Change it, or show what it would be."""
        row = self.context.row
        form = self.form(self.request.POST, row)
        if PREVIEW in self.request.POST:
            return self.page(form, row)
        if form.validate():
            try:
                self.service.change_topic(row, form.values())
            except TopicRuleError as refused:
                form[refused.field].errors = [refused.message]
            else:
                self.service.set_fields(row, [each.id for each in form.chosen_fields()])
                return self.back(N_("%(name)s is saved.", name=row.name), self.context.__parent__)
        return self.page(form, row, wrong=True)

    @view_config(name="move", request_method="POST")
    def move(self) -> HTTPSeeOther:
        """One place up or down."""
        row = self.context.row
        self.service.move(row, up="up" in self.request.POST)
        return self.back(N_("%(name)s is moved.", name=row.name), self.context.__parent__)

    @view_config(name="archive", request_method="POST")
    def archive(self) -> HTTPSeeOther:
        """Offer the topic for no more tickets; those that have it keep it."""
        row = self.context.row
        self.service.archive_topic(row, datetime.now(UTC))
        return self.back(N_("%(name)s is archived.", name=row.name), self.context.__parent__)

    @view_config(name="restore", request_method="POST")
    def restore(self) -> HTTPSeeOther:
        """Offer it again."""
        row = self.context.row
        self.service.archive_topic(row, None)
        return self.back(N_("%(name)s is offered again.", name=row.name), self.context.__parent__)
