"""Settings: who needs a second factor, who has one, and the way back for who lost theirs."""

from typing import Any

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPSeeOther
from pyramid.view import view_config, view_defaults
from sqlalchemy import select
from wtforms import Form, RadioField
from wtforms.validators import StopValidation

from portal.factors.service import Factors
from portal.factors.words import AUDIT_ACTIONS, AUDIT_FIELDS, AUDIT_VALUES, REQUIRED
from portal.people.models import Role, User
from portal.people.settings_people import PersonSettings
from portal.security.permissions import Permission
from portal.signin.settings_pages import SignInSettingsResource, SignInViews
from portal.tenants.audit import assign
from portal.tenants.settings_pages import SettingsViews
from portal.web.i18n import N_

_TAB = "second-factor"
_PAGE = "portal:templates/settings/signin_factors.jinja2"
_MOST_SHOWN = 200


class RequiredForm(Form):
    """Who has to have one."""

    second_factor = RadioField(N_("Who needs a second factor"), validate_choice=False)

    def __init__(self, formdata: Any = None, **values: Any) -> None:
        super().__init__(formdata, **values)
        self.second_factor.choices = list(REQUIRED.items())

    def validate_second_factor(self, field: RadioField) -> None:
        """Raises StopValidation for a word that was not offered."""
        if field.data not in REQUIRED:
            raise StopValidation(N_("Choose one of the list."))


@view_defaults(context=SignInSettingsResource, permission=Permission.ADMINISTER)
class SecondFactorTab(SignInViews):
    """Whom the tenant wants a second factor from."""

    @view_config(name=_TAB, request_method="GET", renderer=_PAGE)
    def show(self) -> dict[str, Any]:
        """The setting, and who of the team has one."""
        return self._page(RequiredForm(obj=self.request.tenant))

    @view_config(name=_TAB, request_method="POST", renderer=_PAGE)
    def save(self) -> dict[str, Any] | HTTPSeeOther:
        """Keep the choice. It counts at once: the next page leads to the set-up."""
        form = RequiredForm(self.request.POST)
        if not form.validate():
            return self._page(form, wrong=True)
        set_required(self, str(form.second_factor.data))
        return self.back(N_("The sign-in settings are saved."), None, _TAB)

    def _page(self, form: RequiredForm, *, wrong: bool = False) -> dict[str, Any]:
        team = self.request.db.scalars(
            select(User)
            .where(
                User.tenant_id == self.request.tenant.id,
                User.role.in_((Role.AGENT, Role.ADMIN)),
                User.disabled_at.is_(None),
                User.password_hash.is_not(None),
            )
            .order_by(User.second_factor_at.is_not(None), User.name, User.id)
            .limit(_MOST_SHOWN)
        ).all()
        return self.tab(_TAB, {"form": form, "team": team}, wrong=wrong)


def set_required(views: SettingsViews, who: str) -> None:
    """Want a second factor from these people."""
    if changes := assign(views.request.tenant, {"second_factor": who}):
        views.audit.record("signin.changed", "", changes)


@view_defaults(context=PersonSettings, permission=Permission.ADMINISTER)
class ResetViews(SettingsViews):
    """The way back for somebody who has lost their phone or key."""

    context: PersonSettings

    @view_config(name="reset-second-factor", request_method="POST")
    def reset(self) -> HTTPSeeOther:
        """Forget all factors of the person, who then signs in with the password alone."""
        user = self.context.user
        if user.id == self.request.identity.user_id:
            # There the password is asked for first.
            return self.back(N_("Change your own second factor on your profile."))
        if not Factors(self.request.db, self.request.tenant).reset(user, self.audit):
            return self.back(N_("%(name)s has no second factor.", name=user.name))
        return self.back(
            N_(
                "%(name)s signs in with the password alone again, until they set up a new second "
                "factor. Their open sessions have ended.",
                name=user.name,
            )
        )


def includeme(config: Configurator) -> None:
    """Register the words of the audit log."""
    config.add_audit_words(AUDIT_ACTIONS, AUDIT_FIELDS, AUDIT_VALUES)
    config.scan("portal.factors.settings")
