"""The worker: takes jobs from the queue and does them, for as long as it is let.

procrastinate's worker does the taking, on an event loop in a thread of our own; the jobs run in
threads beside it. When the database goes away the worker ends, and this starts the next one: so
it comes back by itself.
"""

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Self

import procrastinate
import psycopg
import structlog
from procrastinate.jobs import Job
from procrastinate.retry import BaseRetryStrategy, RetryDecision
from procrastinate.tasks import Task as LibraryTask
from procrastinate.worker import Worker
from psycopg_pool import AsyncConnectionPool
from pyramid.registry import Registry
from sqlalchemy.engine import make_url

from portal.jobs.queue import WORKER
from portal.jobs.registry import JobRun, Registered, perform
from portal.jobs.task import GiveUp, Retry

#: Seconds between two looks at an empty queue. No LISTEN: a pooler may stand in between.
POLL = 1.0
#: Seconds for the jobs that run when the worker is told to stop.
GRACE = 20.0
#: Seconds before the next worker starts where one ended by itself, and at the most.
PAUSE, LONGEST_PAUSE = 1.0, 30.0

log = structlog.get_logger("portal.jobs")


class _Backoff(BaseRetryStrategy):
    """Our rule of retries, as the library asks for it."""

    def __init__(self, retry: Retry) -> None:
        self._retry = retry

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        attempt = job.attempts + 1
        if isinstance(exception, GiveUp) or attempt >= self._retry.attempts:
            return None
        return RetryDecision(retry_in={"seconds": int(self._retry.wait(attempt))})


class _QueuePool(AsyncConnectionPool[psycopg.AsyncConnection[Any]]):
    """Connections on which each transaction first says whose jobs it sees. Not once a connection:
    a pooler in between gives the next transaction another one."""

    def __init__(self, url: str, setting: tuple[str, str]) -> None:
        super().__init__(
            url,
            min_size=1,
            max_size=2,
            open=False,
            check=AsyncConnectionPool.check_connection,
            name="jobs",
            kwargs={
                "application_name": "portal-worker",
                "connect_timeout": 5,
                "prepare_threshold": None,
                "tcp_user_timeout": 20_000,
                "keepalives_idle": 15,
                "keepalives_interval": 5,
                "keepalives_count": 3,
            },
        )
        self._setting = setting

    @asynccontextmanager
    async def connection(
        self,
        timeout: float | None = None,  # noqa: ASYNC109  (the base class has it)
    ) -> AsyncIterator[psycopg.AsyncConnection[Any]]:
        """A connection for one transaction."""
        async with super().connection(timeout) as connection:
            await connection.execute("select set_config(%s, %s, true)", self._setting)
            yield connection


async def work(
    registry: Registry,
    *,
    concurrency: int,
    queues: Sequence[str] = (),
    setting: tuple[str, str] = WORKER,
    wait: bool = True,
    stopping: asyncio.Event | None = None,
) -> None:
    """Run one worker until `stopping`, or without `wait` until nothing is due.

    `queues`: those it takes from; none: all. `setting` says whose jobs it sees: all tenants', or
    those of one (for tests). Raises what ended it.
    """
    url = make_url(registry["portal.settings"].database_url).set(drivername="postgresql")
    pool = _QueuePool(url.render_as_string(hide_password=False), setting)
    try:
        await pool.open(wait=True, timeout=10)
        app = procrastinate.App(connector=procrastinate.PsycopgConnector())
        for kind in registry["portal.jobs"].kinds.values():
            _teach(app, registry, kind, periodic=wait)
        async with app.open_async(pool):
            worker = Worker(
                app,
                queues=queues or None,
                name="portal",
                concurrency=concurrency,
                wait=wait,
                fetch_job_polling_interval=POLL,
                shutdown_graceful_timeout=GRACE,
                listen_notify=False,
                install_signal_handlers=False,
            )
            await _until(worker, stopping)
    finally:
        await pool.close()


async def _until(worker: Worker, stopping: asyncio.Event | None) -> None:
    """Run a worker, and stop it gently when the event is set."""
    if stopping is None:
        await worker.run()  # type: ignore[no-untyped-call]  # the library leaves its types out
        return
    running = asyncio.create_task(worker.run())  # type: ignore[no-untyped-call]  # the library leaves its types out
    told = asyncio.create_task(stopping.wait())
    await asyncio.wait({running, told}, return_when=asyncio.FIRST_COMPLETED)
    told.cancel()
    worker.stop()  # type: ignore[no-untyped-call]  # the library leaves its types out
    await running


def _teach(app: procrastinate.App, registry: Registry, kind: Registered, *, periodic: bool) -> None:
    """Register one of our kinds of jobs with the library."""
    task = kind.task

    def do(context: procrastinate.JobContext, /, **args: Any) -> None:
        job = context.job
        tenant_id = args.pop("tenant_id", None)
        args.pop("timestamp", None)  # of a periodic job
        run = JobRun(registry, task, job.id or 0, tenant_id, job.attempts + 1)
        perform(registry, kind, run, args)

    taught: LibraryTask[Any, Any, Any] = app.task(
        name=task.name,
        queue=task.queue,
        priority=task.priority,
        retry=_Backoff(task.retry),
        pass_context=True,
    )(do)
    if kind.cron and periodic:
        app.periodic(cron=kind.cron, queueing_lock=task.name)(taught)


class JobWorker:
    """A worker in a thread of its own, which starts again whatever ends it until it is stopped.

    A context manager: the worker lives as long as the block.
    """

    def __init__(self, registry: Registry, *, concurrency: int, queues: Sequence[str] = ()) -> None:
        self._registry = registry
        self._concurrency = concurrency
        self._queues = queues
        self._loop = asyncio.new_event_loop()
        self._stopping = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="jobs", daemon=True)

    def start(self) -> None:
        """Begin."""
        quiet_library()
        self._thread.start()

    def stop(self) -> None:
        """Take no more jobs, and wait for those that run, within the grace."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stopping.set)
            self._thread.join(GRACE + 5)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_what: object) -> None:
        self.stop()

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._keep_working())

    async def _keep_working(self) -> None:
        pause = PAUSE
        while not self._stopping.is_set():
            begun = self._loop.time()
            try:
                log.info("worker_started", concurrency=self._concurrency)
                await work(
                    self._registry,
                    concurrency=self._concurrency,
                    queues=self._queues,
                    stopping=self._stopping,
                )
            except Exception as error:  # noqa: BLE001  (whatever ended it, the next one starts)
                log.warning("worker_ended", error=f"{type(error).__name__}: {error}".strip())
            if self._loop.time() - begun > LONGEST_PAUSE:
                pause = PAUSE
            if not self._stopping.is_set():
                await self._rest(pause)
                pause = min(2 * pause, LONGEST_PAUSE)
        log.info("worker_stopped")

    async def _rest(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._stopping.wait(), seconds)
        except TimeoutError:
            return


def quiet_library() -> None:
    """Leave to our own log what the library would say of each job a second time."""
    logger = logging.getLogger("procrastinate")
    logger.setLevel(logging.WARNING)
    worker = logging.getLogger("procrastinate.worker")
    if not any(isinstance(known, _NotOfJobs) for known in worker.filters):
        worker.addFilter(_NotOfJobs())
    # Each failed connection, where the worker says that it ended and starts anew.
    logging.getLogger("psycopg.pool").setLevel(logging.ERROR)


class _NotOfJobs(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        return getattr(record, "action", "") not in ("job_error", "job_error_retry")
