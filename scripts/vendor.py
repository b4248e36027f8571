"""Fetch the vendored front-end files with npm, copy them, and record where they came from.

Run by `make vendor`. Reads `scripts/vendor.toml`; writes the files it names,
the icon sprite, and `portal/static/vendor/VENDORED.toml` with the version, licence and SHA-256
of every file. With `--check` nothing is written: the recorded sums are compared with the files
in the tree, which needs no npm.
"""

import argparse
import hashlib
import json
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

HOME = Path(__file__).resolve().parent.parent
MODULES = HOME / "node_modules"
RECORD = HOME / "portal/static/vendor/VENDORED.toml"
SPRITE_HEAD = (
    '<svg xmlns="http://www.w3.org/2000/svg">\n'
    "  <!-- Lucide {version}, ISC licence, lucide.dev. One symbol for each icon in use;"
    " colour and stroke come from .icon in base.css. -->\n"
)


def fetch() -> None:
    """Install exactly what package-lock.json names; npm checks the sums."""
    npm = shutil.which("npm")
    if npm is None:
        raise SystemExit("npm is not on the PATH. Install Node.js, then run `make vendor` again.")
    subprocess.run([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=HOME, check=True)


def vendor() -> None:
    """Copy every file, build the sprite, write the record."""
    wanted = tomllib.loads((HOME / "scripts/vendor.toml").read_text())
    lines = ["# Written by scripts/vendor.py. Do not edit; run `make vendor`.\n"]
    for group in wanted["copy"]:
        for source, target in group["files"]:
            (HOME / target).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(MODULES / group["package"] / source, HOME / target)
            lines.append(entry(target, group["package"], group["licence"]))
    sprite = wanted["sprite"]
    (HOME / sprite["target"]).write_text(build_sprite(sprite))
    lines.append(entry(sprite["target"], sprite["package"], sprite["licence"]))
    source, target = sprite["licence_file"]
    shutil.copyfile(MODULES / sprite["package"] / source, HOME / target)
    lines.append(entry(target, sprite["package"], sprite["licence"]))
    RECORD.write_text("\n".join(lines))


def build_sprite(sprite: dict[str, Any]) -> str:
    """One SVG with a `<symbol>` for each icon named in the configuration."""
    symbols = [SPRITE_HEAD.format(version=version(sprite["package"]))]
    for name in sorted(set(sprite["icons"])):
        drawing = (MODULES / sprite["package"] / "icons" / f"{name}.svg").read_text()
        inner = re.search(r"<svg[^>]*>(.*)</svg>", drawing, re.DOTALL)
        if inner is None:
            raise SystemExit(f"{name}.svg is not a drawing")
        shapes = re.sub(r"\s*\n\s*", "", inner.group(1)).replace(" />", "/>")
        symbols.append(f'  <symbol id="{name}" viewBox="0 0 24 24">{shapes}</symbol>\n')
    return "".join(symbols) + "</svg>\n"


def entry(target: str, package: str, licence: str) -> str:
    """The record of one file, as TOML."""
    return (
        f'["{target}"]\n'
        f'package = "{package}"\n'
        f'version = "{version(package)}"\n'
        f'licence = "{licence}"\n'
        f'sha256 = "{digest(HOME / target)}"\n'
    )


def version(package: str) -> str:
    """The installed version of an npm package."""
    manifest = json.loads((MODULES / package / "package.json").read_text())
    return str(manifest["version"])


def digest(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def check() -> int:
    """Compare the record with the tree; print what differs and return how many files do."""
    wrong = 0
    for target, facts in tomllib.loads(RECORD.read_text()).items():
        path = HOME / target
        if not path.exists() or digest(path) != facts["sha256"]:
            print(f"{target} is not the file that was vendored. Run `make vendor`.")
            wrong += 1
    return wrong


def main() -> int:
    """Entry point; the exit status is 0 when all is well."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    if parser.parse_args().check:
        return 1 if check() else 0
    fetch()
    vendor()
    return 0


if __name__ == "__main__":
    sys.exit(main())
