"""`portal serve`: the web server."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

import click
from pyramid.registry import Registry
from pyramid.router import Router

from portal import application
from portal.cli import Invocation, pass_invocation
from portal.db import embedded
from portal.db.reach import require_database
from portal.jobs.worker import JobWorker
from portal.ops import logging, server
from portal.settings import Settings

#: What lives as long as the server does, given the configured application's registry.
Beside = Callable[[Registry], AbstractContextManager[None]]


@click.command()
@click.option("--migrate", is_flag=True, help="Run the pending migrations first.")
@pass_invocation
def serve(invocation: Invocation, migrate: bool) -> None:
    """Serve the portal until Ctrl+C or SIGTERM."""
    settings = invocation.settings
    serve_until_stopped(settings, migrate=migrate, ready=lambda: announce(settings))


def build(settings: Settings, *, migrate: bool = False) -> Router:
    """The application on a database that runs, is up to date and keeps tenants apart.

    Raises BootError.
    """
    logging.configure(settings.log_format, settings.log_level)
    settings = embedded.resolve(settings)
    require_database(settings, migrate=migrate)
    return application(settings)


def serve_until_stopped(
    settings: Settings,
    *,
    migrate: bool,
    ready: Callable[[], None],
    beside: Beside = lambda _registry: nullcontext(),
) -> None:
    """Serve until a signal. `ready` is called when visitors are let in. Raises BootError."""
    sockets = server.bind(settings.server_host, settings.server_port, "PORT")
    health_sockets = (
        server.bind(settings.server_host, settings.server_health_port, "HEALTH_PORT")
        if settings.server_health_port
        else None
    )
    app = build(settings, migrate=migrate)
    checks = app.registry["portal.health"]
    with beside(app.registry), _worker(app.registry, settings):
        server.run(
            app,
            settings,
            sockets,
            health=(checks, health_sockets) if health_sockets else None,
            ready=ready,
        )


def _worker(registry: Registry, settings: Settings) -> AbstractContextManager[object]:
    """A worker beside the server, where the settings want one."""
    if not settings.jobs_in_server:
        return nullcontext()
    return JobWorker(registry, concurrency=settings.jobs_concurrency)


def announce(settings: Settings) -> None:
    """Print where the portal is."""
    click.echo(f"Portal: {settings.origin}/")
    if settings.server_health_port:
        click.echo(f"Health: http://{settings.server_host}:{settings.server_health_port}/-/ready")
    click.echo("Stop it with Ctrl+C.")
