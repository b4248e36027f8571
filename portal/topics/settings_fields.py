"""Settings: the pages of custom fields."""

from datetime import UTC, datetime
from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.view import view_config, view_defaults

from portal.security.permissions import Permission
from portal.security.sessions import flash
from portal.topics.administration import TopicRuleError
from portal.topics.answers import condition_words
from portal.topics.models import FieldKind
from portal.topics.settings_forms import FieldForm, NewFieldForm
from portal.topics.settings_pages import FieldSettings, FieldsSettings, TopicsBase
from portal.topics.settings_words import KIND_ICONS, KINDS
from portal.web.i18n import N_
from portal.web.redirects import page, see_other

_FIELDS = "portal:templates/settings/fields.jinja2"
_FIELD = "portal:templates/settings/field.jinja2"


@view_defaults(context=FieldsSettings, permission=Permission.ADMINISTER)
class FieldsViews(TopicsBase):
    """All fields, and a new one."""

    context: FieldsSettings

    @view_config(request_method="GET", renderer=_FIELDS)
    def show(self) -> dict[str, Any]:
        """The list; what is archived comes last."""
        rows = self.catalogue.all_fields(archived=True)
        by_id = {row.id: row for row in rows}
        return {
            "fields": [row for row in rows if row.archived_at is None],
            "archived": [row for row in rows if row.archived_at is not None],
            "kinds": KINDS,
            "kind_icons": KIND_ICONS,
            "conditions": {row.id: condition_words(row, by_id) for row in rows},
            **self.tabs(self.context.__parent__, "fields"),
        }

    @view_config(name="new", request_method="GET", renderer=_FIELD)
    def ask(self) -> dict[str, Any]:
        """The form for a new one."""
        return {"form": NewFieldForm(all_fields=self.catalogue.all_fields()), "row": None}

    @view_config(name="new", request_method="POST", renderer=_FIELD)
    def create(self) -> dict[str, Any] | HTTPSeeOther:
        """Make it."""
        form = NewFieldForm(self.request.POST, all_fields=self.catalogue.all_fields())
        if form.validate():
            try:
                self.service.create_field(
                    form.chosen_key(), FieldKind(form.kind.data), form.values()
                )
            except TopicRuleError as refused:
                form[refused.field].errors = [refused.message]
            else:
                return self.back(N_("%(name)s is added.", name=form.label.data))
        return self.answer({"form": form, "row": None}, wrong=True)


@view_defaults(context=FieldSettings, permission=Permission.ADMINISTER)
class FieldViews(TopicsBase):
    """One field."""

    context: FieldSettings

    @view_config(request_method="GET", renderer=_FIELD)
    def show(self) -> dict[str, Any]:
        """The form, filled in."""
        row = self.context.row
        form = FieldForm(all_fields=self.catalogue.all_fields(), row=row)
        return {"form": form, "row": row, "kind": KINDS[FieldKind(row.kind)]}

    @view_config(request_method="POST", renderer=_FIELD)
    def save(self) -> dict[str, Any] | HTTPSeeOther:
        """Change it."""
        row = self.context.row
        form = FieldForm(self.request.POST, all_fields=self.catalogue.all_fields(), row=row)
        if form.validate():
            try:
                self.service.change_field(row, form.values())
            except TopicRuleError as refused:
                form[refused.field].errors = [refused.message]
            else:
                return self.back(N_("%(name)s is saved.", name=row.label), self.context.__parent__)
        values = {"form": form, "row": row, "kind": KINDS[FieldKind(row.kind)]}
        return self.answer(values, wrong=True)

    @view_config(name="move", request_method="POST")
    def move(self) -> HTTPSeeOther:
        """One place up or down."""
        row = self.context.row
        self.service.move(row, up="up" in self.request.POST)
        return self.back(N_("%(name)s is moved.", name=row.label), self.context.__parent__)

    @view_config(name="archive", request_method="POST")
    def archive(self) -> HTTPSeeOther:
        """Ask no more; tickets that have a value keep showing it."""
        row, fields = self.context.row, self.context.__parent__
        try:
            self.service.archive_field(row, datetime.now(UTC))
        except TopicRuleError as refused:
            flash(self.request, self.request.gettext(refused.message), "amber")
            return see_other(self.request, page(self.request, fields))
        return self.back(N_("%(name)s is archived.", name=row.label), fields)

    @view_config(name="restore", request_method="POST")
    def restore(self) -> HTTPSeeOther:
        """Ask again, where topics still have it."""
        row = self.context.row
        self.service.archive_field(row, None)
        return self.back(N_("%(name)s is asked again.", name=row.label), self.context.__parent__)
