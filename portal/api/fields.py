"""The fields of a call, each checked by itself, so that one answer names all that is wrong."""

from collections.abc import Mapping
from typing import Any

from portal.api.errors import ApiError
from portal.people.service import normal_email
from portal.signin.claims import TEXT_LIMIT, has_refused_characters
from portal.web.forms import plain_text
from portal.web.i18n import N_, Message

_REQUIRED = N_("This field is required.")
_NO_TEXT = N_("Send a text.")


class Fields:
    """Reads a body. Null and empty texts count as absent; unknown fields are passed over."""

    def __init__(self, body: Mapping[str, Any]) -> None:
        self.body = body
        self.errors: dict[str, Message] = {}

    def missing(self, name: str, message: Message = _REQUIRED) -> None:
        """Something has to be there, unless something else is wrong with it already."""
        self.errors.setdefault(name, message)

    def line(self, name: str, *, limit: int, required: bool = False) -> str | None:
        """A text of one line, at most ``limit`` characters."""
        text = self._text(name, required=required)
        if text is None:
            return None
        text = text.strip()
        if has_refused_characters(text):
            self.missing(name, N_("Leave out line breaks and control characters."))
        return self._bounded(name, text, limit)

    def text(self, name: str, *, limit: int, required: bool = False) -> str | None:
        """A text of many lines, as forms keep it."""
        text = self._text(name, required=required)
        if text is None:
            return None
        kept = plain_text(text)
        if required and not kept.strip():
            self.missing(name)
        return self._bounded(name, kept, limit)

    def email(self, name: str, *, required: bool = False) -> str | None:
        """An e-mail address in its canonical form."""
        text = self._text(name, required=required)
        email = normal_email(text) if text is not None else None
        if text is not None and email is None:
            self.missing(name, N_("This is not an e-mail address that can be used here."))
        return email

    def identifier(self, name: str) -> str | None:
        """Somebody else's id: a text, or a whole number, which becomes one."""
        value = self.body.get(name)
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**TEXT_LIMIT:
            return str(value)
        return self.line(name, limit=TEXT_LIMIT)

    def choice(self, name: str, words: Mapping[str, Any]) -> Any:
        """What one of the ``words`` stands for (in any case); None when the field is absent."""
        text = self._text(name, required=False)
        if text is None:
            return None
        found = words.get(text.strip().lower()) if text.isascii() else None
        if found is None:
            self.missing(name, N_("Send one of: %(words)s.", words=", ".join(words)))
        return found

    def check(self) -> None:
        """Raises ``ApiError`` 422 that names every field with something wrong."""
        if self.errors:
            raise ApiError(
                422,
                "fields_invalid",
                N_("Some fields need another value: %(names)s.", names=", ".join(self.errors)),
                fields=self.errors,
            )

    def _text(self, name: str, *, required: bool) -> str | None:
        value = self.body.get(name)
        if value is None or value == "":
            if required:
                self.missing(name)
            return None
        if not isinstance(value, str):
            self.missing(name, _NO_TEXT)
            return None
        if required and not value.strip():
            self.missing(name)
            return None
        return value

    def _bounded(self, name: str, text: str, limit: int) -> str | None:
        if len(text) > limit:
            self.missing(name, N_("Use at most %(limit)s characters.", limit=limit))
        return text or None
