"""Every command and option stands in docs/guides/cli.md, and every example there is a command."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest

from mnemic.api.cli.app import cli

if TYPE_CHECKING:
    from collections.abc import Iterator

GUIDE = (Path(__file__).parents[2] / "docs" / "guides" / "cli.md").read_text()


def commands(group: click.Group, path: tuple[str, ...]) -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        yield " ".join((*path, name)), command
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))


COMMANDS = dict(commands(cli, ("mnemic",)))


def section(title: str) -> str:
    """The text under the heading of one command."""
    found = re.search(rf"^#+ `{re.escape(title)}`$(.*?)(?=^#+ |\Z)", GUIDE, re.M | re.S)
    assert found, f"docs/guides/cli.md has no heading `{title}`"
    return found.group(1)


@pytest.mark.parametrize("title", COMMANDS)
def test_a_command_is_documented(title: str) -> None:
    assert len(section(title)) > 40


@pytest.mark.parametrize("title", COMMANDS)
def test_every_option_of_a_command_is_documented(title: str) -> None:
    text = section(title)
    options = [each for each in COMMANDS[title].params if isinstance(each, click.Option)]
    missing = [name for each in options for name in each.opts[:1] if f"`{name}" not in text]
    assert missing == []


@pytest.mark.parametrize("title", COMMANDS)
def test_every_command_and_option_has_help(title: str) -> None:
    command = COMMANDS[title]
    assert command.help
    silent = [
        each.opts for each in command.params if isinstance(each, click.Option) and not each.help
    ]
    assert silent == []


def examples() -> list[str]:
    lines = re.findall(r"^(?:\$ )?(?:.*\| )?(mnemic .*)$", GUIDE, re.M)
    shown = [line for command in COMMANDS.values() for line in (command.epilog or "").splitlines()]
    return [*lines, *(line[line.index("mnemic ") :] for line in shown if "mnemic " in line)]


@pytest.mark.parametrize("example", examples())
def test_every_example_starts_a_real_command(example: str) -> None:
    words = example.split()
    assert any(f"{' '.join(words[:n])}" in {*COMMANDS, "mnemic"} for n in (3, 2)), example
    known = {name for command in COMMANDS.values() for each in command.params for name in each.opts}
    used = set(re.findall(r"(?<= )--?[a-z][\w-]*", example.split("|")[0]))
    assert used <= known | {"--version", "--help", "--debug"}
