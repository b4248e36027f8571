"""Why a call to somebody else came to nothing."""

from portal.web.i18n import Message


class OutgoingError(Exception):
    """The call gave no answer. The message is one plain sentence for whoever set the address."""

    def __init__(self, message: Message) -> None:
        super().__init__(message % message.variables if message.variables else message)
        #: To be translated where it is shown.
        self.message = message


class OutgoingRefused(OutgoingError):
    """The portal does not call this address: trying again is of no use."""


class OutgoingFailed(OutgoingError):
    """The other side is away, too slow, speaks no HTTP or says too much: it may work later."""
