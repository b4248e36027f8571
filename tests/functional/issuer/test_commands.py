"""`portal issuer …`, and the sites in a tenant file."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from joserfc import jwt
from webtest import TestApp

from portal.cli import main
from portal.settings import Settings
from portal.tenants.files import TenantFileError, TenantFiles
from portal.tenants.models import AuditEntry
from tests.factories import World
from tests.functional.issuer.conftest import CALLBACK, Forum

Run = Callable[..., Result]
SECRET = "a-secret-from-elsewhere-of-32-bytes-or-more"


class TestKeys:
    @pytest.fixture
    def portal(self, settings: Settings, tmp_path: Path) -> Run:
        """The command `portal`, with a configuration file for the test's database."""
        ini = tmp_path / "portal.ini"
        ini.write_text(
            f"""[app:main]
use = egg:portal
portal.origin = http://localhost
portal.secret_key = {settings.secret_key.hex()}
portal.development = true
portal.data = {settings.data}
passwords.profile = cheap
database.url = {settings.database_url.replace("%", "%%")}
log.level = error
"""
        )

        def run(*words: str, code: int = 0) -> Result:
            result = CliRunner().invoke(main, ["-c", str(ini), "issuer", *words])
            assert result.exit_code == code, result.output
            return result

        return run

    def test_the_next_key_signs(
        self, portal: Run, forum: Forum, world: World, cleo: TestApp
    ) -> None:
        assert "No key yet" in portal("keys", "--tenant", world.slug).output
        before = jwt.decode(forum.tokens(cleo)["id_token"], forum.keys()).header["kid"]
        listed = portal("keys", "--tenant", world.slug).output.split()
        assert listed[:2] == [before, "current"]
        said = portal("rotate", "--tenant", world.slug).output
        after = jwt.decode(forum.tokens(cleo)["id_token"], forum.keys()).header["kid"]
        assert after != before
        assert after in said
        listed = portal("keys", "--tenant", world.slug).output.split()
        assert listed[0] == after
        assert listed[1::3] == ["current", "next", "previous"]
        assert listed[6] == before
        with world.factory.session(world.seed.tenant.id) as db:
            entry = db.query(AuditEntry).filter_by(action="issuer.key_rotated").one()
        assert entry.target == after

    def test_nobodys(self, portal: Run) -> None:
        assert "There is no tenant" in portal("rotate", "--tenant", "nobody", code=1).output


class TestFile:
    @pytest.fixture
    def files(self, world: World) -> TenantFiles:
        return TenantFiles(world.app.registry)

    def write(self, world: World, *lines: str) -> str:
        return "\n".join([f'[tenant]\nslug = "{world.slug}"\n[[sites]]', *lines])

    def test_a_site_is_made_shown_and_applied_again(
        self, files: TenantFiles, world: World, cleo: TestApp
    ) -> None:
        text = self.write(
            world,
            'id = "forum"',
            'name = "Forum"',
            'secret = "env:FORUM_SECRET"',
            f'redirect_urls = ["{CALLBACK}"]',
            'logout_urls = ["https://forum.acme.test/bye"]',
            "third_party = false",
        )
        assert len(files.apply_text(text, {"FORUM_SECRET": SECRET}).changes) == 1
        assert files.apply_text(text, {"FORUM_SECRET": SECRET}).changes == ()
        shown = files.show(world.slug)
        assert SECRET not in shown
        assert 'secret = "********"' in shown
        assert files.apply_text(shown, {}).changes == ()
        # And it works.
        forum = Forum(world)
        forum.client_id, forum.secret = "forum", SECRET
        assert forum.redeem(forum.code(cleo)).status_int == 200

    def test_what_is_left_out_is_left_alone(self, files: TenantFiles, world: World) -> None:
        forum = Forum(world)
        text = self.write(world, f'id = "{forum.client_id}"', 'name = "Wiki"', "disabled = true")
        changes = [str(each) for each in files.apply_text(text, {}).changes]
        assert len(changes) == 2
        assert CALLBACK in files.show(world.slug)
        again = text.replace("true", "false")
        assert len(files.apply_text(again, {}).changes) == 1

    def test_a_new_secret_ends_the_one_before(
        self, files: TenantFiles, world: World, cleo: TestApp
    ) -> None:
        forum = Forum(world)
        text = self.write(world, f'id = "{forum.client_id}"', f'secret = "{SECRET}"')
        (change,) = files.apply_text(text, {}).changes
        assert SECRET not in str(change)
        assert forum.redeem(forum.code(cleo)).status_int == 401
        assert forum.redeem(forum.code(cleo), secret=SECRET).status_int == 200

    @pytest.mark.parametrize(
        ("lines", "place"),
        [
            (['id = "new"'], "secret"),
            (['id = "new"', 'name = "N"', "redirect_urls = []"], "redirect_urls"),
            (['id = "new"', 'redirect_urls = ["http://forum.acme.test/cb"]'], "redirect_urls"),
            (['id = "new"', 'redirect_urls = ["https://forum.acme.test/cb#x"]'], "redirect_urls"),
            (['id = "a b"'], "id"),
            (['id = "new"', 'secret = "short"'], "secret"),
            (['id = "new"', 'kind = "secret"'], "kind"),
            (
                ['id = "new"', 'name = "N"', f'redirect_urls = ["{CALLBACK}"]',
                 'kind = "public"', f'secret = "{SECRET}"'], "secret",
            ),
            (
                ['id = "new"', 'name = "N"', f'redirect_urls = ["{CALLBACK}"]',
                 'secret = "********"'], "secret",
            ),
            (['id = "{client}"', 'kind = "public"'], "kind"),
        ],
    )  # fmt: skip
    def test_what_cannot_be_is_named(
        self, files: TenantFiles, world: World, lines: list[str], place: str
    ) -> None:
        forum = Forum(world)
        text = self.write(world, *lines).replace("{client}", forum.client_id)
        with pytest.raises(TenantFileError) as refused:
            files.apply_text(text, {})
        assert any(problem.place.endswith(place) for problem in refused.value.problems)
        assert 'id = "new"' not in files.show(world.slug)

    def test_a_public_one(self, files: TenantFiles, world: World) -> None:
        text = self.write(
            world,
            'id = "app"',
            'name = "App"',
            'kind = "public"',
            f'redirect_urls = ["{CALLBACK}"]',
        )
        files.apply_text(text, {})
        shown = files.show(world.slug)
        assert 'kind = "public"' in shown
        assert files.apply_text(shown, {}).changes == ()
