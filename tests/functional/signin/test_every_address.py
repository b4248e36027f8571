"""Whatever is sent to a vendor's address, in a tenant or beside the tenants: never a 500."""

import pytest
from webtest import TestApp

from portal.signin.dialects import BUILT_IN
from tests.functional.signin.conftest import Site
from tests.unit.signin.tokens import sign

JUNK = (
    "", "token", "token=", "token=%ff", "token=a.b.c", "token=%00", "jwt=x&token=y",
    "state=%ff&id_token=a.b.c", "account_id=%00&token=a.b.c", "companyID=&companyID=&token=a.b.c",
    "client_id=x&token=a.b.c", f"token={sign({'companyId': {}, 'email': 'a@b.example'})}",
    f"token={sign({'companyId': chr(0), 'tenant': chr(0xd800)})}", f"token={sign('[]')}",
)  # fmt: skip
ADDRESSES = [point.path for dialect in BUILT_IN for point in dialect.endpoints]


@pytest.mark.parametrize("path", ADDRESSES)
def test_junk_is_refused(site: Site, browser: TestApp, path: str) -> None:
    site.configure(dialects=[dialect.name for dialect in BUILT_IN], primary_dialect="zendesk")
    filled = path.replace("{client_id}", "%C3%A9")
    for base in ("", site.world.url("")):
        for query in JUNK:
            answer = browser.get(f"{base.rstrip('/')}/{filled}?{query}", expect_errors=True)
            assert 400 <= answer.status_int < 500, (base, query)
            assert "Set-Cookie" not in answer.headers
            form = browser.post(
                f"{base.rstrip('/')}/{filled}", query.encode(), expect_errors=True,
                content_type="application/x-www-form-urlencoded",
            )  # fmt: skip
            assert 400 <= form.status_int < 500, (base, query)
