"""The form of a client."""

from typing import Any

from babel import Locale
from wtforms import BooleanField, Form, RadioField, SelectField, StringField

from portal.issuer.clients import GRACE
from portal.issuer.rules import client_address
from portal.people.profile_form import offered
from portal.security.api_key_forms import grace_choices
from portal.tenants.rules import one_line as name_rule
from portal.tenants.settings_forms import Follows, LinesField
from portal.web.forms import Required, one_line
from portal.web.i18n import N_

KINDS = {
    "confidential": N_("It has a server, which can keep a secret"),
    "public": N_("It runs in browsers or on telephones alone"),
}


class ClientForm(Form):
    """A site, as the admin describes it."""

    COLUMNS = (
        "name",
        "third_party",
        "redirect_uris",
        "post_logout_redirect_uris",
        "login_url",
        "backchannel_logout_uri",
        "backchannel_logout_session_required",
    )

    name = StringField(
        N_("Name"), [Required(N_("Give the site a name.")), Follows(name_rule)], filters=[one_line]
    )
    kind = RadioField(N_("What it is"), default="confidential")
    redirect_uris = LinesField(
        N_("Redirect URLs"),
        rule=client_address,
        validators=[Required(N_("Enter at least one address."))],
    )
    post_logout_redirect_uris = LinesField(N_("Logout URLs"), rule=client_address)
    login_url = StringField(
        N_("Where its sign-in begins"),
        [Follows(client_address, optional=True)],
        filters=[one_line],
    )
    backchannel_logout_uri = StringField(
        N_("Back-channel logout URL"),
        [Follows(client_address, optional=True)],
        filters=[one_line],
    )
    backchannel_logout_session_required = BooleanField(
        N_("Its software asks for the session ID (sid)")
    )
    third_party = BooleanField(N_("It belongs to somebody else: ask people first"))

    def __init__(self, formdata: Any = None, **options: Any) -> None:
        super().__init__(formdata, **options)
        self.kind.choices = list(KINDS.items())


class SecretForm(Form):
    """A new secret for a site."""

    grace = SelectField(
        N_("The present secret goes on for"), [offered], coerce=int, validate_choice=False
    )

    def __init__(self, formdata: Any = None, *, locale: Locale) -> None:
        super().__init__(formdata, data={"grace": GRACE})
        self.grace.choices = grace_choices(locale)
