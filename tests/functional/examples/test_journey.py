"""A customer's way from each sample into the portal and back: the same steps for all of them."""

import re

import pytest

from tests.functional.examples.company import Company
from tests.functional.examples.conftest import CROSSED, Cross
from tests.functional.examples.crossings import Crossing, NotTaken
from tests.functional.examples.visitor import Visitor

pytestmark = pytest.mark.parametrize("sample", CROSSED, indirect=True)

SUBJECT = 'Left "hinge" <b>cracked</b> \\ é'
CLEO = "cleo@customer.test"
REFERENCE = re.compile(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}\b")
#: Long enough for a key, and nobody's.
WRONG = "not-the-key-but-as-long-as-one-0123456789"


def test_a_first_sign_in(visitor: Visitor, crossing: Crossing, company: Company) -> None:
    there = crossing.bring(visitor)
    assert (there.status, there.url) == (200, company.url("/"))
    assert company.signed_in(visitor) == CLEO
    line = company.site.last()
    assert (line.code, line.dialect, line.warnings) == ("signed_in", "central", [])


def test_a_deep_link(visitor: Visitor, crossing: Crossing, company: Company) -> None:
    ticket = company.world.ticket()
    there = crossing.bring(visitor, f"/tickets/{ticket.number}")
    assert (there.status, there.url) == (200, company.url(f"/tickets/{ticket.number}"))
    assert ticket.subject in there.text


def test_a_deep_link_to_another_site(
    visitor: Visitor, crossing: Crossing, company: Company
) -> None:
    """The sample passes on what it was given; the portal goes to its own home page."""
    there = crossing.bring(visitor, "https://evil.test/")
    assert there.url == company.url("/")
    assert company.signed_in(visitor) == CLEO
    assert "redirect_blocked" in str(company.site.last().warnings)


def test_signing_out(visitor: Visitor, crossing: Crossing, company: Company) -> None:
    there = crossing.bring(visitor)
    crossing.leave(visitor, there)
    assert company.signed_in(visitor) is None
    assert visitor.get(company.url("/tickets")).url.startswith(company.url("/login"))


def test_a_ticket_through_the_api(visitor: Visitor, crossing: Crossing, company: Company) -> None:
    number = crossing.open_ticket(visitor, SUBJECT)
    assert [(ticket.number, ticket.subject) for ticket in company.tickets()] == [(number, SUBJECT)]
    # It was followed there, signed in.
    assert company.signed_in(visitor) == CLEO


def test_a_wrong_signing_key(visitor: Visitor, cross: Cross, company: Company) -> None:
    """The visitor sees a sentence and a reference; the reason is for the tenant's admin."""
    there = cross(PORTAL_SIGNING_KEY=WRONG).bring(visitor)
    assert there.status == 401
    line = company.site.last()
    assert line.code == "token_signature_invalid"
    assert line.reference in there.body
    assert line.code not in there.body
    assert company.signed_in(visitor) is None


def test_a_wrong_api_secret(visitor: Visitor, cross: Cross, company: Company) -> None:
    """The operator's log has code and reference; a customer reads the reference alone."""
    crossing = cross(PORTAL_API_SECRET=WRONG)
    with pytest.raises(NotTaken) as seen:
        crossing.open_ticket(visitor, "Left hinge cracked")
    reference = REFERENCE.search(str(seen.value))
    assert reference is not None
    assert f"401 unauthorized {reference[0]}" in crossing.log
    assert WRONG not in crossing.log
    assert WRONG not in str(seen.value)
    assert company.tickets() == []


def test_a_token_is_made_unused_and_works_once(
    visitor: Visitor, crossing: Crossing, company: Company
) -> None:
    token = crossing.token(visitor)
    assert company.site.log() == []
    first = visitor.post(company.url("/auth/callback"), {"token": token})
    assert first.url == company.url("/")
    thief = Visitor()
    second = thief.post(company.url("/auth/callback"), {"token": token})
    assert second.status == 401
    assert [line.code for line in company.site.log()] == ["token_replayed", "signed_in"]
    assert company.signed_in(thief) is None
    assert crossing.token(visitor) != token
