"""The form of a client."""

from typing import Any

from wtforms import BooleanField, Form, RadioField, SelectField, StringField

from portal.issuer.clients import GRACE
from portal.issuer.rules import client_address
from portal.tenants.rules import one_line as name_rule
from portal.tenants.settings_forms import Follows, LinesField
from portal.web.forms import Required, one_line
from portal.web.i18n import N_, Message

KINDS = {
    "confidential": N_("It has a server, which can keep a secret"),
    "public": N_("It runs in browsers or on telephones alone"),
}
_GRACES = (0, 1, GRACE, 72)


class ClientForm(Form):
    """A site, as the admin describes it."""

    COLUMNS = ("name", "third_party", "redirect_uris", "post_logout_redirect_uris", "login_url")

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
    third_party = BooleanField(N_("It belongs to somebody else: ask people first"))

    def __init__(self, formdata: Any = None, **options: Any) -> None:
        super().__init__(formdata, **options)
        self.kind.choices = list(KINDS.items())


class SecretForm(Form):
    """A new secret for a site."""

    grace = SelectField(N_("The secret so far"), coerce=int, default=GRACE)

    def __init__(self, formdata: Any = None) -> None:
        super().__init__(formdata)
        self.grace.choices = [(hours, _grace(hours)) for hours in _GRACES]


def _grace(hours: int) -> Message:
    if not hours:
        return N_("ends at once")
    return Message(N_("works for %(hours)s hours more", hours=hours))
