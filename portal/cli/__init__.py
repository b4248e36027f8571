"""The command line: `portal …`.

Commands are imported when they are asked for, so that `portal --help` needs no database and one
broken room does not take the others' commands away.
"""

import importlib
import os
from dataclasses import dataclass
from functools import cached_property

import click

from portal.config import load
from portal.ops.server import ended_by_signals
from portal.settings import BootError, Settings

COMMANDS = {
    "db": "portal.cli.db:db",
    "demo": "portal.cli.demo:demo",
    "issuer": "portal.cli.issuer:issuer",
    "jobs": "portal.cli.jobs:jobs",
    "secrets": "portal.cli.secrets:secrets",
    "serve": "portal.cli.serve:serve",
    "tenant": "portal.cli.tenant:tenant",
    "user": "portal.cli.user:user",
    "worker": "portal.cli.jobs:worker",
}


@dataclass
class Invocation:
    """What every command is given: the configuration, read when it is first needed."""

    path: str

    @cached_property
    def settings(self) -> Settings:
        """The settings of the configuration file. Raises BootError."""
        return load(self.path, os.environ)


class LazyGroup(click.Group):
    """A group whose commands are named in a table, as `module:function`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names, in the order of the alphabet."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the module that holds a command."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command

    def invoke(self, ctx: click.Context) -> object:
        """Run a command; what keeps the portal from starting is said in one sentence."""
        try:
            with ended_by_signals():
                return super().invoke(ctx)
        except BootError as error:
            raise click.ClickException(str(error)) from error


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="portal", prog_name="portal")
@click.option(
    "--config",
    "-c",
    "path",
    default="development.ini",
    show_default=True,
    envvar="PORTAL_CONFIG",
    show_envvar=True,
    help="The configuration file.",
)
@click.pass_context
def main(ctx: click.Context, path: str) -> None:
    """A help desk your customers are already signed in to."""
    ctx.obj = Invocation(path)


pass_invocation = click.make_pass_decorator(Invocation)
