"""`portal worker` and `portal jobs`: work that is done after the request."""

import contextlib
import threading

import click

from portal.cli import Invocation, pass_invocation
from portal.cli.serve import build
from portal.cli.tenant import installation
from portal.jobs import queue
from portal.jobs.worker import JobWorker
from portal.settings import BootError

STATUSES = ("todo", "doing", "succeeded", "failed", "cancelled", "aborted")


@click.command()
@click.option("--concurrency", type=click.IntRange(1, 32), help="Jobs at once.")
@click.option(
    "--queue", "queues", multiple=True, help="Take from this queue only; several times for several."
)
@pass_invocation
def worker(invocation: Invocation, concurrency: int | None, queues: tuple[str, ...]) -> None:
    """Do the jobs of the queue until Ctrl+C or SIGTERM.

    Any number may run, on any number of machines: each job is taken by one of them.
    """
    settings = invocation.settings
    registry = build(settings).registry
    at_once = concurrency or settings.jobs_concurrency
    with JobWorker(registry, concurrency=at_once, queues=queues):
        click.echo("The worker takes jobs. Stop it with Ctrl+C.")
        with contextlib.suppress(KeyboardInterrupt, SystemExit):
            threading.Event().wait()


@click.group()
def jobs() -> None:
    """See the jobs of the queue, and let failed ones be done again."""


@jobs.command("list")
@click.option(
    "--status",
    "statuses",
    multiple=True,
    type=click.Choice(STATUSES),
    default=("todo", "doing", "failed"),
    show_default=True,
    help="Only jobs in this state; may be given several times.",
)
@click.option("--limit", type=click.IntRange(1, 10_000), default=100, show_default=True)
@pass_invocation
def list_(invocation: Invocation, statuses: tuple[str, ...], limit: int) -> None:
    """Print jobs, the newest first: number, state, tenant, kind, attempts, and what it is told.

    Why a job failed is in the log of the worker, under the job's number.
    """
    with installation(invocation) as registry, queue.as_worker(registry["db.sessionmaker"]) as db:
        rows = queue.jobs(db, statuses, limit)
    for row in rows:
        due = f", due {row.scheduled_at:%Y-%m-%d %H:%M:%S}Z" if row.scheduled_at else ""
        click.echo(
            f"{row.id}  {row.status:9}  {row.at:%Y-%m-%d %H:%M:%S}Z  {row.tenant}  {row.task}  "
            f"{row.payload}  {row.attempts} attempts{due if row.status == 'todo' else ''}"
        )
    if not rows:
        click.echo(f"No job is {' or '.join(statuses)}.")


@jobs.command()
@click.argument("numbers", type=int, nargs=-1)
@click.option("--all", "every", is_flag=True, help="All jobs that have failed.")
@pass_invocation
def retry(invocation: Invocation, numbers: tuple[int, ...], every: bool) -> None:
    """Let jobs that have failed be done again, by their NUMBERS."""
    if not numbers and not every:
        raise click.UsageError("Give the numbers of jobs, or --all.")
    with installation(invocation) as registry, queue.as_worker(registry["db.sessionmaker"]) as db:
        if every:
            numbers = tuple(row.id for row in queue.jobs(db, ["failed"], 10_000))
        unknown = [number for number in numbers if not queue.retry(db, number)]
    click.echo(f"{len(numbers) - len(unknown)} will be done again.")
    if unknown:
        raise BootError(f"Not failed, or not there: {', '.join(map(str, unknown))}.")
