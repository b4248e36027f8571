"""A customer's way over, through each kind of sample: the same steps with different hands."""

import json
import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tests.functional.examples.samples import Running
from tests.functional.examples.visitor import Page, Visitor

CLEO = ("cleo@customer.test", "Cleo Customer")
LOG_IN = "Log in as Cleo Customer"
OVER = "Continue to the help desk"


class Crossing(Protocol):
    """What every sample does. The customer is always Cleo."""

    def bring(self, visitor: Visitor, page: str = "") -> Page:
        """Take the visitor over, to a page of the portal."""

    def token(self, visitor: Visitor) -> str:
        """A token that nobody has used."""

    def open_ticket(self, visitor: Visitor, title: str) -> int:
        """Open a ticket through the API and give its number. Raises ``NotTaken``."""

    def leave(self, visitor: Visitor, page: Page) -> None:
        """Sign out of the portal, on one of whose pages the visitor is."""

    @property
    def log(self) -> str:
        """What the sample has told its operator."""


class NotTaken(Exception):
    """The portal took no ticket. The text is what the customer saw."""


@dataclass
class Web:
    """Through a web site: links, forms and buttons."""

    site: Running

    def bring(self, visitor: Visitor, page: str = "") -> Page:
        return visitor.press(self._handover(visitor, page), OVER)

    def token(self, visitor: Visitor) -> str:
        return self._handover(visitor, "").form(OVER).fields["token"]

    def open_ticket(self, visitor: Visitor, title: str) -> int:
        form = self._logged_in(visitor, "/ticket")
        page = visitor.press(form, "Send", title=title, description="It cracked <this> morning.")
        if "Follow it" not in page.links:
            # Nothing that was typed is lost.
            assert page.form("Send").fields["title"] == title
            raise NotTaken(page.text)
        visitor.press(visitor.get(page.link("Follow it")), OVER)
        number = re.search(r"Ticket (\d+) is open", page.text)
        assert number is not None
        return int(number[1])

    def leave(self, visitor: Visitor, page: Page) -> None:
        landed = visitor.press(page, "Sign out")
        assert landed.url == self.site.url("/signed-out")
        assert "You have left the help desk" in landed.text
        assert "still logged in as Cleo Customer" in landed.text

    @property
    def log(self) -> str:
        return self.site.log.read_text()

    def _handover(self, visitor: Visitor, page: str) -> Page:
        return self._logged_in(visitor, f"/support?redirect_url={page}" if page else "/support")

    def _logged_in(self, visitor: Visitor, path: str) -> Page:
        page = visitor.get(self.site.url(path))
        return visitor.press(page, LOG_IN) if page.url.startswith(self.site.url("/login")) else page


@dataclass
class Shell:
    """From a terminal: addresses that a person opens in their browser."""

    folder: Path
    environment: dict[str, str]
    log: str = ""

    def bring(self, visitor: Visitor, page: str = "") -> Page:
        return visitor.get(self.run("sign-in", *CLEO, *filter(None, [page])))

    def token(self, visitor: Visitor) -> str:
        return self.run("token", *CLEO)

    def open_ticket(self, visitor: Visitor, title: str) -> int:
        address = self.run("ticket", *CLEO, title, "It cracked <this> morning.")
        number = int(address.rpartition("/")[2])
        assert self.bring(visitor, f"/tickets/{number}").url == address
        return number

    def leave(self, visitor: Visitor, page: Page) -> None:
        assert json.loads(self.run("sign-out", CLEO[0]))["data"] == {"sessions_ended": 1}

    def run(self, *arguments: str) -> str:
        """Run the script and give what it printed. Raises ``NotTaken`` with its refusal."""
        done = subprocess.run(
            ["sh", "portal.sh", *arguments],
            cwd=self.folder,
            env={"PATH": os.environ["PATH"], **self.environment},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        if done.returncode != 0:
            self.log += done.stderr
            raise NotTaken(done.stderr.strip())
        return done.stdout.strip()
