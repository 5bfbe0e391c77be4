"""What goes to stdout: one JSON object, or text that cannot take over the terminal."""

from __future__ import annotations

import json
import sys
import unicodedata
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rich.console import Console

UNBOUNDED = 10_000


def emit(answer: dict[str, Any]) -> None:
    """Print one JSON object; ASCII only, so that it survives every pipe and encoding."""
    click.echo(json.dumps(answer, ensure_ascii=True, allow_nan=False))


def printable(text: str, *, lines: bool = False) -> str:
    """Text whose control characters are shown as escapes instead of obeyed by the terminal.

    Args:
        text: Anything, such as a stored document that holds escape sequences.
        lines: Keep line breaks and tabs; the form feed between pages of a PDF is a line break.
    """
    kept = "\n\t" if lines else ""
    text = text.replace("\f", "\n") if lines else text
    if text.isprintable():
        return text
    return "".join(
        ascii(char)[1:-1] if unicodedata.category(char) in _UNSAFE and char not in kept else char
        for char in text
    )


# Control, surrogate, line and paragraph separators, and formats such as direction overrides.
_UNSAFE = frozenset({"Cc", "Cs", "Zl", "Zp", "Cf"})


def console(*, wide: bool = False) -> Console:
    """A Rich console on stdout; plain text where that is no terminal.

    Args:
        wide: Where stdout is no terminal, no line is too long; for tables, not for what fills the
            width.
    """
    from rich.console import Console

    width = UNBOUNDED if wide and not sys.stdout.isatty() else None
    return Console(width=width, highlight=False, markup=False, emoji=False)


def counted(count: int, noun: str) -> str:
    """A number with its noun: ``1 document``, ``2,000 documents``."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def size(count: int) -> str:
    """Bytes for people: ``1.5 MB``."""
    value = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if value < 1000:
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} TB"
