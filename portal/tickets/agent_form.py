"""The form of an agent's message."""

from typing import Any

from portal.macros.carried import Carried
from portal.tickets.forms import MessageForm


class AgentForm(MessageForm):
    """A reply or a note, and what macros change when it goes."""

    def __init__(self, formdata: Any = None, **values: Any) -> None:
        super().__init__(formdata, **values)
        self.carried = Carried.read(formdata)
