"""Which tokenizer does the user mean?"""

from __future__ import annotations

import logging
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mnemic.errors import InvalidInput, NotFound

if TYPE_CHECKING:
    from mnemic.llm.tokenizer import Tokenizer
    from mnemic.settings import Settings

DEFAULT = "smollm2"

_log = logging.getLogger("mnemic.sdk")


def opened(wanted: Any, settings: Settings) -> Tokenizer:
    """The tokenizer that an argument names; neither torch nor weights are loaded.

    Args:
        wanted: The name of a pulled model, a folder that holds a ``tokenizer.json``, or the hub
            name of a model in the local hub cache.
        settings: Where pulled models are.

    Raises:
        InvalidInput: It is no name.
        NotFound: The model is not here; the hint has the command that fetches it.
    """
    from mnemic.llm.tokenizer import Tokenizer

    if not isinstance(wanted, str | Path) or not str(wanted):
        raise InvalidInput(
            f"tokenizer is {wanted!r}, not the name of a model", hint=f'Write "{DEFAULT}".'
        )
    # A collection opens it again from wherever the process then stands.
    source = str(Path(wanted).absolute()) if Path(wanted).is_dir() else str(wanted)
    return Tokenizer.open(source, settings=settings)


def is_here(name: str, settings: Settings) -> bool:
    """Whether a model's tokenizer can be opened."""
    try:
        opened(name, settings)
    except NotFound:
        return False
    return True


def note_losses(tokenizer: Tokenizer) -> None:
    """Warn once of a tokenizer whose tokens do not say exactly what a text is."""
    if not tokenizer.lossless:
        _note_lossy(tokenizer.name)


@cache
def _note_lossy(name: str) -> None:
    _log.warning(
        "tokens of %s do not keep texts as they are (case, accents, spaces or characters that it "
        "does not know): different texts have the same tokens, and are counted as one; those of "
        "smollm2 keep them",
        name,
    )
