"""A sign-in that ends here, and why."""

from portal.signin.codes import Code, Step
from portal.web.i18n import Message


class Refusal(Exception):
    """The sign-in is refused: the one exception that checks raise.

    ``hint`` names the likely cause for the tenant's admin. ``seen`` and ``wanted`` are technical
    values for the trace, never a token, a secret or an e-mail address. ``step`` is filled in by
    the trace when the check itself does not know it.
    """

    def __init__(
        self,
        code: Code,
        *,
        hint: Message | None = None,
        step: Step | None = None,
        seen: str = "",
        wanted: str = "",
        public: Message | None = None,
    ) -> None:
        super().__init__(code.value)
        self.code = code
        self.hint = hint
        self.step = step
        self.seen = seen
        self.wanted = wanted
        #: What the visitor is told instead of the code's own sentence.
        self.public = public
