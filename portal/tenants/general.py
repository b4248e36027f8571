"""Settings: name, logo, colour, language and time zone, and how long tickets can be reopened."""

from typing import Any

from babel import Locale
from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPBadRequest, HTTPSeeOther
from pyramid.renderers import render_to_response
from pyramid.response import Response
from pyramid.view import view_config, view_defaults
from wtforms import BooleanField, Field, FileField, Form, SelectField, StringField
from wtforms.validators import StopValidation

from portal.people.profile_form import language_name, offered, zone_choices
from portal.security.permissions import Permission
from portal.tenants import rules
from portal.tenants.audit import assign
from portal.tenants.logos import ACCEPT, MAX_BYTES, checked_logo
from portal.tenants.models import TenantLogo
from portal.tenants.settings_forms import Follows
from portal.tenants.settings_pages import COMPANY, SettingsPage, SettingsViews
from portal.web.colour import PAPER, accent_css, contrast, readable_accent
from portal.web.forms import one_line
from portal.web.i18n import LOCALES, N_
from portal.web.tree import Resource

_PAGE = "portal:templates/settings/general.jinja2"

_PLAIN = ("name", "locale", "timezone", "reopen_days")


class GeneralResource(Resource):
    """`settings/general`."""


class GeneralForm(Form):
    """What every page of the tenant shows."""

    name = StringField(N_("Company name"), [Follows(rules.one_line)], filters=[one_line])
    logo = FileField(N_("Logo"))
    remove_logo = BooleanField(N_("Remove the logo"))
    accent = StringField(N_("Accent colour"), [Follows(rules.accent)])
    locale = SelectField(N_("Language"), [offered], validate_choice=False)
    timezone = SelectField(N_("Time zone"), [offered], validate_choice=False)
    reopen_days = StringField(N_("Days to reopen a solved ticket"))

    def __init__(self, formdata: Any = None, *, reader_locale: Locale, **values: Any) -> None:
        super().__init__(formdata, **values)
        self.content_type = ""
        self.locale.choices = [(code, language_name(code)) for code in LOCALES]
        self.timezone.choices = {
            N_("Without place"): [("UTC", "UTC")],
            **zone_choices(reader_locale),
        }
        known = {name for group in self.timezone.choices.values() for name, _ in group}
        if self.timezone.object_data not in known:
            self.timezone.choices[N_("Without place")].append((self.timezone.object_data,) * 2)

    @property
    def upload(self) -> bytes | None:
        """The chosen picture; None when none was chosen."""
        file = getattr(self.logo.data, "file", None)
        if file is None:
            return None
        file.seek(0)
        data: bytes = file.read(MAX_BYTES + 1)
        return data or None

    def validate_reopen_days(self, field: Field) -> None:
        """Raises StopValidation for what is no such number; keeps the number."""
        # A form that was opened before there was this field changes nothing.
        if not field.raw_data:
            field.data = field.object_data
            return
        try:
            field.data = rules.reopen_days(one_line(field.data))
        except ValueError as error:
            raise StopValidation(error.args[0]) from None

    def validate_logo(self, _field: FileField) -> None:
        """Raises StopValidation for what cannot be kept as a logo."""
        if (data := self.upload) is not None:
            try:
                self.content_type = checked_logo(data)
            except ValueError as error:
                raise StopValidation(error.args[0]) from None


@view_defaults(context=GeneralResource, permission=Permission.ADMINISTER)
class GeneralViews(SettingsViews):
    """The first page of the settings."""

    @view_config(request_method="GET", renderer=_PAGE)
    def show(self) -> dict[str, Any]:
        """The settings as they are."""
        return self._page(GeneralForm(obj=self.request.tenant, reader_locale=self.request.locale))

    @view_config(request_method="POST", renderer=_PAGE)
    def save(self) -> dict[str, Any] | HTTPSeeOther:
        """Keep what was entered. A new colour or logo gives the brand's files new addresses."""
        tenant = self.request.tenant
        form = GeneralForm(self.request.POST, obj=tenant, reader_locale=self.request.locale)
        if not form.validate():
            return self._page(form, wrong=True)
        plain = {name: form[name].data for name in _PLAIN}
        if changes := assign(tenant, plain):
            self.audit.record("tenant.changed", "", changes)
        if changes := assign(tenant, {"accent": form.accent.data}):
            tenant.brand_version += 1
            self.audit.record("branding.changed", "", changes)
        self._keep_logo(form)
        return self.back(N_("The settings are saved."))

    @view_config(name="accent", request_method="GET")
    def preview(self) -> Response:
        """How a colour would look: a part of the page, for the script that watches the field."""
        colour = self._colour(self.request.GET.get("colour", ""))
        values = {"accent": Accent(colour), "accent_url": self._style_sheet(colour)}
        return render_to_response(
            "portal:templates/settings/_accent.jinja2", values, request=self.request
        )

    @view_config(name="accent.css", request_method="GET")
    def style_sheet(self) -> Response:
        """The colours of the preview, which carries no inline style."""
        css = accent_css(self._colour(self.request.GET.get("colour", "")))
        return Response(
            css.replace(":root", "[data-accent]"), content_type="text/css", charset="utf-8"
        )

    def _page(self, form: GeneralForm, *, wrong: bool = False) -> dict[str, Any]:
        try:
            colour = rules.accent(form.accent.data or "")
        except ValueError:
            colour = self.request.tenant.accent
        values = {
            "form": form,
            "accent": Accent(colour),
            "accent_url": self._style_sheet(colour),
            "accept": ACCEPT,
        }
        return self.answer(values, wrong=wrong)

    def _style_sheet(self, colour: str) -> str:
        url: str = self.request.place(self.context, "accent.css", query={"colour": colour})
        return url

    def _colour(self, text: str) -> str:
        try:
            return rules.accent(text)
        except ValueError:
            raise HTTPBadRequest from None

    def _keep_logo(self, form: GeneralForm) -> None:
        request = self.request
        row = request.db.get(TenantLogo, request.tenant.id)
        data = form.upload
        if data is not None:
            if row is None:
                row = TenantLogo(tenant_id=request.tenant.id)
                request.db.add(row)
            row.content_type, row.data = form.content_type, data
            self.audit.record("branding.logo_set")
        elif form.remove_logo.data and row is not None:
            request.db.delete(row)
            self.audit.record("branding.logo_removed")
        else:
            return
        request.tenant.has_logo = data is not None
        request.tenant.brand_version += 1


class Accent:
    """A colour as words wear it, with its contrast on light and on dark paper."""

    def __init__(self, colour: str) -> None:
        self.colour = colour
        self.light, self.dark = readable_accent(colour)
        #: As chosen, and as used: WCAG's ratio on the least favourable ground.
        self.on_light = contrast(colour, PAPER["light"])
        self.on_dark = contrast(colour, PAPER["dark"])
        self.used_on_light = contrast(self.light, PAPER["light"])
        self.used_on_dark = contrast(self.dark, PAPER["dark"])

    @property
    def darkened(self) -> bool:
        """Whether it must be darker to be read on light paper."""
        return self.light != self.colour

    @property
    def lightened(self) -> bool:
        """Whether it must be lighter to be read on dark paper."""
        return self.dark != self.colour


def includeme(config: Configurator) -> None:
    """Register the page."""
    config.add_settings_page(
        SettingsPage(
            "general",
            N_("General and branding"),
            "palette",
            COMPANY,
            10,
            lambda parent, name: GeneralResource(parent.request, parent, name),
        )
    )
    config.scan("portal.tenants.general")
