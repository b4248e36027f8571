"""What every folder of a sample holds, and what none does."""

import json
import re
import xml.etree.ElementTree as ET
from importlib import metadata
from pathlib import Path

import pytest
import tree_sitter_c_sharp
from tree_sitter import Language, Node, Parser

from tests.functional.examples.samples import EXAMPLES, SAMPLES

DOTNET = EXAMPLES / "dotnet"
NAMES = [*SAMPLES, "dotnet"]
LANGUAGES = re.compile(r"^\| \[([a-z-]+)\]", re.MULTILINE)


def faults(node: Node) -> list[str]:
    """Every place that the grammar does not understand."""
    here = [f"{node.start_point}: {node.type}"] if node.is_error or node.is_missing else []
    return here + [fault for child in node.children for fault in faults(child)]


@pytest.mark.parametrize("path", sorted(DOTNET.glob("*.cs")), ids=lambda path: path.name)
def test_csharp_is_parsed(path: Path) -> None:
    parser = Parser(Language(tree_sitter_c_sharp.language()))
    assert faults(parser.parse(path.read_bytes()).root_node) == []
    broken = path.read_text().replace(";", "", 1).replace(")", "", 1)
    assert faults(parser.parse(broken.encode()).root_node) != []


def test_the_project_of_csharp() -> None:
    project = ET.parse(DOTNET / "Site.csproj").getroot()
    assert project.attrib == {"Sdk": "Microsoft.NET.Sdk.Web"}
    assert project.findtext("PropertyGroup/TargetFramework") == "net8.0"
    assert project.find(".//PackageReference") is None


@pytest.mark.parametrize("name", NAMES)
def test_a_folder_says_how_to_run_it_and_what_to_copy(name: str) -> None:
    readme = (EXAMPLES / name / "README.md").read_text()
    for part in ("```sh\n", "\n## What to copy\n", ".env.example"):
        assert part in readme
    assert "BSD Zero Clause" in (EXAMPLES / name / "LICENSE.txt").read_text()
    shell = readme.partition("```sh\n")[2].partition("```")[0]
    assert len(shell.splitlines()) <= 5


def test_the_table_has_every_folder() -> None:
    folders = {folder.name for folder in EXAMPLES.iterdir() if folder.is_dir()}
    readme = (EXAMPLES / "README.md").read_text()
    assert set(LANGUAGES.findall(readme)) == folders
    # The demo company's shop, and the sites that sign in at the portal, are no samples of the hub.
    assert set(NAMES) == folders - {"demo-shop", "two-sites"}


def test_what_is_the_same_in_several_samples_stays_the_same() -> None:
    """Each is a whole by itself, so some files lie in it once more."""
    for name in ("site.css", "handover.js", "portal.js", "LICENSE.txt"):
        copies = [
            path.read_text() for path in EXAMPLES.rglob(name) if "demo-shop" not in path.parts
        ]
        assert len(copies) > 1
        assert len(set(copies)) == 1, name


def test_the_locks_name_versions_and_no_registry() -> None:
    lock = json.loads((EXAMPLES / "node" / "package-lock.json").read_text())
    packages = [package for name, package in lock["packages"].items() if name]
    assert all(package["integrity"] and "resolved" not in package for package in packages)
    lines = (EXAMPLES / "python" / "requirements.txt").read_text().splitlines()
    assert all(re.fullmatch(r"[A-Za-z0-9]+==[0-9.]+", line) for line in lines)


def test_the_versions_that_are_named_are_those_that_ran() -> None:
    """The Python sample runs in this environment: both are locked to the same."""
    pinned = (EXAMPLES / "python" / "requirements.txt").read_text().split()
    names = [line.partition("==")[0] for line in pinned]
    assert pinned == [f"{name}=={metadata.version(name)}" for name in names]
    lock = json.loads((EXAMPLES / "node" / "package-lock.json").read_text())
    table = (EXAMPLES / "README.md").read_text()
    assert f"Express {lock['packages']['node_modules/express']['version']}" in table
    assert f"Flask {metadata.version('Flask')}" in table


def test_no_file_holds_a_secret() -> None:
    """What looks like one: a long text with no space in it, which is not a checksum of the lock."""
    secret = re.compile(r"(?<![\w/.-])(?=[\w-]*\d)(?=[\w-]*[a-z])[\w-]{24,}(?![\w/.-])")
    for name in NAMES:
        for path in (EXAMPLES / name).rglob("*"):
            if path.is_file() and path.name != "package-lock.json" and path.suffix != ".pyc":
                assert secret.findall(path.read_text()) == [], path
