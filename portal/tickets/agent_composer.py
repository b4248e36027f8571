"""The agent's composer: closed, open for a reply, or open for a note, and what was typed in it."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from markupsafe import Markup

from portal.macros.words import Chooser
from portal.tickets.agent_form import AgentForm
from portal.tickets.models import MessageKind, State
from portal.web.i18n import Message


class Send(StrEnum):
    """What becomes of the ticket when a reply is sent: the values of the send buttons."""

    PENDING = "pending"
    #: The state that follows by itself.
    PLAIN = "send"
    SOLVED = "solved"

    @property
    def state(self) -> State | None:
        """The state that is chosen with the reply."""
        return None if self is Send.PLAIN else State(self.value)


@dataclass(frozen=True, slots=True)
class Composer:
    """What stands at the foot of a thread."""

    #: None: closed.
    kind: MessageKind | None = None
    form: AgentForm = field(default_factory=AgentForm)
    preview: Markup | None = None
    #: What happened to what was typed.
    notice: Message | None = None
    #: Whether to ask before a note becomes a reply.
    asks: bool = False
    #: The last message that the writer had seen, where the thread has moved on since.
    moved_on_from: int | None = None
    #: How many messages the writer had seen, there too.
    seen_count: int | None = None
    #: Opened by its address: what was written before comes back. Without a kind, the composer
    #: opens where there is a draft.
    is_fresh: bool = False
    #: When the draft that it shows was saved.
    draft_at: datetime | None = None
    #: The send button that was chosen, where the form comes back.
    then: Send | None = None
    #: The macros that are offered, where somebody wants one.
    chooser: Chooser | None = None
    status: int = 200

    @property
    def is_reply(self) -> bool:
        """Whether it is open for a reply."""
        return self.kind is MessageKind.REPLY

    @property
    def first_send(self) -> Send:
        """The send button that stands first: it sets the state that a macro brought."""
        if self.then is not None:
            return self.then
        match self.form.carried.state:
            case None | State.PENDING:
                return Send.PENDING
            case State.SOLVED:
                return Send.SOLVED
            case _:
                return Send.PLAIN

    @property
    def other_sends(self) -> list[Send]:
        """The send buttons in the menu."""
        return [send for send in Send if send is not self.first_send]
