"""What a visitor is told when a sign-in is refused."""

from enum import StrEnum

from portal.web.i18n import N_, Message


class Public(StrEnum):
    """What the visitor is told. Many codes share a sentence, so that it teaches an attacker
    nothing: above all, a wrong signature and a wrong tenant read the same."""

    BUSY = "busy"
    DAMAGED = "damaged"
    UNCONFIRMED = "unconfirmed"
    UNUSABLE = "unusable"
    EXPIRED = "expired"
    USED = "used"
    NOT_FROM_HERE = "not_from_here"
    EMAIL = "email"
    CONFLICT = "conflict"
    NO_ACCESS = "no_access"
    OWN_PASSWORD = "own_password"  # noqa: S105 - names a sentence
    PROVIDER_AWAY = "provider_away"
    PROVIDER_DECLINED = "provider_declined"
    WRONG_PASSWORD = "wrong_password"  # noqa: S105 - names a sentence
    WRONG_CODE = "wrong_code"
    WRONG_PASSKEY = "wrong_passkey"

    @property
    def sentence(self) -> Message:
        """The one sentence of the refusal page."""
        return _SENTENCES[self]


_SENTENCES = {
    Public.BUSY: N_("There were too many attempts. Wait a few minutes, then try again."),
    Public.DAMAGED: N_("This sign-in link is incomplete or damaged."),
    Public.UNCONFIRMED: N_("We could not confirm this sign-in."),
    Public.UNUSABLE: N_("The site you came from sent a sign-in that we cannot use."),
    Public.EXPIRED: N_("Your sign-in link had expired before it reached us."),
    Public.USED: N_("This sign-in link was already used."),
    Public.NOT_FROM_HERE: N_("This sign-in was not started in this browser."),
    Public.EMAIL: N_("Your e-mail address cannot be used to sign in here."),
    Public.CONFLICT: N_("Your details fit two different accounts here."),
    Public.NO_ACCESS: N_("Your account has no access to this help desk."),
    Public.OWN_PASSWORD: N_("This account signs in with its own password."),
    Public.PROVIDER_AWAY: N_("The service that you sign in with cannot be reached at the moment."),
    Public.PROVIDER_DECLINED: N_("The sign-in was not completed."),
    Public.WRONG_PASSWORD: N_("The e-mail address or the password is not right."),
    Public.WRONG_CODE: N_("This code is not right, or it was used already."),
    Public.WRONG_PASSKEY: N_("This passkey does not sign you in here."),
}
