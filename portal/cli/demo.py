"""`portal demo`: the two made-up companies, and with `--serve` everything that shows them."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import groupby
from urllib.parse import urlsplit

import click
from pyramid.registry import Registry

from portal.cli import Invocation, pass_invocation
from portal.cli.serve import build, serve_until_stopped
from portal.demo import SHOP_PROGRAM, ensure_demo, logins, shop_environment
from portal.ops import server
from portal.settings import BootError, Settings

#: Ends its child as soon as standard input closes, which it does when the portal ends in
#: whatever way. In a session of its own, so that Ctrl+C does not end it before its child.
_LEASH = '"$@" & child=$!; read -r _ || :; kill "$child"; wait "$child"'


@click.command()
@click.option("--serve", is_flag=True, help="Migrate, then serve the portal and the demo shop.")
@pass_invocation
def demo(invocation: Invocation, serve: bool) -> None:
    """Make the demo companies where they are missing, and print their logins."""
    settings = invocation.settings
    if not settings.development:
        raise BootError(
            "The demo's passwords are public, so it is for development only: "
            "use a configuration file with portal.development = true."
        )
    if serve:
        _serve(settings)
    else:
        ensure_demo(build(settings).registry, _shop_origin(settings))
        click.echo(_directory(settings))


def _serve(settings: Settings) -> None:
    # Bound and let go at once: the shop binds it again, but a port in use is said now.
    for bound in server.bind(settings.server_host, _shop_port(settings), "PORT"):
        bound.close()

    @contextmanager
    def beside(registry: Registry) -> Iterator[None]:
        ensure_demo(registry, _shop_origin(settings))
        with _shop(settings):
            yield

    serve_until_stopped(
        settings, migrate=True, beside=beside, ready=lambda: click.echo(_directory(settings))
    )


def _shop_port(settings: Settings) -> int:
    return settings.server_port + 1


def _shop_origin(settings: Settings) -> str:
    return f"http://{urlsplit(settings.origin).hostname}:{_shop_port(settings)}"


@contextmanager
def _shop(settings: Settings) -> Iterator[None]:
    """The demo shop, a program of its own, for as long as the block lasts."""
    environment = shop_environment(settings.origin, settings.server_host, _shop_port(settings))
    with subprocess.Popen(
        ["/bin/sh", "-c", _LEASH, "leash", sys.executable, SHOP_PROGRAM],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment,
        start_new_session=True,
    ) as leash:
        # It prints one line as soon as it listens, and why not on standard error.
        if leash.stdout is None or not leash.stdout.readline():
            raise BootError("The demo company's website did not start.")
        yield


def _directory(settings: Settings) -> str:
    """The addresses and all logins, to be read on a terminal."""
    shop = _shop_origin(settings)
    places = {"shop": f"{shop}/login"}
    lines = [
        "",
        f"Portal               {settings.origin}/",
        f"Acme Audio's website {shop}/   log in there, then click Support",
    ]
    for place, group in groupby(logins(), key=lambda login: login.place):
        address = places.get(place, f"{settings.origin}/{place}/login")
        lines += ["", f"Logins at {address}"]
        lines += [
            f"  {login.role:8}  {login.name:16}  {login.email:32}  {login.password}"
            for login in group
        ]
    return "\n".join([*lines, "", "Stop it with Ctrl+C."])
