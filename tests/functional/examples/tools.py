"""What the samples need to run, and which of them this machine cannot run.

`python -m tests.functional.examples.tools` says it in one line, for `make test`. It needs nothing
but Python, so that it can be asked before anything is installed.
"""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True)
class Tool:
    """A program that a sample needs."""

    samples: tuple[str, ...]
    name: str
    packages: str
    #: Succeeds where being there is not enough.
    check: tuple[str, ...] = ()

    @property
    def here(self) -> bool:
        """Whether this machine has it."""
        if self.check:
            return shutil.which(self.check[0]) is not None and _succeeds(self.check)
        return shutil.which(self.name) is not None


TOOLS = (
    Tool(
        ("php", "laravel"),
        "php with curl",
        "php-cli php-curl",
        ("php", "-r", "exit(extension_loaded('curl') ? 0 : 1);"),
    ),
    Tool(
        ("laravel",),
        "Laravel",
        "php-laravel-framework php-guzzlehttp-guzzle",
        (
            "php",
            "-r",
            "exit(stream_resolve_include_path('Illuminate/autoload.php')"
            " && stream_resolve_include_path('GuzzleHttp/autoload.php') ? 0 : 1);",
        ),
    ),
    Tool(("node", "static"), "node", "nodejs"),
    Tool(("node",), "npm", "npm"),
    Tool(("shell",), "curl", "curl"),
    Tool(("shell",), "openssl", "openssl"),
)
#: Set where every sample has to run.
REQUIRED = os.environ.get("EXAMPLES") == "required"


@cache
def _succeeds(command: tuple[str, ...]) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def lacking(sample: str | None = None) -> list[Tool]:
    """The tools that a sample, or any sample, needs and this machine does not have."""
    return [tool for tool in TOOLS if not tool.here and sample in {None, *tool.samples}]


def main(arguments: list[str]) -> int:
    """Say what is left out. 1 when nothing may be. ``packages`` lists only what to install."""
    tools = lacking()
    packages = " ".join(tool.packages for tool in tools)
    if arguments == ["packages"]:
        sys.stdout.write(f"{packages}\n")
        return 0
    if not tools:
        return 0
    samples = ", ".join(dict.fromkeys(name for tool in tools for name in tool.samples))
    if REQUIRED:
        sys.stderr.write(
            f"Every sample has to run here; these cannot: {samples}. apt-get install {packages}\n"
        )
        return 1
    sys.stdout.write(f"These samples were left out: {samples}. apt-get install {packages}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
