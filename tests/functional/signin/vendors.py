"""What the vendors' tests share."""

import uuid
from typing import Any

from webtest import TestApp
from webtest.response import TestResponse

from tests.functional.signin.conftest import Site


def name_tenant(site: Site) -> None:
    """Give the tenant the ids by which Issuely, Canny and ProProfs name it."""
    with site.world.factory.session(site.tenant.id) as db:
        tenant = db.merge(site.tenant)
        tenant.company_id = f"comp_{uuid.uuid4().hex}"
        tenant.account_id = f"acct_{uuid.uuid4().hex}"
        db.flush()
        site.tenant = tenant


def send(browser: TestApp, address: str, parameters: dict[str, Any], **options: Any) -> Any:
    """Follow a link with parameters; ``...`` leaves one out."""
    query = {name: value for name, value in parameters.items() if value is not ...}
    return browser.get(address, query, expect_errors=True, **options)


def reason(response: TestResponse) -> str:
    """The sentence of the refusal page."""
    return " ".join(response.html.select_one("h1").get_text().split())
