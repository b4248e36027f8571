"""A stranger cannot tell what exists from what does not."""

import pytest

from tests.factories import World

pytestmark = pytest.mark.security


@pytest.mark.parametrize(
    ("there", "missing"),
    [
        ("/tickets/1", "/tickets/999"),
        ("/tickets/1/reply", "/tickets/999/reply"),
        ("/tickets/1/nothing", "/tickets/999/nothing"),
        ("/tickets/1/attachments/1", "/tickets/999/attachments/1"),
    ],
)
def test_a_stranger_is_sent_to_sign_in_either_way(world: World, there: str, missing: str) -> None:
    world.ticket()
    for path in (there, missing):
        response = world.anonymous().get(world.url(path), status=303)
        assert response.location.partition("?")[0].endswith(world.url("/login"))


def test_people_and_organisations_answer_strangers_alike(world: World) -> None:
    organisation = world.seed.organisation
    assert organisation is not None
    for place, number in (
        ("people", world.seed.users["dora"].id),
        ("organisations", organisation.id),
    ):
        for path in (f"/{place}/{number}", f"/{place}/{10**12}"):
            world.anonymous().get(world.url(path), status=303)


def test_other_customers_find_the_same_nothing(world: World) -> None:
    """What a customer may not see answers like what is not there, to the letter."""
    world.ticket(by="cleo")
    browser = world.browser("dora")
    answers = []
    for path in ("/tickets/1", "/tickets/999"):
        response = browser.get(world.url(path), status=404)
        reference = response.headers["X-Request-Reference"]
        answers.append(response.text.replace(reference, "").replace(path, ""))
    assert answers[0] == answers[1]
