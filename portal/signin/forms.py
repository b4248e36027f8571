"""The forms of signing in. What they limit, the services check as well."""

from wtforms import EmailField, Form, HiddenField, PasswordField
from wtforms.validators import InputRequired, Length

from portal.people.passwords import LONGEST
from portal.people.service import MAX_EMAIL
from portal.web.i18n import N_


class PasswordForm(Form):
    """An address and a password."""

    email = EmailField(
        N_("E-mail address"),
        [
            InputRequired(N_("Enter your e-mail address.")),
            Length(max=MAX_EMAIL, message=N_("This address is too long.")),
        ],
    )
    password = PasswordField(
        N_("Password"),
        [
            InputRequired(N_("Enter your password.")),
            Length(max=LONGEST, message=N_("This password is too long.")),
        ],
    )
    next = HiddenField()
