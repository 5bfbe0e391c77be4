"""What every model of texts needs: strings that are strings, and a tokenizer from its file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mnemic.errors import IndexCorrupt, InvalidInput

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def read_tokenizer(path: Path) -> Any:
    """A ``tokenizers.Tokenizer`` that neither cuts nor pads.

    Raises:
        IndexCorrupt: The file cannot be read.
    """
    from tokenizers import Tokenizer

    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:  # the library raises nothing more exact
        raise IndexCorrupt(f"{path} cannot be read: {error}") from error
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def check_texts(texts: Sequence[object]) -> None:
    """Refuse what no tokenizer can take.

    Raises:
        InvalidInput: They are one text instead of several; or a text is no string or no valid
            Unicode, and the message has its position.
    """
    if isinstance(texts, str | bytes):
        raise InvalidInput(
            f"texts is one {type(texts).__name__}, not a sequence of strings",
            hint="Put it into a list.",
        )
    for place, text in enumerate(texts):
        if not isinstance(text, str):
            raise InvalidInput(f"text {place} is {type(text).__name__}, not a string")
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise InvalidInput(f"text {place} is not valid Unicode: {error.reason}") from error
