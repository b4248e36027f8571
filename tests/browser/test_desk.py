"""An agent's queue of twenty tickets: worked with the keys alone, and with a mouse alone."""

import pytest
from playwright.sync_api import expect

from tests.browser.desks import Desk, Outcome
from tests.browser.keyboard import Keys, heading, rows
from tests.browser.steps import SCREENSHOT
from tests.browser.windows import NewPage
from tests.factories import PASSWORD

BEN = "Ben Agent"


@pytest.fixture
def desk(desk: Desk) -> Desk:
    """A desk where twenty tickets wait."""
    desk.receive_parcels(20)
    return desk


def parcels(first: int, last: int) -> set[str]:
    return {f"Parcel {number:02}" for number in range(first, last + 1)}


def test_a_queue_is_worked_with_the_keyboard_alone(desk: Desk, new_page: NewPage) -> None:
    page = new_page(storage_state=desk.signed_in("ben"))
    keys = Keys(page)
    page.goto(desk.url())
    keys.press("g", "v")
    keys.arrive("All open")
    keys.go_to("Unassigned")
    expect(rows(page)).to_have_count(20)

    # One after the other: sent, sent and solved, noted and sorted.
    keys.press("j", "j", "k", "o")
    keys.arrive("Parcel 20")
    keys.write("r", "On its way.", "Control+Enter")
    keys.press("]")
    keys.arrive("Parcel 19")
    keys.write("r", "It is with your neighbour.", "Control+Shift+Enter")
    keys.press("]")
    keys.arrive("Parcel 18")
    keys.write("n", "Ask the carrier.", "Control+Enter")
    keys.press("i")
    expect(page.get_by_label("Assignee", exact=True).locator("option:checked")).to_have_text(BEN)
    keys.choose("p", "Priority", "High")
    keys.choose("s", "State", "On hold")
    keys.press("t")
    expect(page.get_by_label("Add tags")).to_be_focused()
    keys.type("late carrier")
    keys.press("Enter")
    expect(page.get_by_role("list", name="Tags")).to_contain_text("carrier")
    keys.press("Escape", "]")
    keys.arrive("Parcel 17")
    keys.press("u")
    keys.arrive("Unassigned")
    expect(rows(page)).to_have_count(17)

    # Several at once. The list stands where the walk ended.
    expect(page.get_by_role("link", name="Parcel 17")).to_be_focused()
    keys.press("x")
    keys.select("Parcel 16", "Parcel 15")
    expect(page.get_by_text("3 selected")).to_be_visible()
    keys.change_selected("s", "Solved")
    keys.find_changed("3 tickets changed.")
    expect(rows(page)).to_have_count(14)
    # The focus is on what took the place of the first of them, or on that one again.
    keys.select_from("Parcel 14", "Parcel 13")
    keys.change_selected("p", "Urgent")
    keys.find_changed("2 tickets changed.")
    expect(rows(page).filter(has_text="Urgent")).to_have_count(2)
    keys.select_from("Parcel 14", "Parcel 13")
    keys.press("i")
    expect(rows(page)).to_have_count(12)
    keys.find_changed("2 tickets changed.")

    # One that is looked for.
    keys.press("/")
    expect(page.get_by_role("searchbox", name="Search in this list")).to_be_focused()
    keys.type("parcel 07")
    keys.press("Enter")
    keys.arrive("Tickets")
    expect(rows(page)).to_have_count(1)
    expect(rows(page)).to_contain_text("Parcel 07")
    keys.press("j", "Enter")
    keys.arrive("Parcel 07")
    keys.write("r", "It comes back to us.", "Control+Shift+Enter")

    # And the others.
    keys.go_to("Unassigned")
    expect(rows(page)).to_have_count(11)
    keys.press("j", "Enter")
    for number in (12, 11, 10, 9):
        keys.arrive(f"Parcel {number:02}")
        keys.write("r", "It is there tomorrow.", "Control+Shift+Enter")
        keys.press("]")
    keys.arrive("Parcel 08")
    keys.press("u")
    keys.arrive("Unassigned")
    expect(rows(page)).to_have_count(7)
    expect(page.get_by_role("link", name="Parcel 08")).to_be_focused()
    keys.press("x")
    keys.select(*(f"Parcel {number:02}" for number in (6, 5, 4, 3, 2, 1)))
    keys.press("t")
    expect(page.get_by_label("Tags, with spaces between them")).to_be_focused()
    keys.type("storm")
    keys.press("Enter")
    keys.find_changed("7 tickets changed.")
    keys.select_from(*(f"Parcel {number:02}" for number in (8, 6, 5, 4, 3, 2, 1)))
    keys.press("i")
    expect(page.get_by_text("7 tickets changed.")).to_be_visible()
    expect(rows(page)).to_have_count(0)

    tomorrow = Outcome("solved", "normal", BEN, replies=["It is there tomorrow."])
    solved = Outcome("solved", "normal", None)
    storm = Outcome("new", "normal", BEN, tags=["storm"])
    assert desk.outcomes() == {
        "Parcel 20": Outcome("pending", "normal", BEN, replies=["On its way."]),
        "Parcel 19": Outcome("solved", "normal", BEN, replies=["It is with your neighbour."]),
        "Parcel 18": Outcome(
            "on_hold", "high", BEN, tags=["carrier", "late"], notes=["Ask the carrier."]
        ),
        **dict.fromkeys(parcels(15, 17), solved),
        **dict.fromkeys(parcels(13, 14), Outcome("new", "urgent", BEN)),
        **dict.fromkeys(parcels(9, 12), tomorrow),
        "Parcel 07": Outcome("solved", "normal", BEN, replies=["It comes back to us."]),
        **dict.fromkeys(parcels(1, 6) | parcels(8, 8), storm),
    }


