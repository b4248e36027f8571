"""`portal tenant …` and `portal user …`, as an operator types them."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select
from webtest import TestResponse

from portal.cli import main
from portal.people.models import Role, User
from portal.people.passwords import verify_password
from portal.people.service import PeopleService
from portal.settings import Settings
from portal.tenants.models import AuditEntry, Tenant
from tests.factories import World

Run = Callable[..., Result]

GOOD = "brass-window-october"


@pytest.fixture
def portal(settings: Settings, tmp_path: Path) -> Run:
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

    def run(*words: str, code: int = 0, **options: object) -> Result:
        result = CliRunner().invoke(main, ["-c", str(ini), *words], **options)  # type: ignore[arg-type]
        assert result.exit_code == code, result.output
        return result

    return run


def person(world: World, email: str) -> User:
    """Somebody of the world's tenant, as they are now."""
    with world.factory.session(world.seed.tenant.id) as db:
        found = PeopleService(db, world.seed.tenant).by_email(email)
        assert found is not None
        return found


def audit(world: World) -> list[tuple[str, str, int | None]]:
    """The audit log, oldest first."""
    with world.factory.session(world.seed.tenant.id) as db:
        rows = db.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
        return [(row.action, row.target, row.actor_id) for row in rows]


def sign_in(world: World, email: str, password: str, status: int) -> TestResponse:
    """Try the admins' own sign-in."""
    guest = world.anonymous()
    page = guest.get(world.url("/login/local"))
    form = next(form for form in page.forms.values() if "password" in form.fields)
    form["email"], form["password"] = email, password
    return form.submit(status=status)


def test_a_tenant_is_applied_shown_and_listed(portal: Run, world: World, tmp_path: Path) -> None:
    file = tmp_path / "tenant.toml"
    file.write_text(f'[tenant]\nslug = "{world.slug}"\nname = "Acme Sound"\n')
    first = portal("tenant", "apply", str(file))
    assert first.stdout.splitlines() == [
        f"tenant.changed {world.slug}: name Acme Audio → Acme Sound",
        f"{world.slug}: 1 change.",
    ]
    assert portal("tenant", "apply", str(file)).stdout == f"{world.slug}: nothing to change.\n"
    shown = portal("tenant", "show", world.slug).stdout
    assert 'name = "Acme Sound"' in shown
    file.write_text(shown)
    assert portal("tenant", "apply", str(file)).stdout == f"{world.slug}: nothing to change.\n"
    listed = portal("tenant", "list").stdout.splitlines()
    assert any(line.split() == [world.slug, "active", "Acme", "Sound"] for line in listed)


def test_a_wrong_file_is_explained(portal: Run, world: World, tmp_path: Path) -> None:
    file = tmp_path / "tenant.toml"
    file.write_text(f'[tenant]\nslug = "{world.slug}"\nnmae = "x"\n[[people]]\nemail = "x"\n')
    result = portal("tenant", "apply", str(file), code=1)
    assert result.stdout == ""
    assert result.stderr.splitlines() == [
        f"Error: {file} was not applied.",
        '[tenant] nmae: is no key of [tenant]; did you mean "name"?',
        "[[people]] #1 email: “x” is no e-mail address.",
    ]
    file.write_bytes(b"\xff\xfe")
    assert "is no UTF-8 text" in portal("tenant", "apply", str(file), code=1).stderr
    assert "There is no tenant nobody" in portal("tenant", "show", "nobody", code=1).stderr


def test_a_person_is_added(portal: Run, world: World) -> None:
    result = portal(
        "user", "add", world.slug, "Zoe@acme.test", "--role", "admin", input=f"{GOOD}\n"
    )
    assert result.stdout == f"Added zoe@acme.test to {world.slug} as admin.\n"
    zoe = person(world, "zoe@acme.test")
    assert (zoe.role, zoe.name) == (Role.ADMIN, "zoe")
    sign_in(world, "zoe@acme.test", GOOD, 303)
    assert audit(world) == [("person.created", "zoe@acme.test", None)]
    again = portal("user", "add", world.slug, "zoe@acme.test", input=f"{GOOD}\n", code=1)
    assert "is a user of" in again.stderr
    assert "is no e-mail address" in portal("user", "add", world.slug, "zoe", code=1).stderr


def test_a_locked_out_admin_gets_back_in(portal: Run, world: World) -> None:
    with world.factory.session(world.seed.tenant.id) as db:
        tenant = db.get_one(Tenant, world.seed.tenant.id)
        tenant.authenticators = ["session"]
        ada = db.get_one(User, (tenant.id, world.seed.users["ada"].id))
        ada.password_hash = None
    open_browser = world.browser("ada")
    result = portal(
        "user",
        "set-password",
        world.slug,
        "ada@acme.test",
        "--password-env",
        "NEW",
        env={"NEW": GOOD},
    )
    assert f"http://localhost/{world.slug}/login/local" in result.stdout
    sign_in(world, "ada@acme.test", GOOD, 303)
    open_browser.get(world.url("/settings/general"), status=303)
    assert audit(world) == [("person.password_set", "ada@acme.test", None)]


def test_a_disabled_person_is_let_in_again_with_a_password(portal: Run, world: World) -> None:
    portal("user", "disable", world.slug, "ben@acme.test")
    assert person(world, "ben@acme.test").disabled_at is not None
    portal("user", "set-password", world.slug, "ben@acme.test", input=f"{GOOD}\n")
    ben = person(world, "ben@acme.test")
    assert ben.disabled_at is None
    assert verify_password(ben.password_hash or "", GOOD)


def test_nor_is_the_last_admin_who_can_sign_in(portal: Run, world: World) -> None:
    """Another one was invited, and has no password yet."""
    with world.factory.session(world.seed.tenant.id) as db:
        PeopleService(db, world.seed.tenant).create("new@acme.test", "New", role=Role.ADMIN)
    result = portal("user", "disable", world.slug, "ada@acme.test", code=1)
    assert "is the only admin" in result.stderr
    portal("user", "set-password", world.slug, "new@acme.test", input=f"{GOOD}\n")
    portal("user", "disable", world.slug, "ada@acme.test")
    assert person(world, "ada@acme.test").disabled_at is not None


def test_the_last_admin_is_not_disabled(portal: Run, world: World) -> None:
    result = portal("user", "disable", world.slug, "ada@acme.test", code=1)
    assert "is the only admin" in result.stderr
    assert person(world, "ada@acme.test").disabled_at is None
    assert audit(world) == []


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["disable", "nobody", "a@b.test"], "There is no tenant nobody"),
        (["disable", "{slug}", "a@b.test"], "a@b.test is no user of {slug}."),
        (["set-password", "{slug}", "a@b.test"], "a@b.test is no user of {slug}."),
        (
            ["set-password", "{slug}", "ben@acme.test", "--password-env", "NOT_SET"],
            "The variable NOT_SET is not set.",
        ),
        (
            ["set-password", "{slug}", "ben@acme.test"],
            "The password was not set. Use at least 10 characters.",
        ),
    ],
)
def test_mistakes_are_explained_in_one_sentence(
    portal: Run, world: World, words: list[str], sentence: str
) -> None:
    filled = [word.replace("{slug}", world.slug) for word in words]
    result = portal("user", *filled, code=1, input="short\n")
    assert sentence.replace("{slug}", world.slug) in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert audit(world) == []


def test_a_password_is_never_an_argument(portal: Run, world: World) -> None:
    portal("user", "set-password", world.slug, "ben@acme.test", GOOD, code=2)
    portal("user", "set-password", world.slug, "ben@acme.test", "--password", GOOD, code=2)
