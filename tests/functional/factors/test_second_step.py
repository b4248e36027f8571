"""After the right password: a code, once, in this browser, within five minutes."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import func, select, update

from portal.factors.models import SecondStep
from portal.people.models import User
from portal.security.models import Session, Throttle
from tests.factories import PASSWORD, World
from tests.functional.factors.conftest import Desk, form_with


@pytest.fixture
def still() -> Iterator[time_machine.Traveller]:
    """Time stands still, in the middle of a time-step: a test cannot reach into the next."""
    with time_machine.travel(time.time() // 30 * 30 + 15, tick=False) as coordinates:
        yield coordinates


class TestCode:
    def test_the_password_alone_signs_nobody_in(self, desk: Desk) -> None:
        desk.with_app("ada")
        browser = desk.password("ada")
        assert desk.answer.location.endswith("/login/second")
        assert desk.signed_in(browser) is None
        assert browser.get(desk.world.url("/tickets")).status_int == 303
        assert list(desk.log()) == []

    def test_with_the_code_it_does(self, desk: Desk) -> None:
        desk.with_app("ada")
        browser = desk.password("ada")
        answer = desk.second(browser, desk.code("ada"))
        assert answer.status_int == 303
        assert desk.signed_in(browser) == "ada@acme.test"
        line = desk.log()[0]
        assert (line.code, line.authenticator) == ("signed_in", "local_password")
        steps = {check["step"]: check["seen"] for check in line.trace}
        assert steps["second_factor"] == "app"
        assert f"portal-{desk.world.slug}-second" not in browser.cookies

    def test_it_leads_where_the_visitor_was_going(self, desk: Desk) -> None:
        desk.with_app("ben")
        browser = desk.world.anonymous()
        page = browser.get(desk.world.url("/tickets?state=open")).follow()
        form = form_with(page, "email")
        form["email"], form["password"] = desk.email("ben"), PASSWORD
        form.submit()
        answer = desk.second(browser, desk.code("ben"))
        assert answer.location == f"http://localhost{desk.world.url('/tickets?state=open')}"

    def test_gaps_in_it_do_not_matter(self, desk: Desk) -> None:
        desk.with_app("ada")
        code = desk.code("ada")
        assert desk.second(desk.password("ada"), f" {code[:3]} {code[3:]}\t").status_int == 303

    def test_a_wrong_one_is_refused_and_logged(self, desk: Desk) -> None:
        desk.with_app("ada")
        browser = desk.password("ada")
        wrong = "000000" if desk.code("ada") != "000000" else "000001"
        answer = desk.second(browser, wrong)
        assert answer.status_int == 401
        assert "This code is not right" in answer
        assert wrong not in answer
        assert desk.signed_in(browser) is None
        line = desk.log()[0]
        assert (line.code, line.user_id) == (
            "second_factor_invalid", desk.world.seed.users["ada"].id
        )  # fmt: skip
        # The step goes on.
        assert desk.second(browser, desk.code("ada")).status_int == 303

    @pytest.mark.parametrize(("steps", "status"), [(-2, 401), (-1, 303), (1, 303), (2, 401)])
    def test_clocks_may_differ_by_one_step(
        self, desk: Desk, still: time_machine.Traveller, steps: int, status: int
    ) -> None:
        desk.with_app("ada")
        browser = desk.password("ada")
        assert desk.second(browser, desk.code("ada", steps)).status_int == status

    def test_each_step_is_taken_once(self, desk: Desk, still: time_machine.Traveller) -> None:
        desk.with_app("ada")
        code, before = desk.code("ada"), desk.code("ada", -1)
        assert desk.second(desk.password("ada"), code).status_int == 303
        again = desk.password("ada")
        for used in (code, before):
            assert desk.second(again, used).status_int == 401
            assert "used before" in desk.log()[0].hint
        assert desk.second(again, desk.code("ada", 1)).status_int == 303

    @pytest.mark.parametrize("recovery", [False, True], ids=["app", "recovery"])
    def test_of_ten_at_once_exactly_one_signs_in(self, desk: Desk, recovery: bool) -> None:
        codes = desk.with_app("ben")
        # Ten, for the right code forgives the wrong ones before it: from there on the throttle
        # counts anew, and takes ten.
        browsers = [desk.password("ben") for _ in range(10)]
        pages = [form_with(b.get(desk.world.url("/login/second")), "code") for b in browsers]
        code = codes[0] if recovery else desk.code("ben", 1)
        start = threading.Barrier(len(pages))
        # The throttle would stop some of them, and is not what is tested here.
        desk.second(browsers[0], "no code")
        with desk.world.factory.session(desk.tenant.id) as db:
            db.execute(update(Throttle).values(attempts=-100))

        def send(number: int) -> int:
            form = pages[number]
            form["code"] = code
            start.wait()
            status: int = form.submit(expect_errors=True).status_int
            return status

        with ThreadPoolExecutor(len(pages)) as threads:
            answers = Counter(threads.map(send, range(len(pages))))
        assert answers == {303: 1, 401: 9}
        with desk.world.factory.session(desk.tenant.id) as db:
            own = select(func.count()).select_from(Session)
            assert db.scalar(own.where(Session.tenant_id == desk.tenant.id)) == 1


class TestRecoveryCode:
    def test_it_signs_in_once(self, desk: Desk) -> None:
        codes = desk.with_app("ada")
        browser = desk.password("ada")
        answer = desk.second(browser, codes[3].lower().replace("-", " "), recovery=True)
        assert answer.status_int == 303
        assert "9 are left" in answer.follow()
        assert desk.signed_in(browser) == "ada@acme.test"
        assert desk.audit()[-1] == "factor.recovery_used"
        again = desk.second(desk.password("ada"), codes[3], recovery=True)
        assert again.status_int == 401
        assert desk.second(desk.password("ada"), codes[4], recovery=True).status_int == 303

    def test_somebody_elses_does_not(self, desk: Desk) -> None:
        desk.with_app("ada")
        codes = desk.with_app("ben")
        answer = desk.second(desk.password("ada"), codes[0], recovery=True)
        assert answer.status_int == 401


class TestThrottle:
    def test_ten_wrong_codes_are_enough(self, desk: Desk, still: time_machine.Traveller) -> None:
        codes = desk.with_app("ada")
        wrong = next(f"{n:06}" for n in range(9) if f"{n:06}" not in {
            desk.code("ada", steps) for steps in (-1, 0, 1)
        })  # fmt: skip
        for _ in range(10):
            # The right password in between forgives no code.
            assert desk.second(desk.password("ada"), wrong).status_int == 401
        browser = desk.password("ada")
        answer = desk.second(browser, desk.code("ada"))
        assert answer.status_int == 429
        assert answer.headers["Retry-After"] == "900"
        assert desk.second(browser, codes[0], recovery=True).status_int == 429
        assert desk.signed_in(browser) is None
        still.shift(timedelta(minutes=16))
        assert desk.second(desk.password("ada"), desk.code("ada")).status_int == 303

    def test_and_thirty_a_day(self, desk: Desk, still: time_machine.Traveller) -> None:
        desk.with_app("ada")
        for _ in range(3):
            for _ in range(10):
                assert desk.second(desk.password("ada"), "no code").status_int == 401
            still.shift(timedelta(minutes=16))
        assert desk.second(desk.password("ada"), desk.code("ada")).status_int == 429
        still.shift(timedelta(days=1))
        assert desk.second(desk.password("ada"), desk.code("ada")).status_int == 303


class TestStep:
    def test_another_browser_cannot_go_on_with_it(self, desk: Desk) -> None:
        desk.with_app("ada")
        desk.password("ada")
        other = desk.world.anonymous()
        other.get(desk.world.url("/login"))
        assert other.get(desk.world.url("/login/second"), status=410)

    def test_a_cookie_from_before_names_nothing(self, desk: Desk) -> None:
        """Fixation: what somebody else put into the browser is not what the step is bound to."""
        desk.with_app("ada")
        name, planted = f"portal-{desk.world.slug}-second", "A" * 43
        browser = desk.world.anonymous()
        browser.set_cookie(name, planted)
        desk.password("ada", browser)
        assert browser.cookies[name] != planted
        thief = desk.world.anonymous()
        thief.set_cookie(name, planted)
        assert thief.get(desk.world.url("/login/second"), status=410)

    def test_the_session_has_a_new_id(self, desk: Desk) -> None:
        desk.with_app("ada")
        browser = desk.password("ada")
        before = browser.cookies[f"portal-{desk.world.slug}"]
        desk.second(browser, desk.code("ada"))
        assert browser.cookies[f"portal-{desk.world.slug}"] != before

    def test_who_is_signed_in_stays_so_until_it_is_done(self, desk: Desk) -> None:
        desk.with_app("ada")
        browser = desk.password("ben")
        desk.password("ada", browser)
        assert desk.signed_in(browser) == "ben@acme.test"
        desk.second(browser, desk.code("ada"))
        assert desk.signed_in(browser) == "ada@acme.test"

    def test_it_lasts_five_minutes(self, desk: Desk, still: time_machine.Traveller) -> None:
        desk.with_app("ada")
        browser = desk.password("ada")
        form = form_with(browser.get(desk.world.url("/login/second")), "code")
        still.shift(timedelta(minutes=5, seconds=1))
        form["code"] = desk.code("ada")
        assert form.submit(expect_errors=True).status_int == 410
        assert desk.signed_in(browser) is None

    def test_it_is_used_once(self, desk: Desk, still: time_machine.Traveller) -> None:
        desk.with_app("ada")
        browser = desk.password("ada")
        cookie = browser.cookies[f"portal-{desk.world.slug}-second"]
        assert desk.second(browser, desk.code("ada")).status_int == 303
        browser.set_cookie(f"portal-{desk.world.slug}-second", cookie.strip('"'))
        assert browser.get(desk.world.url("/login/second"), status=410)

    @pytest.mark.parametrize(
        "change",
        [{"disabled_at": datetime(2026, 1, 1, tzinfo=UTC)}, {"password_hash": "another"}],
        ids=["disabled", "new"],
    )
    def test_it_ends_with_the_account_or_the_password(
        self, desk: Desk, change: dict[str, object]
    ) -> None:
        desk.with_app("ada")
        browser = desk.password("ada")
        with desk.world.factory.session(desk.tenant.id) as db:
            user = db.get_one(User, (desk.tenant.id, desk.world.seed.users["ada"].id))
            for name, value in change.items():
                setattr(user, name, value)
        assert browser.get(desk.world.url("/login/second"), status=410)

    def test_another_tenant_knows_nothing_of_it(self, desk: Desk, world: World) -> None:
        desk.with_app("ada")
        browser = desk.password("ada")
        other = world.factory.create()
        value = browser.cookies[f"portal-{desk.world.slug}-second"].strip('"')
        browser.set_cookie(f"portal-{other.slug}-second", value)
        assert browser.get(f"/{other.slug}/login/second", status=410)

    def test_those_that_were_abandoned_are_cleared_away(
        self, desk: Desk, still: time_machine.Traveller
    ) -> None:
        desk.with_app("ada")
        for _ in range(3):
            desk.password("ada")
        still.shift(timedelta(minutes=6))
        desk.password("ada")
        with desk.world.factory.session(desk.tenant.id) as db:
            own = select(func.count()).where(SecondStep.tenant_id == desk.tenant.id)
            assert db.scalar(own) == 1


def test_a_link_for_a_new_password_does_not_pass_it_by(desk: Desk) -> None:
    desk.with_app("ben")
    ada = desk.password("ada")
    page = ada.get(desk.world.url(f"/settings/people/{desk.world.seed.users['ben'].id}"))
    form = next(form for form in page.forms.values() if form.action.endswith("/link"))
    link = form.submit().html.select_one("#link")["value"]
    browser = desk.world.anonymous()
    form = form_with(browser.get(link.removeprefix("http://localhost")), "password")
    form["password"] = "lantern harbour violin"
    assert form.submit().location.endswith("/login/second")
    assert desk.signed_in(browser) is None
