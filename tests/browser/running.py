"""The portal and the demo shop as `make run` starts them, and what a browser needs to visit them.

`make screenshots` uses this too.
"""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page

from portal.demo import logins
from tests.ports import free_port

PORTAL = Path(sys.executable).with_name("portal")
CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
#: Chromium talks to nobody but the pages under test.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass(frozen=True)
class Demo:
    """Where the demo runs, and who can log in. Origins have no slash at their end."""

    portal: str
    shop: str
    #: Its data folder, for commands that work on the same installation.
    data: Path

    def url(self, path: str = "", tenant: str = "acme") -> str:
        """The address of a tenant's page: `url("tickets/new")`."""
        return f"{self.portal}/{tenant}/{path}"

    def password(self, email: str, place: str = "acme") -> str:
        """The demo password of somebody, at the shop or at a tenant."""
        return next(
            login.password for login in logins() if (login.email, login.place) == (email, place)
        )

    def sign_in(self, page: Page, email: str, tenant: str = "acme") -> None:
        """Sign in with the password, on the page that is always there."""
        page.goto(self.url("login/local", tenant))
        page.get_by_label("E-mail address").fill(email)
        page.get_by_label("Password", exact=True).fill(self.password(email, tenant))
        page.get_by_role("button", name="Sign in", exact=True).click()
        page.wait_for_url(re.compile(rf"/{tenant}/(?!login)"))

    def log_in_at_shop(self, page: Page, email: str) -> None:
        """Log in at the shop and stand on the customer's page there."""
        page.goto(f"{self.shop}/login")
        self.fill_shop_login(page, email)
        page.wait_for_url(f"{self.shop}/account")

    def fill_shop_login(self, page: Page, email: str) -> None:
        """Fill and send the shop's log-in form, on whose page the browser is."""
        page.get_by_label("E-mail address").fill(email)
        page.get_by_label("Password").fill(self.password(email, "shop"))
        page.get_by_role("button", name="Log in").click()


@contextmanager
def running_demo(folder: Path, port: int = 0) -> Iterator[Demo]:
    """`portal demo --serve` with its data in `folder`, on `port` if it is free, else on another.

    Raises RuntimeError with the log when it does not start, or did not run until the end.
    """
    # The shop listens one above the portal.
    port = free_port(above=1, wanted=port)
    log = folder / "log"
    with (
        log.open("w") as errors,
        subprocess.Popen(
            [PORTAL, "demo", "--serve"],
            env=os.environ | {"PORT": str(port), "PORTAL_DATA": str(folder / "var")},
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            start_new_session=True,
        ) as process,
    ):
        try:
            if process.stdout is None or not any("Ctrl+C" in line for line in process.stdout):
                raise RuntimeError(f"The demo did not start:\n{log.read_text()}")
            yield Demo(f"http://127.0.0.1:{port}", f"http://127.0.0.1:{port + 1}", folder / "var")
            if process.poll() is not None:
                end = f"with {process.returncode}:\n{log.read_text()[-4000:]}"
                raise RuntimeError(f"The demo ended before its time, {end}")
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
