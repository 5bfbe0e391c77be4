"""A loaded causal network under torch: token ids in, states and logits out, batch by batch.

Rows are padded on the right: a causal network never looks ahead, so padding changes nothing and
needs no mask. The head, whose output is as wide as the vocabulary, runs on the asked rows only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mnemic.errors import IndexCorrupt
from mnemic.llm.extras import extra
from mnemic.llm.onnx.batching import padded, plan
from mnemic.llm.torch_loading import memory

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from mnemic.llm.causal.prefixes import CachedPrefix

HEAD = 1 << 24  # logits at a time: 64 MiB of float32


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """The torch module and what the rest must know of it; immutable, threads may share it.

    Attributes:
        name: What errors call it.
        module: The transformers model, in evaluation mode.
        device: The torch device that it is on.
        vocabulary: Width of logits.
        width: Of states.
        window: Most tokens of a sequence; 0 for no stated limit.
        layers: Transformer layers.
        batch_tokens: Most tokens of a batch, padding and cached prefixes included.
    """

    name: str
    module: Any
    device: Any
    vocabulary: int
    width: int
    window: int
    layers: int
    batch_tokens: int

    def states(self, ids: NDArray[np.int64], *, cache: Any = None, layer: int = -1) -> Any:
        """States after a layer: torch [rows, length, width]; -1 is the last, normalised one.

        Args:
            ids: int64 [rows, length].
            cache: Keys and values of what comes before; grows by ``ids``.
            layer: 0 is the embedding.
        """
        torch = extra("torch")
        inner = layer not in (-1, self.layers)
        with torch.inference_mode(), memory(f"{ids.shape} tokens in {self.name}"):
            found = self.module.base_model(
                input_ids=torch.from_numpy(ids).to(self.device),
                past_key_values=cache,
                use_cache=cache is not None,
                output_hidden_states=inner,
            )
        return found.hidden_states[layer] if inner else found.last_hidden_state

    def logits(self, states: Any) -> Any:
        """Float32 logits after each state: torch [rows, vocabulary].

        Raises:
            IndexCorrupt: They hold no numbers, so the weights are damaged.
        """
        torch = extra("torch")
        with torch.inference_mode():
            with memory(f"{len(states)} rows of logits in {self.name}"):
                logits = self.module.get_output_embeddings()(states).float()
            if torch.isnan(logits).any():
                raise IndexCorrupt(f"{self.name}: its logits are not numbers")
        return logits

    def blocks(self, states: Any) -> Iterator[Any]:
        """Pieces of [rows, width] whose logits fit into memory."""
        yield from states.split(max(1, HEAD // self.vocabulary))

    def batches(
        self,
        rows: Sequence[NDArray[np.int64]],
        *,
        prefix: CachedPrefix | None = None,
        layer: int = -1,
    ) -> Iterator[tuple[NDArray[np.int64], Any]]:
        """States of sequences of any lengths, in no promised order.

        Yields:
            The places of some rows, int64 [n], and their states, torch [n, longest, width].
        """
        past = 0 if prefix is None else prefix.length
        lengths = [len(row) + past for row in rows]
        for places in plan(lengths, budget=self.batch_tokens, most=len(rows)):
            ids, _ = padded([rows[place] for place in places], pad=0)
            cache = None if prefix is None else prefix.cache(len(places))
            yield places, self.states(ids, cache=cache, layer=layer)
