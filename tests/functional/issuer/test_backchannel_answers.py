"""OpenID Connect Back-Channel Logout 1.0, 2.8: what the site answers, and what a network does."""

import pytest
from webtest import TestApp

from portal.issuer import logouts
from tests.factories import World
from tests.factories.jobs import JobRunner
from tests.functional.issuer.backchannel import AGAIN, DELIVERED, NOTICED, read, sign_out, told
from tests.functional.issuer.conftest import Forum
from tests.functional.issuer.receiver import Receiver, hanging


class TestAnswers:
    """2.8, and what a network does."""

    @pytest.fixture(autouse=True)
    def signed_out(self, forum: Forum, world: World, cleo: TestApp, receiver: Receiver) -> None:
        forum.tokens(cleo)
        sign_out(world, cleo)

    @pytest.mark.parametrize("status", [200, 204])
    def test_success(
        self, world: World, receiver: Receiver, run_jobs: JobRunner, status: int
    ) -> None:
        receiver.answers[:] = [status]
        run_jobs()
        assert told(world) == [("delivered", status, 1)]
        assert run_jobs(later=True) == []

    def test_500_and_then_200(
        self, forum: Forum, world: World, receiver: Receiver, run_jobs: JobRunner
    ) -> None:
        receiver.answers[:] = [500, 200]
        assert run_jobs() == [NOTICED, AGAIN]
        assert told(world) == [("waiting", 500, 1)]
        assert run_jobs(later=True) == [DELIVERED]
        assert told(world) == [("delivered", 200, 2)]
        first, second = (read(forum, token)[1] for token in receiver.tokens)
        # The second is a token of its own: the first may be over by then.
        assert first["jti"] != second["jti"]
        assert first["sid"] == second["sid"]

    def test_400_is_final(self, world: World, receiver: Receiver, run_jobs: JobRunner) -> None:
        receiver.answers[:] = [400]
        run_jobs()
        assert told(world) == [("refused", 400, 1)]
        assert run_jobs(later=True) == []
        assert len(receiver.received) == 1

    @pytest.mark.parametrize("status", [302, 307])
    def test_a_redirect_is_not_followed(
        self, world: World, receiver: Receiver, run_jobs: JobRunner, status: int
    ) -> None:
        receiver.answers[:] = [status]
        run_jobs()
        assert [each.path for each in receiver.received] == ["/backchannel"]
        assert told(world) == [("waiting", status, 1)]

    def test_a_server_that_hangs(
        self,
        forum: Forum,
        world: World,
        run_jobs: JobRunner,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(logouts, "PATIENCE", 0.2)
        with hanging() as url:
            forum.change(backchannel_logout_uri=url)
            assert run_jobs() == [NOTICED, AGAIN]
        assert told(world) == [("waiting", None, 1)]

    def test_a_server_that_is_never_there(
        self, forum: Forum, world: World, run_jobs: JobRunner
    ) -> None:
        with hanging() as url:
            pass
        forum.change(backchannel_logout_uri=url)
        run_jobs()
        attempts = logouts.DELIVER.retry.attempts
        for _ in range(attempts - 1):
            run_jobs(later=True)
        assert told(world) == [("failed", None, attempts)]
        assert run_jobs(later=True) == []

    def test_an_address_that_the_portal_does_not_call(
        self, forum: Forum, world: World, run_jobs: JobRunner
    ) -> None:
        forum.change(backchannel_logout_uri="https://10.0.0.1/backchannel")
        run_jobs()
        assert told(world) == [("refused", None, 1)]
        assert run_jobs(later=True) == []
        page = world.browser("ada").get(world.url(f"/settings/sites/{forum.client_id}"))
        assert "Not sent" in page
        assert "the help desk does not call this address" in page
