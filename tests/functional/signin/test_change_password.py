"""Changing one's own password: the present one is asked for, and every other browser signed out."""

from webtest import Form, TestApp
from webtest.response import TestResponse

from portal.people.models import User
from tests.factories import World
from tests.factories.tenants import PASSWORD

NEW = "lantern harbour violin"


def form_with(page: TestResponse, field: str) -> Form:
    """The form of the page that has this field."""
    return next(form for form in page.forms.values() if field in form.fields)


def fill(world: World, browser: TestApp, current: str, new: str) -> TestResponse:
    """The page's form, sent."""
    form = form_with(browser.get(world.url("/profile/password")), "current")
    form["current"], form["password"] = current, new
    return form.submit(expect_errors=True)


def lets_in(world: World, password: str) -> bool:
    """Whether ada gets in with it, in a browser of its own."""
    browser = world.anonymous()
    form = form_with(browser.get(world.url("/login/local")), "email")
    form["email"], form["password"] = world.seed.users["ada"].email, password
    status: int = form.submit(expect_errors=True).status_int
    return status == 303


def test_it_is_changed_from_the_profile(world: World) -> None:
    browser = world.browser("ada")
    page = browser.get(world.url("/profile")).click("Change the password")
    form = form_with(page, "current")
    form["current"], form["password"] = PASSWORD, NEW
    answer = form.submit().follow()
    assert "Your password is changed" in answer
    assert lets_in(world, NEW)
    assert not lets_in(world, PASSWORD)


def test_this_browser_stays_and_every_other_is_signed_out(world: World) -> None:
    here, elsewhere = world.browser("ada"), world.browser("ada")
    assert fill(world, here, PASSWORD, NEW).status_int == 303
    assert here.get(world.url("/profile")).status_int == 200
    assert elsewhere.get(world.url("/profile"), expect_errors=True).status_int in (303, 401)


def test_without_the_present_one_nothing_changes(world: World) -> None:
    answer = fill(world, world.browser("ada"), "not the right one", NEW)
    assert answer.status_int == 422
    assert "This is not your current password." in answer
    assert NEW not in answer
    assert lets_in(world, PASSWORD)


def test_a_weak_one_is_refused_beside_its_field(world: World) -> None:
    answer = fill(world, world.browser("ada"), PASSWORD, "password12")
    assert answer.status_int == 422
    assert answer.html.select_one("[name=password]")["aria-invalid"] == "true"
    assert lets_in(world, PASSWORD)


def test_a_browser_left_open_is_no_place_to_guess(world: World) -> None:
    browser = world.browser("ada")
    for _ in range(10):
        assert fill(world, browser, "a guess that is wrong", NEW).status_int == 422
    assert fill(world, browser, PASSWORD, NEW).status_int == 429


def test_who_has_no_password_has_no_such_page(world: World) -> None:
    with world.factory.session(world.seed.tenant.id) as db:
        db.get_one(User, (world.seed.tenant.id, world.seed.users["cleo"].id)).password_hash = None
    browser = world.browser("cleo")
    assert "Change the password" not in browser.get(world.url("/profile"))
    assert browser.get(world.url("/profile/password"), status=404)
