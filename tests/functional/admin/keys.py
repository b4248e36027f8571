"""What the tests of keys share: one is made on the page, and looked at as it is stored."""

from portal.security.secrets import secret_box
from portal.signin.keyring import Keyring
from portal.signin.models import SsoKey
from tests.functional.admin.conftest import Admin


def keys(admin: Admin) -> list[tuple[str, str]]:
    """Ids and states of the live keys."""
    box = secret_box(admin.browser.app.registry["portal.settings"])
    rows = admin.look(lambda db, t: Keyring(db, t, box).live())
    return [(row.kid, row.state) for row in rows]


def make(admin: Admin, grace: str | None = None) -> tuple[str, str]:
    """Make a key; gives its id and its secret."""
    form = admin.form("/sign-in/keys", "/sign-in/new-key")
    if grace is not None:
        form["grace"] = grace
    page = form.submit(status=200)
    return page.html.select_one("#kid")["value"], page.html.select_one("#secret")["value"]


def row(admin: Admin, kid: str) -> SsoKey:
    """A key as it is stored."""
    found: SsoKey = admin.look(lambda db, t: db.get(SsoKey, (t.id, kid)))
    return found
