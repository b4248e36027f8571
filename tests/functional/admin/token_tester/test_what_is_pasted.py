"""What may be pasted: tokens, headers, addresses."""

from portal.tenants.models import Tenant
from tests.factories import World
from tests.functional.admin.conftest import Admin
from tests.functional.admin.token_tester.conftest import ALL_PASSED, put, row_of, states, words
from tests.functional.signin.conftest import Site


class TestWhatIsPasted:
    def test_bearers_quotes_and_broken_lines(self, admin: Admin, site: Site) -> None:
        raw = site.token()
        for pasted in (
            f"Bearer {raw}",
            f"Authorization: Bearer {raw}",
            f'"{raw}"',
            f"  {raw[:50]}\n  {raw[50:]}\n",
            f"token={raw}",
        ):
            assert states(put(admin, pasted, dialect="central")) == ALL_PASSED, pasted

    def test_an_address_says_whose_it_is(self, admin: Admin, site: Site, world: World) -> None:
        raw = site.token(exp=...)
        url = f"http://localhost{world.url('/jwt/')}?token={raw}"
        page = put(admin, url, dialect="central")
        assert states(page) == ALL_PASSED
        assert "As HappyFox." in words(page)
        assert "The address leads to" not in words(page)
        elsewhere = put(admin, url.replace("localhost", "desk.example"))
        assert "The address leads to http://desk.example" in words(elsewhere)

    def test_parameters_beside_the_token(self, admin: Admin, site: Site) -> None:
        account = admin.world.slug
        with admin.world.factory.session(site.tenant.id) as db:
            db.get_one(Tenant, site.tenant.id).account_id = account
        site.configure(dialects=["proprofs"], auth_url="https://www.acme.test/auth")
        raw = site.token()
        alone = put(admin, raw, dialect="proprofs")
        assert states(alone) == ALL_PASSED
        assert "“auth_url” stands beside the token in the address" in words(alone)
        right = f"account_id={account}&auth_url=https%3A%2F%2Fwww.acme.test%2Fauth"
        typed = put(admin, raw, dialect="proprofs", more=right)
        assert states(typed) == ALL_PASSED
        assert "stands beside" not in words(typed).split("Every check")[0]
        wrong = put(admin, raw, dialect="proprofs", more=right.replace("Fauth", "Fother"))
        assert "account_mismatch" in words(wrong)
        whole = put(admin, f"https://x.example/sso/auth?token={raw}&account_id={account}")
        assert states(whole)[8] == "Failed"
        assert "auth_url" in row_of(whole, "Meant for this help desk")

    def test_the_audience_may_be_the_address_of_the_dialect(
        self, admin: Admin, site: Site, world: World
    ) -> None:
        aud = f"http://localhost{world.url('/auth/callback')}"
        assert states(put(admin, site.token(aud=aud), dialect="central")) == ALL_PASSED
        page = put(admin, site.token(aud="https://other.example"), dialect="central")
        row = row_of(page, "Meant for this help desk")
        assert "Seen https://other.example" in row
        assert f"Wanted http://localhost{world.url('/')}" in row

    def test_a_reference_of_the_redirect_api(self, admin: Admin) -> None:
        page = put(admin, "th_" + "x" * 43, dialect="central")
        assert states(page)[1] == "Nothing to check"
        assert "Nobody asked this help desk for such a reference" in words(page)
