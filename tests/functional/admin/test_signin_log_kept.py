"""Settings: how long the sign-in log is kept."""

import pytest

from portal.signin.models import SsoAttempt, SsoConfig
from tests.factories import World
from tests.functional.admin.conftest import Admin
from tests.functional.admin.signin_log import Site, add_line, references


@pytest.fixture
def site(admin: Admin) -> Site:
    """A company's site that signs tokens."""
    return Site(admin)


def count_lines(admin: Admin) -> int:
    """The lines that are in the table, shown or not."""
    count: int = admin.look(lambda db, _t: db.query(SsoAttempt).count())
    return count


def keep(admin: Admin, days: str, status: int = 303) -> None:
    """Choose how long the log is kept."""
    forms = admin.get("/sign-in/log").forms.values()
    form = next(each for each in forms if "log_days" in each.fields)
    form["log_days"].force_value(days)
    form.submit(status=status)


class TestHowLongItIsKept:
    def test_ninety_days_unless_something_else_is_chosen(self, admin: Admin, site: Site) -> None:
        site.send()
        page = admin.get("/sign-in/log")
        assert "Kept for 90 days." in page.text
        assert page.html.select_one("#log_days option[selected]")["value"] == "90"

    def test_what_is_older_is_neither_shown_nor_found(self, admin: Admin) -> None:
        add_line(admin, 89.9, "AAAA-0089")
        add_line(admin, 90.1, "AAAA-0090", masked_email="ma•••@old.test")
        assert count_lines(admin) == 2
        assert references(admin) == ["AAAA-0089"]
        for query in ("?q=AAAA-0090", "?q=marta@old.test", "?q=203.0.113.4&code=token_expired"):
            assert "AAAA-0090" not in references(admin, query)

    def test_the_next_attempt_clears_it_away(self, admin: Admin, site: Site) -> None:
        for number in range(3):
            add_line(admin, 91 + number, f"AAAA-000{number}")
        add_line(admin, 89, "AAAA-0089")
        site.send(key="x" * 40)
        assert count_lines(admin) == 2
        assert references(admin)[1:] == ["AAAA-0089"]

    def test_of_many_at_most_fifty_at_once(self, admin: Admin, site: Site) -> None:
        for number in range(60):
            add_line(admin, 91, f"AAAA-{number:04}")
        site.send()
        assert count_lines(admin) == 11
        site.send()
        assert count_lines(admin) == 2

    def test_it_is_chosen_on_the_page_and_takes_effect_at_once(self, admin: Admin) -> None:
        add_line(admin, 20, "AAAA-0020")
        keep(admin, "7")
        assert admin.last() == ("signin.changed", "", {"log_days": [90, 7]})
        assert references(admin) == []
        keep(admin, "365")
        assert references(admin) == ["AAAA-0020"]

    def test_another_length_is_refused_unless_it_is_there(self, admin: Admin) -> None:
        keep(admin, "8", status=422)
        assert admin.config().log_days == 90
        admin.look(lambda db, t: setattr(db.get_one(SsoConfig, t.id), "log_days", 45))
        page = admin.get("/sign-in/log")
        assert page.html.select_one("#log_days option[selected]")["value"] == "45"

    def test_other_tenants_keep_theirs(self, admin: Admin, site: Site, world: World) -> None:
        other = Admin(World(world.factory.create(), world.app, world.factory))
        add_line(other, 91, "BBBB-0091")
        keep(admin, "7")
        site.send()
        assert count_lines(other) == 1
