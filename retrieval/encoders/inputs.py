"""What is encoded for a document: its title with each of its passages, cut to fit the window."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mnemic.errors import InvalidInput
from mnemic.retrieval.passages import chunk
from mnemic.retrieval.passages.sentences import trimmed
from mnemic.types import Document

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mnemic.retrieval.encoders.opening import TextEncoder

# Models put one token before a text and one after it; where one puts none, two are left unused.
SPECIAL_TOKENS = 2
TITLE_SHARE = 4  # a title that must be cut keeps a quarter of the room
# A text with more characters for each token of the window is not counted as a whole first.
WORTH_COUNTING = 40


@dataclass(frozen=True, slots=True)
class Input:
    """A span of a document and what is encoded for it.

    Attributes:
        start: First character of the span in the document's text.
        end: One past its last character.
        text: The title and the span: it ends in ``document.text[start:end]``.
    """

    start: int
    end: int
    text: str


def inputs(document: Document, encoder: TextEncoder) -> list[Input]:
    """Cut a document into passages of whole sentences, each with the title before it.

    What is encoded, prefix and special tokens included, is never over the encoder's window. A
    document that does not fit keeps at most a quarter of the room for its title. The spans come
    in order and hold all text but white space; a document without text is its title alone, with
    the span ``(0, 0)``, and without either there is nothing to encode.

    Raises:
        InvalidInput: Title or text is no valid Unicode, or the spec's ``document_prefix`` leaves
            no room for text.

    Cost: one count of tokens when the document fits, else about four passes over the text.
    """
    title = document.title.strip()
    span = trimmed(document.text, 0, len(document.text))
    if not span:
        # A character that no window holds is left to the model, which cuts it.
        head = _longest(title, encoder, _room(encoder)) or title[:1]
        return [Input(0, 0, head)] if title else []
    if len(document.text) <= WORTH_COUNTING * encoder.window:
        whole = Input(*span, f"{title} {document.text[slice(*span)]}".lstrip())
        if _is_one_passage(whole, encoder):
            return [whole]
    head = _longest(title, encoder, _room(encoder) // TITLE_SHARE)
    head = f"{head} " if head else ""
    # A part of one passage can begin after the next passage, which shares text with it.
    spans = sorted(set(_spans(document.text, head, encoder)))
    return [Input(start, end, head + document.text[start:end]) for start, end in spans]


def _is_one_passage(whole: Input, encoder: TextEncoder) -> bool:
    most = encoder.spec.passage_tokens
    if not _fits(whole.text, encoder):
        return False
    text = whole.text[whole.start - whole.end :]
    return most is None or encoder.count_tokens(text) <= most


def _fits(text: str, encoder: TextEncoder) -> bool:
    tokens = encoder.count_tokens(encoder.spec.document_prefix + text)
    return tokens <= encoder.window - SPECIAL_TOKENS


def _room(encoder: TextEncoder, head: str = "") -> int:
    """Tokens that the prefix and a head leave in the window, at least 1."""
    prefix = encoder.spec.document_prefix
    room = encoder.window - SPECIAL_TOKENS - encoder.count_tokens(prefix + head)
    if room < 1:
        raise InvalidInput(
            f"EncoderSpec.document_prefix fills the window of {encoder.window} tokens",
            hint="Use a shorter prefix.",
        )
    return room


def _longest(title: str, encoder: TextEncoder, tokens: int) -> str:
    """The beginning of a title that has at most so many tokens."""
    if tokens < 1:
        return ""
    title = title[: WORTH_COUNTING * tokens]
    # Parts that were counted one by one can have more tokens together.
    for most in range(tokens, 0, -1):
        if encoder.count_tokens(title) <= tokens:
            return title
        title = _first(title, encoder, most)
    return ""


def _first(text: str, encoder: TextEncoder, tokens: int) -> str:
    document = Document(id="", text=text)
    return chunk(document, tokens=tokens, overlap=0, counter=encoder.count_tokens)[0].text


def _spans(text: str, head: str, encoder: TextEncoder) -> Iterator[tuple[int, int]]:
    """Spans that fit beside the head, in order."""
    spec = encoder.spec
    tokens = min(_room(encoder, head), spec.passage_tokens or encoder.window)
    overlap = min(spec.passage_overlap, tokens // 2)
    for start, end in _cut(text, tokens, overlap, encoder):
        yield from _halved(text, (start, end), head, tokens, encoder)


def _halved(
    text: str, span: tuple[int, int], head: str, tokens: int, encoder: TextEncoder
) -> Iterator[tuple[int, int]]:
    """The span, in ever smaller parts until they fit.

    Sentences that were counted one by one can have more tokens together, with the white space
    between them. A part of one token is not cut further; the model cuts it.
    """
    open_spans = [(*span, tokens)]
    while open_spans:
        start, end, most = open_spans.pop()
        if most == 1 or _fits(head + text[start:end], encoder):
            yield start, end
            continue
        parts = _cut(text[start:end], most // 2, 0, encoder)
        shifted = [(start + left, start + right, most // 2) for left, right in parts]
        open_spans += reversed(shifted)


def _cut(text: str, tokens: int, overlap: int, encoder: TextEncoder) -> Iterator[tuple[int, int]]:
    document = Document(id="", text=text)
    counter = encoder.count_tokens
    for passage in chunk(document, tokens=tokens, overlap=overlap, counter=counter):
        yield passage.start, passage.end
