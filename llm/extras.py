"""Packages of the extra ``[llm]``: imported when they are first needed, with a clear refusal."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Any

from mnemic.errors import Unsupported

INSTALL = "pip install 'mnemic[llm]'"


def extra(module: str) -> Any:
    """A module of the extra; the first import of torch or transformers takes seconds.

    Raises:
        Unsupported: It is not installed; the hint has the command.
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        if error.name != module.partition(".")[0]:
            raise
        raise Unsupported(
            f"the package {error.name} is not installed", hint=f"{INSTALL} brings it."
        ) from error


def installed(module: str) -> bool:
    """Whether the top-level module could be imported; imports nothing."""
    return find_spec(module) is not None
