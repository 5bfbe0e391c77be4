"""Which file names there are in an index folder, and which of them are ours to delete."""

from __future__ import annotations

import os
import re
import secrets

from mnemic.errors import InvalidInput

MANIFEST_NAME = "MANIFEST.json"
MAX_GENERATION = 2**48 - 1

_SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,159}", re.ASCII)
_SEGMENT_ID = re.compile(r"s[0-9a-f]{12}-[0-9a-f]{16}", re.ASCII)
_SEGMENT_FILE = re.compile(rf"({_SEGMENT_ID.pattern})[._-][A-Za-z0-9._-]{{1,80}}", re.ASCII)
_TEMPORARY = re.compile(r"\.[0-9a-f]{16}\.(.+)\.tmp", re.ASCII)
_KIND = re.compile(r"[a-z][a-z0-9_-]{0,31}", re.ASCII)


def new_segment_id(generation: int) -> str:
    """A name that no other segment has; sorts by the generation that it was made for.

    Args:
        generation: The manifest generation that will hold the segment first.

    Raises:
        InvalidInput: ``generation`` is negative or does not fit 48 bits.
    """
    if not 0 <= generation <= MAX_GENERATION:
        raise InvalidInput(f"generation={generation} is not in 0..{MAX_GENERATION}")
    return f"s{generation:012x}-{secrets.token_hex(8)}"


def segment_file_name(segment_id: str, kind: str, *, generation: int | None = None) -> str:
    """The name of a segment's file.

    With a ``generation`` it names one of several files of the kind, and ends in random digits:
    a flush that failed may have left a file for the same generation.

    Raises:
        InvalidInput: The id or the kind has not the form that ours have.
    """
    if not is_segment_id(segment_id) or not is_kind(kind):
        raise InvalidInput(f"no segment file is named by id {segment_id!r} and kind {kind!r}")
    name = f"{segment_id}.{kind}"
    return name if generation is None else f"{name}.{generation}.{secrets.token_hex(4)}"


def temporary_name(name: str) -> str:
    """A name for the unfinished form of a file; carries the final name, so sweeps know it."""
    return f".{secrets.token_hex(8)}.{name}.tmp"


def checked_name(name: str) -> str:
    """The name itself, once it is known to stay inside its folder.

    Raises:
        InvalidInput: It is empty, too long, hidden, or has other characters than ``A-Za-z0-9._-``.
    """
    if not is_safe(name):
        raise InvalidInput(
            f"{name!r} cannot name a file", hint="use 1 to 160 of A-Z a-z 0-9 . _ -, no leading dot"
        )
    return name


def checked_component(name: str) -> str:
    """The name itself, foreign or not, once it is known to be of one file in its folder.

    Raises:
        InvalidInput: It is empty, holds a separator or NUL, or means a folder.
    """
    if name in {"", ".", ".."} or "\0" in name or os.path.basename(name) != name:
        raise InvalidInput(f"{name!r} does not name a file of the folder")
    return name


def is_safe(name: str) -> bool:
    """Whether a name has only plain characters: no separator, no leading dot."""
    return _SAFE.fullmatch(name) is not None


def is_kind(kind: str) -> bool:
    """Whether a string can be the kind of a file."""
    return _KIND.fullmatch(kind) is not None


def is_segment_id(text: str) -> bool:
    """Whether ``new_segment_id`` could have made it."""
    return _SEGMENT_ID.fullmatch(text) is not None


def segment_of(name: str) -> str | None:
    """The segment id in a file name of ours, ``None`` for a foreign name."""
    match = _SEGMENT_FILE.fullmatch(name)
    return match[1] if match else None


def target_of(name: str) -> str | None:
    """The final name that a temporary file of ours was made for, ``None`` for other names."""
    match = _TEMPORARY.fullmatch(name)
    if match is None or (match[1] != MANIFEST_NAME and segment_of(match[1]) is None):
        return None
    return match[1]
