"""A group of commands that are imported when they are called."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Mapping


class LazyGroup(click.Group):
    """Knows where each of its commands lives, and imports none to list them.

    Args:
        places: ``module:attribute`` by name.
        arguments: Those of ``click.Group``.
    """

    def __init__(self, *, places: Mapping[str, str], **arguments: Any) -> None:
        super().__init__(**arguments)
        self._places = places

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of all commands, without importing any."""
        return sorted(self._places)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command by name."""
        if cmd_name not in self._places:
            return None
        module, attribute = self._places[cmd_name].split(":")
        command = getattr(importlib.import_module(module), attribute)
        assert isinstance(command, click.Command)
        return command
