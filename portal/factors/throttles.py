"""How often somebody may try a code."""

from pyramid.request import Request

from portal.db.session import separate_transaction
from portal.people.models import User
from portal.signin.codes import Code
from portal.signin.refusals import Refusal
from portal.signin.requests import address, give_back
from portal.signin.throttles import Limit, Throttles

#: Wrong codes of one account, from anywhere: like passwords. Whoever tries knows the password.
BY_ACCOUNT = Limit("second:account", 10, 900)
#: Three codes of a million are right at any time: with so many tries a day, one guesser in eleven
#: thousand gets in on a day.
BY_ACCOUNT_AND_DAY = Limit("second:account:day", 30, 86_400)
#: First codes of an app that is being set up: its secret is shown beside them.
SET_UP = Limit("second:set_up", 20, 900)
#: Passkeys cannot be guessed; this only bounds what a stranger makes us compute and keep.
BY_ADDRESS = Limit("passkey:address", 100, 300)


def count(request: Request, *subjects: tuple[Limit, str]) -> None:
    """Count a try first, in a transaction of its own that no refusal undoes. Raises ``Refusal``.

    Rows that were read before belong to a transaction that is over: read them again.
    """
    give_back(request)
    with separate_transaction(request) as db, db.begin():
        throttles = Throttles(db, request.tenant.id)
        within = [throttles.count(limit, subject) for limit, subject in subjects]
    if not all(within):
        raise Refusal(Code.RATE_LIMITED)


def of_account(user: User) -> tuple[tuple[Limit, str], ...]:
    """The limits for somebody's codes."""
    return (BY_ACCOUNT, str(user.id)), (BY_ACCOUNT_AND_DAY, str(user.id))


def of_address(request: Request) -> tuple[Limit, str]:
    """The limit for passkeys from the visitor's network address."""
    return BY_ADDRESS, address(request)


def forgive(request: Request, user: User) -> None:
    """Forget somebody's wrong codes: the right one was given."""
    throttles = Throttles(request.db, request.tenant.id)
    for limit, subject in of_account(user):
        throttles.forgive(limit, subject)
