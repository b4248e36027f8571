"""`portal serve`: the web server."""

from collections.abc import Callable

import click

from portal import application
from portal.cli import Invocation, pass_invocation
from portal.db import embedded
from portal.db.reach import require_database
from portal.ops import logging, server
from portal.settings import Settings


@click.command()
@click.option("--migrate", is_flag=True, help="Run the pending migrations first.")
@pass_invocation
def serve(invocation: Invocation, migrate: bool) -> None:
    """Serve the portal until Ctrl+C or SIGTERM."""
    settings = invocation.settings
    start(settings, migrate=migrate, ready=lambda _settings: announce(settings))


def start(
    settings: Settings,
    *,
    migrate: bool,
    before: Callable[[Settings], None] = lambda _settings: None,
    ready: Callable[[Settings], None],
) -> None:
    """Serve. `before` runs when the database is ready, `ready` when visitors are let in.

    Both get the settings with the database's real address. Raises BootError.
    """
    sockets = server.bind(settings.server_host, settings.server_port, "PORT")
    health_sockets = (
        server.bind(settings.server_host, settings.server_health_port, "server.health_port")
        if settings.server_health_port
        else None
    )
    logging.configure(settings.log_format, settings.log_level)
    settings = embedded.resolve(settings)
    require_database(settings, migrate=migrate)
    before(settings)
    app = application(settings)
    checks = app.registry["portal.health"]
    server.run(
        app,
        settings,
        sockets,
        health=(checks, health_sockets) if health_sockets else None,
        ready=lambda: ready(settings),
    )


def announce(settings: Settings) -> None:
    """Print where the portal is."""
    click.echo(f"Portal: {settings.origin}/")
    if settings.server_health_port:
        click.echo(f"Health: http://{settings.server_host}:{settings.server_health_port}/-/ready")
    click.echo("Stop it with Ctrl+C.")
