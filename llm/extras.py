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
        Unsupported: It is not installed, or does not fit what is; the hint has the command.
    """
    package = module.partition(".")[0]
    try:
        return import_module(module)
    except ImportError as error:
        missing = isinstance(error, ModuleNotFoundError) and error.name == package
        reason = "is not installed" if missing else f"cannot be imported: {error}"
        raise Unsupported(f"the package {package} {reason}", hint=f"{INSTALL} helps.") from error


def installed(module: str) -> bool:
    """Whether the top-level module could be imported; imports nothing."""
    return find_spec(module) is not None
