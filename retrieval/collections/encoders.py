"""The models of a collection: opened by their specs, and known to be those that were meant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from mnemic.errors import DimensionMismatch
from mnemic.retrieval.vectors.track_pieces import TOKENS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mnemic.llm.tokenizer import Tokenizer
    from mnemic.retrieval.collections.chunks import Work
    from mnemic.retrieval.collections.wanted import Task
    from mnemic.retrieval.encoders.opening import TextEncoder

    OpenEncoder: TypeAlias = Callable[[Mapping[str, Any]], TextEncoder]
    OpenTokenizer: TypeAlias = Callable[[Mapping[str, Any]], Tokenizer]


class Encoders:
    """Opens the encoders and the tokenizer of one collection.

    Args:
        collection: Its name, for messages.
        open_encoder: Opens the encoder of a spec.
        open_tokenizer: Opens the tokenizer of a spec.
    """

    def __init__(
        self, collection: str, open_encoder: OpenEncoder, open_tokenizer: OpenTokenizer
    ) -> None:
        self._collection = collection
        self._open_encoder = open_encoder
        self._open_tokenizer = open_tokenizer

    def encoder(self, spec: Mapping[str, Any], digest: str) -> TextEncoder:
        """The encoder of a spec, once it is known to be the one that was meant.

        Raises:
            NotFound: Its model is not there; the hint has the command that fetches it.
            DimensionMismatch: The model that is there is another one.
        """
        encoder = self._open_encoder(spec)
        if encoder.fingerprint.digest != digest:
            raise DimensionMismatch(
                f"collection {self._collection!r} was encoded with {spec['model']} {digest}, "
                f"the model that is here is {encoder.fingerprint.digest}",
                hint=f"encode anew: mnemic reindex DIR --collection {self._collection} "
                f"--encoder {spec['model']}",
            )
        return encoder

    def tokenizer(self, spec: Mapping[str, Any], digest: str) -> Tokenizer:
        """The tokenizer of a spec, once it is known to be the one that was meant.

        Raises:
            NotFound: Its model is not there; the hint has the command that fetches it.
            DimensionMismatch: The tokenizer that is there is another one.
        """
        tokenizer = self._open_tokenizer(spec)
        if tokenizer.fingerprint.digest != digest:
            raise DimensionMismatch(
                f"the tokens of collection {self._collection!r} are those of {spec['model']} "
                f"{digest}, the tokenizer that is here is {tokenizer.fingerprint.digest}",
                hint=f"tokenise anew: mnemic ngram index DIR --collection {self._collection} "
                f"--tokenizer {spec['model']}",
            )
        return tokenizer

    def work(self, task: Task) -> Work[Any]:
        """What does a task's next segment.

        Raises:
            NotFound: As ``encoder`` and ``tokenizer`` do.
            DimensionMismatch: As they do.
        """
        if task.spec["kind"] == TOKENS:
            from mnemic.retrieval.collections.token_encoding import TokenWork

            return TokenWork(self.tokenizer(task.spec, task.digest))
        from mnemic.retrieval.collections.encoding import VectorWork

        return VectorWork(self.encoder(task.spec, task.digest))