def test_a_queue_is_worked_without_script(desk: Desk, new_page: NewPage) -> None:
    page = new_page(javascript=False, storage_state=desk.signed_in("ben"))
    page.goto(desk.url())
    page.get_by_role("navigation").get_by_role("link", name="Unassigned").click()
    page.get_by_role("link", name="Parcel 20").click()

    # A note, fields, tags, and a reply that solves it.
    page.get_by_role("link", name="Internal note").click()
    page.get_by_role("textbox", name="Internal note").fill("Ask the carrier.")
    page.get_by_role("button", name="Add note").click()
    expect(page.locator(".message.note-ground")).to_contain_text("Ask the carrier.")
    page.get_by_role("button", name="Assign to me").click()
    for label, words in (("Priority", "High"), ("State", "On hold")):
        field = page.get_by_label(label, exact=True)
        field.select_option(words)
        page.locator("form").filter(has=field).get_by_role("button", name="Save").click()
        expect(page.locator(".ticket-head")).to_contain_text(words)
    page.get_by_label("Add tags").fill("late carrier")
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_role("link", name="Reply to customer").click()
    page.get_by_role("textbox", name="Reply to customer").fill("On its way.")
    page.get_by_role("button", name="Other ways to send").click()
    page.get_by_role("button", name="Send and solve").click()
    expect(page.locator(".message").last).to_contain_text("On its way.")

    # To the next, and back to the list.
    page.get_by_role("link", name="Next ticket of this list").click()
    expect(heading(page)).to_contain_text("Parcel 19")
    page.get_by_role("button", name="Assign to me").click()
    page.get_by_role("main").get_by_role("link", name="Unassigned").click()
    expect(rows(page)).to_have_count(18)

    # Several at once, taken back, and then all of them.
    for subject in ("Parcel 18", "Parcel 17"):
        rows(page).filter(has_text=subject).get_by_role("checkbox").check()
    page.get_by_role("button", name="Priority", exact=True).click()
    page.get_by_role("button", name="Urgent", exact=True).click()
    expect(page.get_by_text("2 tickets changed.")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(rows(page).filter(has_text="Urgent")).to_have_count(0)
    page.goto(desk.url("tickets?state=unsolved&assignee=none"))
    page.get_by_role("checkbox", name="All 18 that match").check()
    page.get_by_role("button", name="Tags", exact=True).click()
    page.get_by_label("Tags, with spaces between them").fill("storm")
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_role("button", name="Change").click()
    page.goto(desk.url("tickets?tag=storm"))
    expect(rows(page)).to_have_count(18)

    # A list that is kept as a view, and a search.
    page.get_by_role("link", name="Save as view").click()
    page.get_by_label("Name", exact=True).fill("After the storm")
    page.get_by_role("button", name="Save the view").click()
    page.goto(desk.url())
    page.get_by_role("link", name="After the storm").click()
    expect(rows(page)).to_have_count(18)
    search = page.get_by_role("searchbox", name="Search in this list")
    search.fill("parcel 07")
    search.press("Enter")
    expect(rows(page).first).to_contain_text("Parcel 07")

    outcomes = desk.outcomes()
    first = Outcome("solved", "high", BEN, ["carrier", "late"], ["On its way."])
    first.notes.append("Ask the carrier.")
    assert outcomes.pop("Parcel 20") == first
    assert outcomes.pop("Parcel 19") == Outcome("new", "normal", BEN)
    storm = Outcome("new", "normal", None, tags=["storm"])
    assert outcomes == dict.fromkeys(parcels(1, 18), storm)


def test_a_customer_is_helped_on_a_phone(desk: Desk, new_page: NewPage) -> None:
    desk.add_topics("Delivery", "Something else")
    page = new_page(width=390, height=844, touch=True)
    page.goto(desk.url("login/local"))
    page.get_by_label("E-mail address").fill("dora@customer.test")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).tap()
    page.get_by_role("link", name="New ticket").locator("visible=true").first.tap()
    page.get_by_role("link", name="Delivery").tap()
    page.get_by_label("Subject").fill("The box is empty")
    page.get_by_label("Description").fill("Look.")
    page.set_input_files("input[type=file]", [SCREENSHOT])
    expect(page.get_by_role("listitem").filter(has_text="screenshot.png")).to_be_visible()
    page.get_by_role("button", name="Send ticket").tap()
    expect(heading(page)).to_have_text("The box is empty")
    expect(page.locator(".message img")).to_have_js_property("naturalWidth", 64)
    # Nothing is wider than the phone.
    assert page.evaluate("document.documentElement.scrollWidth") <= 390

    page.get_by_label("Your reply").fill("It was under the paper.")
    page.get_by_role("button", name="Send reply").tap()
    expect(page.locator(".message").last).to_contain_text("It was under the paper.")
    page.get_by_role("button", name="Problem solved").tap()
    expect(page.get_by_text("This ticket is solved.")).to_be_visible()
    page.get_by_role("button", name="It is not solved").tap()
    expect(page.get_by_role("button", name="Problem solved")).to_be_visible()
    assert desk.outcomes()["The box is empty"].state == "open"
