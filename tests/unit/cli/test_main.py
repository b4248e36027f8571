"""The command line: what it lists, and how it says what is wrong."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from portal.cli import COMMANDS, main


def portal(*arguments: str, **environ: str) -> Result:
    return CliRunner(env={"PORTAL_CONFIG": None, "PORT": None, **environ}).invoke(main, arguments)


def test_help_lists_every_command_with_a_sentence() -> None:
    result = portal("--help")

    assert result.exit_code == 0
    for name in COMMANDS:
        (line,) = [line for line in result.output.splitlines() if line.startswith(f"  {name} ")]
        assert line.endswith(".")


def test_the_version() -> None:
    assert portal("--version").output.startswith("portal, version ")


def test_an_unknown_command() -> None:
    result = portal("dance")

    assert result.exit_code == 2
    assert "No such command 'dance'" in result.output


def test_a_missing_configuration_file_is_one_sentence() -> None:
    result = portal("-c", "nowhere.ini", "db", "check")

    assert result.exit_code == 1
    assert result.output == (
        "Error: There is no configuration file nowhere.ini: "
        "name one with --config or PORTAL_CONFIG.\n"
    )


def test_the_configuration_file_may_come_from_the_environment() -> None:
    result = portal("db", "check", PORTAL_CONFIG="elsewhere.ini")

    assert "There is no configuration file elsewhere.ini" in result.output


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("[app:main]\nuse = egg:portal\n", "portal.data is missing."),
        ("[app:main]\nportal.data = %(nothing)s\n", "config.ini cannot be read: "),
        ("portal.data = /tmp\n", "config.ini cannot be read: "),
    ],
)
def test_a_faulty_configuration_file_is_one_sentence(
    tmp_path: Path, written: str, said: str
) -> None:
    path = tmp_path / "config.ini"
    path.write_text(written)
    result = portal("-c", str(path), "db", "check")

    assert result.exit_code == 1
    assert result.output.startswith("Error: ")
    assert said in result.output
    assert "Traceback" not in result.output
