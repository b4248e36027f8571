"""An agent without a mouse."""

from playwright.sync_api import Locator, Page, expect


def heading(page: Page) -> Locator:
    return page.get_by_role("heading", level=1)


def rows(page: Page) -> Locator:
    """The tickets of a list."""
    return page.locator("main [data-row]")


class Keys:
    """The keyboard of somebody who looks at the page, and does all with the keys."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def press(self, *keys: str) -> None:
        # A page has its keys when its scripts have run. The focus that it begins with is there
        # before, and tells nothing of them.
        self.page.wait_for_load_state()
        for key in keys:
            self.page.keyboard.press(key)

    def type(self, words: str) -> None:
        self.page.keyboard.type(words)

    def arrive(self, title: str) -> None:
        """The next page is there, and has its keys."""
        expect(heading(self.page)).to_contain_text(title)
        self.page.wait_for_load_state()

    def find_changed(self, words: str) -> None:
        """The list is there again, and says that tickets were changed."""
        expect(self.page.get_by_text(words)).to_be_visible()
        self.page.wait_for_load_state()

    def go_to(self, words: str) -> None:
        """Where the palette leads."""
        self.press("Control+k")
        expect(self.page.get_by_role("dialog").get_by_role("combobox")).to_be_focused()
        self.type(words)
        expect(self.page.locator("[role=option][aria-selected=true]")).to_contain_text(words)
        self.press("Enter")
        self.arrive(words)

    def write(self, key: str, words: str, send: str) -> None:
        """Open the composer, write, and send; the message is in the thread then."""
        self.press(key)
        expect(self.page.locator("#composer textarea")).to_be_focused()
        self.type(words)
        self.press(send)
        expect(self.page.locator(".message").last).to_contain_text(words)
        expect(self.page.locator("#composer textarea")).to_have_count(0)
        self.page.wait_for_load_state()

    def choose(self, key: str, label: str, words: str) -> None:
        """Another value of a field, which is saved at once."""
        self.press(key)
        field = self.page.get_by_label(label, exact=True)
        expect(field).to_be_focused()
        self.type(words)
        self.press("Enter")
        expect(self.page.locator(".ticket-head")).to_contain_text(words)
        self.press("Escape")

    def select(self, *subjects: str) -> None:
        """Tick some rows of the list that follow each other, from the focused one's next on."""
        for subject in subjects:
            self.press("j")
            row = rows(self.page).filter(has_text=subject)
            expect(row.get_by_role("link").first).to_be_focused()
            self.press("x")
            expect(row.get_by_role("checkbox")).to_be_checked()

    def select_from(self, first: str, *others: str) -> None:
        """Tick the row that has the focus, and some that follow."""
        row = rows(self.page).filter(has_text=first)
        expect(row.get_by_role("link").first).to_be_focused()
        self.press("x")
        expect(row.get_by_role("checkbox")).to_be_checked()
        self.select(*others)

    def change_selected(self, key: str, words: str) -> None:
        """Choose from the menu that a key opens, for all that are ticked."""
        self.press(key)
        entry = self.page.get_by_role("button", name=words, exact=True)
        expect(entry).to_be_visible()
        while not entry.evaluate("entry => entry === document.activeElement"):
            self.press("ArrowDown")
        self.press("Enter")
