"""Settings, sign-in: test a token. What was pasted stays in the answer and goes nowhere else."""

import math
from collections.abc import Callable
from typing import Any

from pyramid.request import Request
from pyramid.view import view_config, view_defaults
from wtforms import Form, SelectField, StringField, TextAreaField

from portal.people.profile_form import offered
from portal.security.permissions import Permission
from portal.signin.codes import Code
from portal.signin.dialects import dialects
from portal.signin.dialects.base import Dialect
from portal.signin.parameters import FORM_LIMIT
from portal.signin.settings_pages import SignInSettingsResource, SignInViews
from portal.signin.tester import Tested, put_to_test
from portal.signin.throttles import TESTED_TOKENS, Throttles
from portal.web.forms import AtMost, Required
from portal.web.i18n import N_, Message

_PAGE = "portal:templates/settings/signin_test.jinja2"
_TOO_LONG = N_("This is longer than any address: %(surplus)d characters too many.")


class TesterForm(Form):
    """What is to be tested, and as whose."""

    pasted = TextAreaField(
        N_("Token or address"),
        [
            Required(N_("Paste a token, or the whole address that brought it.")),
            AtMost(FORM_LIMIT, _TOO_LONG),
        ],
        filters=[lambda text: text.strip() if isinstance(text, str) else ""],
    )
    dialect = SelectField(N_("Dialect"), [offered], validate_choice=False)
    more = StringField(
        N_("Other parameters"),
        [AtMost(FORM_LIMIT, _TOO_LONG)],
    )


@view_defaults(
    context=SignInSettingsResource,
    name="test",
    permission=Permission.ADMINISTER,
    renderer=_PAGE,
)
class TesterTab(SignInViews):
    """A token goes through all checks, and nothing comes of it."""

    @view_config(request_method="GET")
    def show(self) -> dict[str, Any]:
        """The form."""
        return self._page(self._form(), None)

    @view_config(request_method="POST")
    def test(self) -> dict[str, Any]:
        """What each check says. The answer to a POST: no address ever holds the token."""
        form = self._form(self.request.POST)
        dialect = self._known().get(form.dialect.data)
        if not form.validate() or dialect is None:
            return self._page(form, None, status=422)
        throttles = Throttles(self.request.db, self.request.tenant.id)
        tally = throttles.tally(TESTED_TOKENS, str(self.request.identity.user_id))
        if tally.attempts > TESTED_TOKENS.attempts:
            wait = N_(
                "These were many tests. Wait %(minutes)d min, then go on.",
                minutes=math.ceil(tally.seconds_left / 60),
            )
            return self._page(form, None, notice=wait, status=429)
        tested = put_to_test(self.request, form.pasted.data or "", form.more.data or "", dialect)
        return self._page(form, tested)

    def _form(self, formdata: Any = None) -> TesterForm:
        form = TesterForm(formdata)
        form.dialect.choices = [(each.name, each.label) for each in self._known().values()]
        if formdata is None:
            form.dialect.data = next(iter(self._known()), None)
        return form

    def _known(self) -> dict[str, Dialect]:
        """The dialects: the primary one first, then those that are on, then the others."""
        config, every = self.settings.config(), dialects(self.request.registry)
        order = [config.primary_dialect, *config.dialects, *every]
        return {name: every[name] for name in dict.fromkeys(order) if name in every}

    def _page(
        self,
        form: TesterForm,
        tested: Tested | None,
        *,
        notice: Message | None = None,
        status: int = 200,
    ) -> dict[str, Any]:
        response = self.request.response
        response.status_int = status
        response.headers["Cache-Control"] = "no-store"
        values = {"form": form, "tested": tested, "notice": notice, "guide": guide(self.request)}
        return self.tab("test", values)


def guide(request: Request) -> Callable[[Code], str] | None:
    """Where the integration guide explains a code; None where there is no guide to read."""
    try:
        hub = request.context_tenant["integration"]
    except KeyError:
        return None
    return lambda code: request.place(hub, "guide", anchor=code.value)
