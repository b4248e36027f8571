"""What the samples need to run, and which of them this machine cannot run.

`python -m tests.functional.examples.tools` says it in one line, for `make test`.
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

    @property
    def here(self) -> bool:
        """Whether this machine has it."""
        return _php_has_curl() if self.name == "php" else shutil.which(self.name) is not None


TOOLS = (
    Tool(("php",), "php", "php-cli php-curl"),
    Tool(("node", "static"), "node", "nodejs"),
    Tool(("node",), "npm", "npm"),
    Tool(("shell",), "curl", "curl"),
    Tool(("shell",), "openssl", "openssl"),
)
#: Set where every sample has to run.
REQUIRED = os.environ.get("EXAMPLES") == "required"


@cache
def _php_has_curl() -> bool:
    if shutil.which("php") is None:
        return False
    listed = subprocess.run(["php", "-m"], capture_output=True, text=True, check=True)
    return "curl" in listed.stdout.split()


def lacking(sample: str | None = None) -> list[Tool]:
    """The tools that a sample, or any sample, needs and this machine does not have."""
    return [tool for tool in TOOLS if not tool.here and sample in {None, *tool.samples}]


def main() -> int:
    """Say what is left out. 1 when nothing may be."""
    tools = lacking()
    if not tools:
        return 0
    samples = ", ".join(dict.fromkeys(name for tool in tools for name in tool.samples))
    install = f"apt-get install {' '.join(tool.packages for tool in tools)}"
    if REQUIRED:
        sys.stderr.write(
            f"These samples cannot run, and here they are required: {samples}. {install}\n"
        )
        return 1
    sys.stdout.write(f"The tests of these samples were left out: {samples}. {install}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
