"""Every registered view, found by introspection: what it asks for, and who gets past that."""

import pytest
from pyramid.interfaces import ISecurityPolicy
from pyramid.security import NO_PERMISSION_REQUIRED

from portal.security.permissions import Permission
from tests.security.places import PLACES
from tests.security.registered import PUBLIC, View
from tests.security.stage import Stage
from tests.security.walk import Walk, is_api, refused

pytestmark = pytest.mark.security


class TestRegistration:
    def test_every_view_says_what_it_asks_for(self, views: list[View]) -> None:
        silent = [view.label for view in views if view.permission is None]
        assert silent == []

    def test_no_view_is_for_the_default_permission(self, views: list[View]) -> None:
        """Nobody holds it: such a view would be dead, and a new default would open it."""
        assert [view.label for view in views if view.permission == Permission.NOBODY] == []

    def test_those_that_ask_for_nothing_are_known(self, views: list[View]) -> None:
        found = {view.label for view in views if view.permission == NO_PERMISSION_REQUIRED}
        assert found == PUBLIC

    def test_every_permission_is_one_of_ours(self, views: list[View]) -> None:
        known = {*Permission, NO_PERMISSION_REQUIRED}
        assert {view.permission for view in views} <= known

    def test_every_kind_of_place_is_on_the_stage(self, views: list[View]) -> None:
        kinds = {view.kind for view in views if not view.route}
        assert kinds <= {place.kind for place in PLACES.values()}


class TestWalk:
    def test_nobody_gets_in(self, walk: Walk) -> None:
        assert {
            name: answer.status for name, answer in walk.answers({}) if not refused(answer)
        } == {}

    @pytest.mark.parametrize("first", ["ada", "ben", "cleo"])
    def test_another_tenants_people_do_not(self, walk: Walk, other: Stage, first: str) -> None:
        """Their cookie under its own name and under this tenant's."""
        own = other.headers[first]["Cookie"]
        value = own.partition("=")[2]
        forged = f"{own}; portal-{walk.stage.seed.slug}={value}"
        passed = {n: a.status for n, a in walk.answers({"Cookie": forged}) if not refused(a)}
        assert passed == {}

    def test_another_tenants_key_does_not(self, walk: Walk, other: Stage) -> None:
        passed = {n: a.status for n, a in walk.answers(other.headers["key"]) if not refused(a)}
        assert passed == {}

    @pytest.mark.parametrize("name", ["key", "blunt key"])
    def test_a_key_opens_the_api_only(self, walk: Walk, name: str) -> None:
        elsewhere = walk.answers(walk.stage.headers[name], among=lambda path: not is_api(path))
        passed = {n: answer.status for n, answer in elsewhere if not refused(answer)}
        assert passed == {}

    def test_a_session_does_not_open_the_api(self, walk: Walk) -> None:
        found = {n: a.status_int for n, a in walk.answers(walk.stage.headers["ada"], among=is_api)}
        assert found
        assert set(found.values()) == {401}, found

    def test_the_tenants_own_do(self, walk: Walk) -> None:
        """The same walk lets them in, so the refusals above are no mistakes in its paths.

        A POST gets as far as the check of its CSRF token, which comes after the permission.
        """
        closed = {name for name, _answer in walk.answers({})}
        for visitor in ("ada", "ben", "cleo", "key"):
            for name, answer in walk.answers(walk.stage.headers[visitor]):
                assert answer.status_int < 500, name
                reached = answer.status_int in (200, 400) or (
                    answer.status_int == 303 and "/login" not in answer.location
                )
                if reached:
                    closed.discard(name)
        assert closed == set()

    def test_a_post_without_its_token_does_nothing(self, walk: Walk) -> None:
        for visitor in ("ada", "cleo"):
            for name, answer in walk.answers(walk.stage.headers[visitor], only="POST"):
                assert refused(answer) or answer.status_int in (400, 405), name


class TestRoles:
    """The table of role, place and permission, against the policy itself."""

    def granted(self, stage: Stage, place: str, headers: dict[str, str]) -> set[Permission]:
        policy = stage.app.registry.getUtility(ISecurityPolicy)
        with stage.standing(place, headers) as request:
            assert type(request.context) is PLACES[place].kind
            return {p for p in Permission if policy.permits(request, request.context, p)}

    @pytest.mark.parametrize("place", PLACES)
    def test_each_may_do_what_the_table_says(self, stage: Stage, place: str) -> None:
        for visitor, headers in stage.headers.items():
            wanted = {p for p, visitors in PLACES[place].grants.items() if visitor in visitors}
            assert self.granted(stage, place, headers) == wanted, visitor

    @pytest.mark.parametrize("place", PLACES)
    @pytest.mark.parametrize("visitor", ["ada", "key"])
    def test_strangers_may_do_nothing(
        self, stage: Stage, other: Stage, place: str, visitor: str
    ) -> None:
        headers = dict(other.headers[visitor])
        if "Cookie" in headers:
            value = headers["Cookie"].partition("=")[2]
            headers["Cookie"] += f"; portal-{stage.seed.slug}={value}"
        assert self.granted(stage, place, headers) == set()

    def test_nobody_holds_the_default(self, stage: Stage) -> None:
        for place in PLACES:
            for headers in stage.headers.values():
                assert Permission.NOBODY not in self.granted(stage, place, headers)
